"""Rows of actors or opportunities as numpy columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

import numpy as np

from matcher.embedding import cosines
from matcher.types import Actor, BoolArray, FloatArray, IntArray, Opportunity, Phrase, StrArray

# Texts → rows on the grid (n, dim): an encoder, or a store in front of one.
Encode: TypeAlias = Callable[[Sequence[str]], FloatArray]


@dataclass(frozen=True)
class PhraseTable:
    """The phrases of n rows. Phrases that several rows share are stored, and compared, once.

    vectors: `(n_texts, dim)` rows on the grid of `matcher.embedding`. text_of: `(n_phrases,)` row of `vectors`.
    starts: `(n,)` first phrase of each row. silent: `(n,)` whether a row's only phrase is an empty one.
    """

    vectors: FloatArray
    text_of: IntArray
    starts: IntArray
    phrases: tuple[Phrase, ...]
    silent: BoolArray

    @classmethod
    def build(cls, rows: Sequence[tuple[Phrase, ...]], encode: Encode) -> PhraseTable:
        texts: dict[str, int] = {}
        text_of = [texts.setdefault(phrase.text, len(texts)) for row in rows for phrase in row]
        starts = np.cumsum([0, *(len(row) for row in rows)])[:-1]
        phrases = tuple(phrase for row in rows for phrase in row)
        silent = np.array([not any(phrase.text for phrase in row) for row in rows], np.bool_)
        return cls(encode(list(texts)), np.array(text_of, np.int64), starts.astype(np.int64), phrases, silent)

    def take(self, row: int) -> PhraseTable:
        """Return one row."""
        end = int(self.starts[row + 1]) if row + 1 < len(self.starts) else len(self.text_of)
        mine = slice(int(self.starts[row]), end)
        vectors = self.vectors[self.text_of[mine]]
        silent = self.silent[row : row + 1]
        return PhraseTable(vectors, np.arange(len(vectors)), np.zeros(1, np.int64), self.phrases[mine], silent)

    def best(self, other: PhraseTable) -> FloatArray:
        """Return the highest cosine `(n,)` between each row's phrases and those of the single row of `other`.

        NaN where either says nothing.
        """
        highest = cosines(self.vectors, other.vectors).max(axis=1)
        best: FloatArray = np.maximum.reduceat(highest[self.text_of], self.starts)
        return np.where(self.silent | other.silent, np.float32(np.nan), best)

    def closest(self, row: int, other: PhraseTable) -> tuple[Phrase, Phrase, float]:
        """Return the two phrases whose cosine is the highest, and it: what a reader checks a similarity by."""
        mine = self.take(row)
        values = cosines(mine.vectors, other.vectors[other.text_of])
        i, j = np.unravel_index(int(values.argmax()), values.shape)
        return mine.phrases[int(i)], other.phrases[int(j)], float(values[i, j])


@dataclass(frozen=True)
class Places:
    """Degrees `(n,)`, NaN where unknown; `exact` is false where the middle of the département stands in."""

    lat: FloatArray
    lon: FloatArray
    exact: BoolArray

    @classmethod
    def build(cls, rows: Sequence[Actor] | Sequence[Opportunity]) -> Places:
        points = [row.point for row in rows]
        return cls(
            column(point.lat if point else None for point in points),
            column(point.lon if point else None for point in points),
            np.array([point.exact if point else False for point in points], dtype=np.bool_),
        )


@dataclass(frozen=True)
class Membership:
    """Which names each of n rows has: `columns` name → column of `has` `(n, len(columns))`."""

    columns: Mapping[str, int]
    has: BoolArray

    @classmethod
    def build(cls, rows: Sequence[frozenset[str]]) -> Membership:
        columns = {name: column for column, name in enumerate(sorted(frozenset[str]().union(*rows)))}
        has = np.zeros((len(rows), len(columns)), np.bool_)
        for position, names in enumerate(rows):
            has[position, np.array([columns[name] for name in names], np.int64)] = True
        return cls(columns, has)

    def take(self, row: int) -> Membership:
        """Return one row."""
        return Membership(self.columns, self.has[row : row + 1])

    def any(self) -> BoolArray:
        """Return which rows have a name at all `(n,)`."""
        return np.asarray(self.has.any(axis=1))

    def of(self, names: Sequence[str | None]) -> BoolArray:
        """Return whether each row has each name, `(n, len(names))`; nobody has None."""
        found = np.zeros((len(self.has), len(names)), np.bool_)
        for position, name in enumerate(names):
            if name is not None and name in self.columns:
                found[:, position] = self.has[:, self.columns[name]]
        return found


def column(values: Iterable[float | None]) -> FloatArray:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float32)


def days(values: Iterable[date | None]) -> FloatArray:
    # Ordinals of our days stay below 2**24: exact in float32.
    return column(None if value is None else value.toordinal() for value in values)


def padded(rows: Sequence[list[int]]) -> IntArray:
    width = max((len(row) for row in rows), default=0) or 1
    return np.array([row + [-1] * (width - len(row)) for row in rows], np.int64).reshape(len(rows), width)


def padded_texts(rows: Sequence[list[str]]) -> StrArray:
    width = max((len(row) for row in rows), default=0) or 1
    return np.array([row + [""] * (width - len(row)) for row in rows], dtype="U9").reshape(len(rows), width)
