"""A list in an order that a column's heading asks for."""

from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar

Line = TypeVar("Line")


class Comparable(Protocol):
    def __lt__(self, other: Any, /) -> bool: ...


def in_order(lines: Iterable[Line], value: Callable[[Line], Comparable | None], *, descending: bool) -> list[Line]:
    """Return lines by a value of theirs, those without one last; lines of equal value stay as they came."""
    known: list[Line] = []
    unknown: list[Line] = []
    for line in lines:
        (unknown if value(line) is None else known).append(line)
    known.sort(key=value, reverse=descending)  # type: ignore[arg-type]
    return known + unknown
