"""The file of a takeover case: who is in charge, each step, what must be there before the next."""
