"""Two tables' rows in a new order: long runs of rows that did not change, and between them those that did."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matcher.sequences import PickedSequence
from matcher.types import BoolArray, IntArray, StrArray

T = TypeVar("T")
Scalar = TypeVar("Scalar", bound=np.generic)


class Run(NamedTuple):
    """Rows from `start` until `stop` of the old table, or of the fresh one."""

    fresh: bool
    start: int
    stop: int


class Unchanged(NamedTuple):
    """The rows that two tables have in common, in the same order in both, by a mask of each."""

    now: NDArray[np.bool_]
    then: NDArray[np.bool_]


@dataclass(frozen=True)
class Splice:
    """A new table as runs of rows of an old one and of a fresh one, which holds what came or changed."""

    runs: tuple[Run, ...]

    @classmethod
    def of(cls, old: StrArray, fresh: Sequence[str], removed: Iterable[str]) -> Splice:
        """Merge two tables by the ids of their rows, both sorted; a fresh row takes the place of an old one."""
        positions = {name: position for position, name in enumerate(fresh)}
        names = sorted({*fresh, *removed})
        places = insertion_places(old, np.array(names, np.str_))
        found = old[np.minimum(places, len(old) - 1)].tolist() if len(old) else [None] * len(names)
        runs: list[Run] = []
        done = 0
        for name, at, there in zip(names, places.tolist(), found, strict=True):
            if at > done:
                runs.append(Run(False, done, at))
            done = at + (there == name)
            if name in positions:
                runs.append(Run(True, positions[name], positions[name] + 1))
        if done < len(old):
            runs.append(Run(False, done, len(old)))
        return cls(tuple(runs))

    @classmethod
    def by_mask(cls, fresh: BoolArray) -> Splice:
        """Take rows of the fresh table where `fresh` `(n,)` says so, else of the old one, each in their order."""
        before = np.concatenate([[0], np.cumsum(fresh)])
        ends = np.flatnonzero(np.diff(fresh, append=~fresh[-1:])) + 1
        runs = []
        for start, stop in pairwise([0, *ends.tolist()]):
            of_fresh, fresh_stop = int(before[start]), int(before[stop])
            run = Run(True, of_fresh, fresh_stop) if fresh[start] else Run(False, start - of_fresh, stop - fresh_stop)
            runs.append(run)
        return cls(tuple(runs))

    @property
    def count(self) -> int:
        """How many rows the new table has."""
        return sum(run.stop - run.start for run in self.runs)

    def within(self, old: IntArray, fresh: IntArray) -> Splice:
        """Return the splice of what the rows consist of; old, fresh: where each row begins, and the last one ends."""
        return Splice(
            tuple(
                Run(run.fresh, int(bounds[run.start]), int(bounds[run.stop]))
                for run in self.runs
                for bounds in [fresh if run.fresh else old]
            )
        )

    def unchanged(self, count: int) -> Unchanged:
        """Return which rows of the new table come from the old one `(n,)`, and which of the old one's `(count,)`."""
        kept_then = np.zeros(count, np.bool_)
        for run in self.runs:
            if not run.fresh:
                kept_then[run.start : run.stop] = True
        lengths = [run.stop - run.start for run in self.runs]
        return Unchanged(np.repeat(np.array([not run.fresh for run in self.runs], np.bool_), lengths), kept_then)

    def tuple(self, old: tuple[T, ...], fresh: tuple[T, ...]) -> tuple[T, ...]:
        return tuple(chain.from_iterable((fresh if run.fresh else old)[run.start : run.stop] for run in self.runs))

    def sequence(self, old: Sequence[T], fresh: Sequence[T]) -> Sequence[T]:
        """Return the values, of which those of a lazy old table are still made when they are asked for."""
        if isinstance(old, tuple):
            return self.tuple(old, tuple(fresh))
        known = PickedSequence.of(old)
        beside = len(known.base)
        count = beside + len(known.others)
        places = self.array(known.places, count + np.arange(len(fresh)))
        # Of those beside the base, only what is still used stays.
        rows = np.flatnonzero(places >= beside)
        used, renumbered = np.unique(places[rows] - beside, return_inverse=True)
        places[rows] = beside + renumbered
        others = (*known.others, *fresh)
        return PickedSequence(known.base, tuple(others[place] for place in used.tolist()), places)

    def places(self, old: int, fresh: int) -> IntArray:
        """Return for each new row `(n,)` its row in the old table, or `old` more than its row in the fresh one."""
        return self.array(np.arange(old), old + np.arange(fresh))

    def array(self, old: NDArray[Scalar], fresh: NDArray[Scalar]) -> NDArray[Scalar]:
        """Return rows `(n, …)`; both tables' rows have one shape and type."""
        if not self.runs:
            return old[:0]
        return np.concatenate([(fresh if run.fresh else old)[run.start : run.stop] for run in self.runs])

    def padded(self, old: NDArray[Scalar], fresh: NDArray[Scalar], blank: Any) -> NDArray[Scalar]:
        """Return rows of lists, which `blank` fills up: as wide as the longest, at least 1."""
        width = max(old.shape[1], fresh.shape[1])
        rows = self.array(_widened(old, width, blank), _widened(fresh, width, blank))
        used = np.flatnonzero((rows != blank).any(axis=0))
        return np.ascontiguousarray(rows[:, : int(used.max(initial=0)) + 1])

    def matrix(self, old: sparse.csr_matrix, fresh: sparse.csr_matrix) -> sparse.csr_matrix:
        """Return sparse rows of one width."""
        inside = self.within(old.indptr, fresh.indptr)
        lengths = self.array(np.diff(old.indptr), np.diff(fresh.indptr))
        starts = np.concatenate([np.zeros(1, lengths.dtype), np.cumsum(lengths, dtype=lengths.dtype)])
        content = (inside.array(old.data, fresh.data), inside.array(old.indices, fresh.indices), starts)
        return sparse.csr_matrix(content, shape=(len(lengths), old.shape[1]))


def insertion_places(ids: StrArray, names: StrArray) -> IntArray:
    """Return how many of some sorted ids `(n,)` are less than each name `(m,)`, as `bisect_left` does.

    A name that is longer than all ids does not make a copy of them.
    """
    if names.dtype.itemsize <= ids.dtype.itemsize:
        return ids.searchsorted(names.astype(ids.dtype))
    shortened = names.astype(ids.dtype)
    # What a longer one begins with is less than it.
    return np.where(shortened == names, ids.searchsorted(shortened), ids.searchsorted(shortened, "right"))


def _widened(rows: NDArray[Scalar], width: int, blank: Any) -> NDArray[Scalar]:
    if rows.shape[1] == width:
        return rows
    return np.pad(rows, ((0, 0), (0, width - rows.shape[1])), constant_values=blank)
