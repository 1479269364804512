"""Judged collections, measures, baselines and learned scorers; nothing served imports it."""
