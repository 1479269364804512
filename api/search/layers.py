"""Words of rows that change: an index of all as they were, and above it a small one of those that changed since."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from api.search.word_index import Pairs, WordCollector, WordIndex, among, indexed
from matcher.types import BoolArray, FloatArray, IntArray


@dataclass(frozen=True)
class LayeredIndex:
    """Indexes whose rows follow one another: `n_rows` in all. A search finds what an index of the shown rows would.

    present: `(n_rows,)` what the tables have; an earlier state of a row is not. shown: `(n_rows,)` what is found; a
    duplicate is present, but not found.
    """

    layers: Sequence[WordIndex]
    present: BoolArray
    shown: BoolArray

    @classmethod
    def of(cls, index: WordIndex) -> LayeredIndex:
        """Return an index all of whose rows are found."""
        all_rows = np.ones(len(index.ids), np.bool_)
        return cls((index,), all_rows, all_rows)

    @cached_property
    def count(self) -> int:
        """How many rows may be found."""
        return int(np.count_nonzero(self.shown))

    def id_of(self, row: int) -> str:
        """Return the id of a row."""
        start, layer = next((start, layer) for start, layer in reversed(self._spans) if start <= row)
        return bytes(layer.ids[row - start]).decode()

    def rows_of(self, ids: Collection[str]) -> IntArray:
        """Return the row under which each id is found, -1 where there is none `(n,)`."""
        found = np.full(len(ids), -1)
        for start, layer in self._spans:
            rows = layer.rows_of(ids)
            is_found = rows >= 0
            is_found[is_found] = self.shown[start + rows[is_found]]
            found[is_found] = start + rows[is_found]
        return found

    def strengths(self, asked: Sequence[str]) -> list[FloatArray]:
        """Return for each word asked how well rows have it, or one that may be meant by it `(n_rows,)`; 0 if not."""
        known = {word for word in asked if self._is_known(word)}
        meant = [layer.vocabulary.meant(asked, known) for layer in self.layers]
        strengths = []
        for number in range(len(asked)):
            parts = [layer.strength(words[number]) for layer, words in zip(self.layers, meant, strict=True)]
            strengths.append(np.where(self.shown, np.concatenate(parts), np.float32(0)))
        return strengths

    def by_id(self, rows: IntArray) -> IntArray:
        """Return numbers in whose order the ids of rows stand `(n,)`; equal ones stand in the order of the rows."""
        first, *above = self.layers
        between = [2 * first.ids.searchsorted(layer.ids) for layer in above]
        return np.concatenate([2 * np.arange(len(first.ids)) + 1, *between])[rows]

    def joined(self) -> tuple[WordIndex, IntArray]:
        """Return one index of what is present, and which row each of its rows was."""
        ids: list[NDArray[np.bytes_]] = []
        parts: list[Pairs] = []
        numbers: dict[str, int] = {}
        for start, layer in self._spans:
            kept = self.present[start : start + len(layer.ids)]
            texts = layer.vocabulary.texts()
            number_of = np.array([numbers.setdefault(word, len(numbers)) for word in texts], np.int32)
            own, before = among(layer.pairs(), kept), sum(map(len, ids))
            parts.append(Pairs(number_of[own.words], own.entries + np.int32(before), own.worths))
            ids.append(layer.ids[kept])
        pairs = Pairs(
            np.concatenate([part.words for part in parts]),
            np.concatenate([part.entries for part in parts]),
            np.concatenate([part.worths for part in parts]),
        )
        index, order = indexed(np.concatenate(ids), list(numbers), pairs)
        return index, np.flatnonzero(self.present)[order]

    @cached_property
    def _spans(self) -> list[tuple[int, WordIndex]]:
        """The layers, each with its first row."""
        starts = accumulate((len(layer.ids) for layer in self.layers[:-1]), initial=0)
        return list(zip(starts, self.layers, strict=True))

    def _is_known(self, word: str) -> bool:
        return any(self.present[start + layer.have(word)].any() for start, layer in self._spans)


EMPTY, _ = WordCollector().index()
