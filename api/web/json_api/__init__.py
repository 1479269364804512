"""The JSON API (API key), a router a file."""
