"""One rule a file: each says of which failures a cause can be shown, and by what."""
