"""Public sources: one synchronisation run, reconciling, duplicates, freshness."""
