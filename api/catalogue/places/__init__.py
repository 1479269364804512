"""Communes: the tables, their names, and the place that a record means."""
