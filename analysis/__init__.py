"""Everything that Caveat computes. Nothing in here imports streamlit."""
