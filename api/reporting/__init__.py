"""The yearly report: what was received, followed, won and lost, by axis, territory and stage."""
