"""What the pages have in common: state, jobs, caches and widgets."""
