"""Sequences of values that are made, or looked up, when they are asked for: nothing is kept of those that are not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from operator import eq
from typing import TypeVar, overload

import numpy as np

from matcher.types import IntArray

T = TypeVar("T")


class LazySequence(Sequence[T]):
    """Values by place; two sequences are equal where their values are."""

    def __init__(self, count: int, make: Callable[[int], T]) -> None:
        """make: returns the value of a place from 0 on, the same at each call."""
        self._count, self._make = count, make

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> T: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[T, ...]: ...

    def __getitem__(self, place: int | slice) -> T | tuple[T, ...]:
        if isinstance(place, slice):
            return tuple(self._make(each) for each in range(*place.indices(self._count)))
        if not -self._count <= place < self._count:
            raise IndexError(place)
        return self._make(int(place) % self._count)

    def __iter__(self) -> Iterator[T]:
        return map(self._make, range(self._count))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(eq, self, other))

    __hash__ = None  # type: ignore[assignment]


class PickedSequence(LazySequence[T]):
    """Values of one sequence by their places in it, and others beside them.

    places: `(n,)`; from `len(base)` on, those of `others`.
    """

    def __init__(self, base: Sequence[T], others: tuple[T, ...], places: IntArray) -> None:
        self.base, self.others, self.places = base, others, places
        super().__init__(len(places), self._at)

    @classmethod
    def of(cls, values: Sequence[T]) -> PickedSequence[T]:
        return values if isinstance(values, PickedSequence) else cls(values, (), np.arange(len(values)))

    def _at(self, place: int) -> T:
        at = int(self.places[place])
        return self.base[at] if at < len(self.base) else self.others[at - len(self.base)]


def picked(values: Sequence[T], places: IntArray) -> Sequence[T]:
    """Return the values of some places `(n,)`, in their order."""
    if isinstance(values, PickedSequence):
        return PickedSequence(values.base, values.others, values.places[places])
    return PickedSequence(values, (), places)
