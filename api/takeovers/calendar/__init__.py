"""The days of a takeover: those that were given, those that follow by rule, the agenda file."""
