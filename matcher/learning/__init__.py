"""Ratings to weights, and the gate that new weights must pass."""
