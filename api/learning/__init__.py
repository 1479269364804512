"""Ratings, the weights that they tune, and how suggestions are received.

What decides whether new weights may rank is pure: `matcher/learning/gate.py`.
"""
