"""Cases that facilitators broker: states, transitions, the worklist."""
