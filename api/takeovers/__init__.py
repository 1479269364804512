"""Takeover cases from the owner's first talk to the company that goes on."""
