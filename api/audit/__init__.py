"""The journal: who did what, chained by hashes, append-only."""
