"""The quality of the ranking, measured on judgments."""
