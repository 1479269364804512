"""Pages of one takeover case, for the house."""
