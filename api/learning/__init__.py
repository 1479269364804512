"""Ratings, the weights that they tune, and how suggestions are received."""
