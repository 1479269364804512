"""Long lists in parts: a database takes so many values in a statement, and no more (SQLite 32,766)."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")
# Rows read, compared and written at a time are held in memory, so that it is far below what a statement takes.
MOST_VALUES = 2_000


def in_chunks(values: Sequence[T], most: int = MOST_VALUES) -> Iterator[Sequence[T]]:
    """Yield the values in order, at most so many at once."""
    return (values[start : start + most] for start in range(0, len(values), most))
