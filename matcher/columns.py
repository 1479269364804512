"""Rows of actors or opportunities as numpy columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TypeAlias

import numpy as np

from matcher.embedding import GRID, cosines
from matcher.sequences import picked
from matcher.splicing import Splice
from matcher.text_rows import TextRows
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
    phrases: Sequence[Phrase]
    silent: BoolArray

    @classmethod
    def build(cls, rows: Sequence[tuple[Phrase, ...]], encode: Encode) -> PhraseTable:
        texts: dict[str, int] = {}
        text_of = [texts.setdefault(phrase.text, len(texts)) for row in rows for phrase in row]
        starts = np.cumsum([0, *(len(row) for row in rows)])[:-1]
        phrases = tuple(phrase for row in rows for phrase in row)
        silent = np.array([not any(phrase.text for phrase in row) for row in rows], np.bool_)
        return cls(encode(list(texts)), np.array(text_of, np.int64), starts.astype(np.int64), phrases, silent)

    def recalling(self, encode: Encode) -> Encode:
        """Return an encoder that finds this table's texts in it, and asks `encode` for the others only."""

        def recall(texts: Sequence[str]) -> FloatArray:
            known = {text: self.text_rows.find(text) for text in texts}
            missing = [text for text, row in known.items() if row is None]
            made = dict(zip(missing, encode(missing) if missing else (), strict=True))
            rows = [made[text] if (row := known[text]) is None else self.vectors[row] for text in texts]
            return np.array(rows, self.vectors.dtype).reshape(len(texts), self.vectors.shape[1])

        return recall

    def spliced(self, fresh: PhraseTable, rows: Splice) -> PhraseTable:
        """Return the table of old and fresh rows in a new order, as `build` would order its texts."""
        phrases = rows.within(self._bounds(), fresh._bounds())
        own = len(self.vectors)
        # A text's number: its row here, else its row in the fresh table, counted on.
        known = [self.text_rows.find(text) for text in fresh.texts]
        numbers = np.array([own + at if row is None else row for at, row in enumerate(known)], np.int64)
        text_of = phrases.array(self.text_of, numbers[fresh.text_of] if len(numbers) else fresh.text_of)
        first = np.full(own + len(numbers), -1)
        # The last assignment wins: backwards, it is each text's first place.
        first[text_of[::-1]] = np.arange(len(text_of))[::-1]
        used = np.flatnonzero(first >= 0)
        texts = used[np.argsort(first[used], kind="stable")]
        row_of = np.empty(len(first), np.int64)
        row_of[texts] = np.arange(len(texts))
        vectors = np.empty((len(texts), self.vectors.shape[1]), self.vectors.dtype)
        kept = texts < own
        if kept.any():
            np.take(self.vectors, texts, axis=0, out=vectors, mode="clip")
        vectors[~kept] = fresh.vectors[texts[~kept] - own]
        lengths = rows.array(np.diff(self._bounds()), np.diff(fresh._bounds()))
        return PhraseTable(
            vectors,
            row_of[text_of],
            np.cumsum(lengths) - lengths,
            phrases.sequence(self.phrases, fresh.phrases),
            rows.array(self.silent, fresh.silent),
        )

    def beside(self, other: PhraseTable, rows: Splice) -> PhraseTable:
        """Return `spliced` of two small tables at less cost: a text that both have is there twice."""
        phrases = rows.within(self._bounds(), other._bounds())
        lengths = rows.array(np.diff(self._bounds()), np.diff(other._bounds()))
        return PhraseTable(
            np.concatenate([self.vectors, other.vectors]),
            phrases.array(self.text_of, len(self.vectors) + other.text_of),
            np.cumsum(lengths) - lengths,
            phrases.sequence(self.phrases, other.phrases),
            rows.array(self.silent, other.silent),
        )

    def of_rows(self, rows: IntArray) -> PhraseTable:
        """Return some rows, with the texts that they have, each once."""
        starts, _, phrases = self._phrases_of(rows)
        texts, text_of = np.unique(self.text_of[phrases], return_inverse=True)
        return PhraseTable(
            self.vectors[texts],
            text_of,
            starts,
            picked(self.phrases, phrases),
            self.silent[rows],
        )

    def texts_of(self, rows: IntArray) -> tuple[IntArray, IntArray, IntArray]:
        """Return where each row's texts start `(n_rows,)`, how many they are, and all, as rows of `vectors`."""
        starts, counts, phrases = self._phrases_of(rows)
        return starts, counts, self.text_of[phrases]

    def _phrases_of(self, rows: IntArray) -> tuple[IntArray, IntArray, IntArray]:
        begin = self.starts[rows]
        last = np.minimum(rows + 1, len(self.starts) - 1)
        counts = np.where(rows + 1 < len(self.starts), self.starts[last], len(self.text_of)) - begin
        starts = np.cumsum(counts) - counts
        return starts, counts, np.repeat(begin - starts, counts) + np.arange(int(counts.sum()))

    @property
    def texts(self) -> Sequence[str]:
        """The texts, in the order of their rows of `vectors`."""
        texts = [""] * len(self.vectors)
        for phrase, row in zip(self.phrases, self.text_of.tolist(), strict=True):
            texts[row] = phrase.text
        return texts

    @cached_property
    def text_rows(self) -> TextRows:
        """Where each text stands in `vectors`."""
        return TextRows.build(self.texts)

    def _bounds(self) -> IntArray:
        """Return where each row's phrases begin, and the last one's end `(n + 1,)`."""
        return np.append(self.starts, len(self.text_of))

    def take(self, row: int) -> PhraseTable:
        """Return one row."""
        end = int(self.starts[row + 1]) if row + 1 < len(self.starts) else len(self.text_of)
        mine = slice(int(self.starts[row]), end)
        vectors = self.vectors[self.text_of[mine]]
        silent = self.silent[row : row + 1]
        return PhraseTable(vectors, np.arange(len(vectors)), np.zeros(1, np.int64), self.phrases[mine], silent)

    def highest(self, other: PhraseTable) -> FloatArray:
        """Return each phrase's highest cosine `(n_phrases,)` with those of the single row of `other`."""
        # The greatest product divided is the greatest cosine: dividing by one number keeps the order, rounded or not.
        # A product a question: BLAS takes longer for a few of them at once.
        products: FloatArray = np.maximum.reduce([self.vectors @ row for row in other.vectors])
        highest: FloatArray = products / np.float32(GRID * GRID)
        return highest[self.text_of]

    def best(self, other: PhraseTable, highest: FloatArray | None = None) -> FloatArray:
        """Return the highest cosine `(n,)` between each row's phrases and those of the single row of `other`.

        NaN where either says nothing. highest: `self.highest(other)`, if it is known.
        """
        highest = self.highest(other) if highest is None else highest
        best: FloatArray = np.maximum.reduceat(highest, self.starts)
        return np.where(self.silent | other.silent, np.float32(np.nan), best)

    def best_leading(self, other: PhraseTable, leading: IntArray, highest: FloatArray | None = None) -> FloatArray:
        """Return `best` where only the first `leading` `(n,)` phrases of each row count; NaN where there are none."""
        highest = self.highest(other) if highest is None else highest
        place = np.arange(len(self.text_of)) - np.repeat(self.starts, np.diff(self._bounds()))
        counts = place < np.repeat(leading, np.diff(self._bounds()))
        best: FloatArray = np.maximum.reduceat(np.where(counts, highest, np.float32(-1)), self.starts)
        return np.where((leading == 0) | other.silent, np.float32(np.nan), best)

    def first(self, count: int) -> PhraseTable:
        """Return a table of one row with its first `count` phrases, at least one."""
        return PhraseTable(
            self.vectors[self.text_of[:count]], np.arange(count), self.starts, self.phrases[:count], self.silent
        )

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

    def spliced(self, fresh: Places, rows: Splice) -> Places:
        return Places(
            rows.array(self.lat, fresh.lat), rows.array(self.lon, fresh.lon), rows.array(self.exact, fresh.exact)
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

    def spliced(self, fresh: Membership, rows: Splice) -> Membership:
        """Return the table of old and fresh rows in a new order, with a column for each name that a row still has."""
        names = sorted({*self.columns, *fresh.columns})
        has = rows.array(self._with(names), fresh._with(names))
        used: BoolArray = np.asarray(has.any(axis=0))
        kept = [name for name, is_used in zip(names, used.tolist(), strict=True) if is_used]
        return Membership({name: column for column, name in enumerate(kept)}, has if used.all() else has[:, used])

    def _with(self, names: Sequence[str]) -> BoolArray:
        """Return `has` with a column for each of the names, among which are its own, in their order."""
        if len(names) == len(self.columns):
            return self.has
        has = np.zeros((len(self.has), len(names)), np.bool_)
        has[:, [position for position, name in enumerate(names) if name in self.columns]] = self.has
        return has

    def take(self, row: int) -> Membership:
        """Return one row."""
        return Membership(self.columns, self.has[row : row + 1])

    def any(self) -> BoolArray:
        """Return which rows have a name at all `(n,)`."""
        return self._any

    @cached_property
    def _any(self) -> BoolArray:
        return np.asarray(self.has.any(axis=1))

    def of(self, names: Sequence[str | None]) -> BoolArray:
        """Return whether each row has each name, `(n, len(names))`; nobody has None."""
        has_name = np.zeros((len(self.has), len(names)), np.bool_)
        for position, name in enumerate(names):
            if name is not None and name in self.columns:
                has_name[:, position] = self.has[:, self.columns[name]]
        return has_name


def column(values: Iterable[float | None]) -> FloatArray:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float32)


def days(values: Iterable[date | None]) -> FloatArray:
    # Ordinals of our days stay below 2**24: exact in float32.
    return column(None if value is None else value.toordinal() for value in values)


def padded(rows: Sequence[list[int]]) -> IntArray:
    width = max((len(row) for row in rows), default=0) or 1
    return np.array([row + [-1] * (width - len(row)) for row in rows], np.int64).reshape(len(rows), width)


def padded_values(rows: Sequence[list[float]]) -> FloatArray:
    """Return rows of different lengths, all above 0, as `(n, longest)`; 0 pads."""
    width = max((len(row) for row in rows), default=0) or 1
    return np.array([row + [0.0] * (width - len(row)) for row in rows], np.float32).reshape(len(rows), width)


def padded_texts(rows: Sequence[list[str]], least: int = 1) -> StrArray:
    width = max((len(row) for row in rows), default=least) or least
    return np.array([row + [""] * (width - len(row)) for row in rows], dtype="U9").reshape(len(rows), width)
