"""The signature of progress callbacks."""

from collections.abc import Callable

# Progress on long encodings: how many texts are done, of how many.
Progress = Callable[[int, int], None]
