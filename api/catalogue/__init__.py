"""Actors and opportunities: their schemas, how they are written and read, and their words."""
