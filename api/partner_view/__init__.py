"""All that an outsider may see, and nothing else."""
