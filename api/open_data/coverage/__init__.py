"""Which fields stand where in each form of each source, how many are read, and what is missing or fell."""
