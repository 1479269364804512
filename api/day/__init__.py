"""A facilitator's day: what is new, what is due, what waits; on the home page, and in the morning mail."""
