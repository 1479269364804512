"""Ranking: the snapshot of the desk, suggestions, comparison, coalitions, reasons in words."""
