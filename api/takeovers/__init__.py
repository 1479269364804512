"""Takeover cases, from the first contact to the company that goes on."""
