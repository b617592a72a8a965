"""Where a model fails: confusions, the largest errors, and what to look at next."""
