"""The ranking, pure: plain values and arrays in, scores and reasons out."""
