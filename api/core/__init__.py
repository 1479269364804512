"""Settings, errors, the clock, French formats and official codes. It knows nothing of the trade."""
