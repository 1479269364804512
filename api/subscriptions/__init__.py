"""What partners subscribe to, and what they prefer."""
