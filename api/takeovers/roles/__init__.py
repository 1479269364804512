"""Who could play which role of a takeover, and who is chosen."""
