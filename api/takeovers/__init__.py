"""Takeover cases on their way from the owner who leaves to the company that goes on."""
