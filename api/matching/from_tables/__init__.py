"""Rankings of processes that hold no index: PostgreSQL finds the candidates, the matcher ranks these alone."""
