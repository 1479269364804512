"""Rows by id, in the order of their ids: read from a file when they are asked for; changed ones stand above."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from heapq import merge
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from matcher.types import StrArray

Row = TypeVar("Row")
# Of so many actors whatever was read stays at hand: some 80 MB of objects.
AT_HAND = 20_000
# Of more so many: some tens of megabytes. Of those asked for last: who walks through all finds none of these again.
MOST_ROWS = 4096
# A row that is not there.
_NONE = object()


def stay_at_hand(actors: Mapping[str, object], confidential: Iterable[str]) -> bool:
    """Whether what was read of actors stays, by how many everybody may see: time tells an outsider of no other."""
    return len(actors) - sum(row_id in actors for row_id in confidential) <= AT_HAND


class FileRows(Mapping[str, Row], Generic[Row]):
    """Rows as lines of bytes one after the other, each read when it is asked for; those asked for last are kept.

    ids: `(n,)`, sorted. content: the bytes. ends: `(n + 1,)`, where each line begins, and the last one ends. keys:
    `(n,)`, something of each row by which it is found too.
    """

    def __init__(
        self,
        ids: StrArray,
        content: NDArray[np.uint8],
        ends: NDArray[np.int64],
        read: Callable[[bytes], Row],
        most: int,
        keys: StrArray | None = None,
    ) -> None:
        """most: how many rows are kept."""
        self._ids, self._content, self._ends, self._keys = ids, content, ends, keys
        self._at: Callable[[int], Row] = lru_cache(most)(lambda place: read(self._line_at(place)))
        # Where all may stay, so may their places: a search for each takes longer than all the rest.
        self._places = {row_id: place for place, row_id in enumerate(ids.tolist())} if len(ids) <= most else None

    def __getitem__(self, row_id: str) -> Row:
        place = self._place(row_id)
        if place < 0:
            raise KeyError(row_id)
        return self._at(place)

    def __contains__(self, row_id: object) -> bool:
        return isinstance(row_id, str) and self._place(row_id) >= 0

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids.tolist())

    def __len__(self) -> int:
        return len(self._ids)

    def line(self, row_id: str) -> bytes:
        """Return the bytes of a row."""
        return self._line_at(self._place(row_id))

    def key(self, row_id: str) -> str:
        """Return the key of a row. Raises LookupError where rows have none."""
        if self._keys is None:
            raise LookupError("rows without keys")
        return str(self._keys[self._place(row_id)])

    def with_key(self, key: str) -> list[str]:
        """Return the ids of the rows that have a key. Raises LookupError where rows have none."""
        if self._keys is None:
            raise LookupError("rows without keys")
        found: list[str] = self._ids[np.flatnonzero(self._keys == key)].tolist()
        return found

    def _line_at(self, place: int) -> bytes:
        return self._content[int(self._ends[place]) : int(self._ends[place + 1])].tobytes()

    def _place(self, row_id: str) -> int:
        if self._places is not None:
            return self._places.get(row_id, -1)
        place = bisect_left(self._ids, row_id)
        return place if place < len(self._ids) and self._ids[place] == row_id else -1


class RowTable(Mapping[str, Row], Generic[Row]):
    """Rows of a base that never changes, and above them those that came, changed or went since (None)."""

    def __init__(self, base: Mapping[str, Row], above: Mapping[str, Row | None] | None = None) -> None:
        """base: in the order of its ids."""
        self.base, self.above = base, above or {}

    def __getitem__(self, row_id: str) -> Row:
        row: Any = self.above.get(row_id, _NONE)
        if row is _NONE:
            return self.base[row_id]
        if row is None:
            raise KeyError(row_id)
        found: Row = row
        return found

    def __contains__(self, row_id: object) -> bool:
        return self.above[row_id] is not None if row_id in self.above else row_id in self.base  # type: ignore[index]

    def __iter__(self) -> Iterator[str]:
        if not self.above:
            return iter(self.base)
        stayed = (row_id for row_id in self.base if row_id not in self.above)
        return merge(stayed, sorted(row_id for row_id, row in self.above.items() if row is not None))

    def __len__(self) -> int:
        return len(self.base) + sum((row is not None) - (row_id in self.base) for row_id, row in self.above.items())

    def with_rows(self, rows: Mapping[str, Row | None]) -> "RowTable[Row]":
        """Return the same with other rows, None for those that went; one that equals the known one stays it."""
        changed = {row_id: row for row_id, row in rows.items() if self.get(row_id) != row}
        return RowTable(self.base, {**self.above, **changed}) if changed else self

    def changed_since(self, before: "RowTable[Row]") -> set[str]:
        """Return the ids of the rows that came, changed or went since; what did not change is the same object."""
        if self is before:
            return set()
        if self.base is before.base:
            ids = self.above.keys() | before.above.keys()
            return {row_id for row_id in ids if self.above.get(row_id, _NONE) is not before.above.get(row_id, _NONE)}
        return {row_id for row_id in {*self, *before} if self.get(row_id) is not before.get(row_id)}

    def went_since(self, before: "RowTable[Row]") -> bool:
        """Return whether a row went since."""
        return any(row_id in before and row_id not in self for row_id in self.changed_since(before))
