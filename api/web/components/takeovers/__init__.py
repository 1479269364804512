"""Parts of the pages of a takeover case."""
