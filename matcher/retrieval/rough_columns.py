"""One state of an index as a first look reads it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matcher.columns import PhraseTable, Places
from matcher.retrieval.distinct_rows import distinct_rows
from matcher.retrieval.phrase_codes import PhraseCodes
from matcher.retrieval.postings import Postings
from matcher.retrieval.rough_places import RoughPlaces
from matcher.threads import each
from matcher.types import BoolArray, FloatArray, IntArray

# More than float32 loses in a product of two unit rows.
ROUNDING = np.float32(1e-5)
WORDS_WIDTH = 3e-5


class Exact(NamedTuple):
    """The columns of an index that are looked at roughly: those of `ActorIndex`, a row per unit."""

    phrases: PhraseTable
    own_phrases: IntArray
    words: sparse.csr_matrix
    spelling: sparse.csr_matrix
    naf: IntArray
    naf_sure: FloatArray
    places: Places


@dataclass(frozen=True)
class RoughWords:
    """Rows of words or spellings, as `matcher.lexical.similarity` compares them. empty: `(n,)`, rows without any."""

    postings: Postings
    empty: BoolArray

    @classmethod
    def build(cls, rows: sparse.csr_matrix) -> RoughWords:
        return cls(Postings.build(rows), np.diff(rows.indptr) == 0)

    def similarity(self, question: sparse.csr_matrix, spare: float) -> tuple[FloatArray, float]:
        """Return upper bounds of the cosines `(n,)` with a single row, NaN where a row is empty, and their width.

        The width is at most `spare` more than what is lost in rounding.
        """
        if question.nnz == 0:
            return np.full(len(self.empty), np.nan, np.float32), 0.0
        products, width = self.postings.products(question, spare)
        products += ROUNDING
        np.minimum(products, np.float32(1), out=products)
        products[self.empty] = np.nan
        return products, width + WORDS_WIDTH


@dataclass(frozen=True)
class Layers:
    """The phrases of a sort of n rows: the first ones of all that have any, then the second ones…

    rows: those that have any, those with the most first. texts: `(n_phrases,)`, layer after layer; those of a layer
    belong to the first of `rows`. starts: `(n_layers + 1,)`.
    """

    rows: IntArray
    texts: IntArray
    starts: IntArray

    @classmethod
    def build(cls, text_of: IntArray, starts: IntArray, ends: IntArray) -> Layers:
        """text_of: of all phrases, of which each row has those from `starts` until `ends` `(n,)`."""
        counts = ends - starts
        rows = np.argsort(-counts, kind="stable")[: np.count_nonzero(counts)]
        sizes = [np.count_nonzero(counts > place) for place in range(int(counts.max(initial=0)))]
        layers = [text_of[starts[rows[:size]] + place] for place, size in enumerate(sizes)]
        return cls(rows, np.concatenate([text_of[:0], *layers]), np.cumsum([0, *sizes]))

    def highest(self, of_texts: FloatArray, count: int) -> FloatArray:
        """Return the highest value among the texts of each row `(count,)`, NaN where it has none."""
        highest = np.full(count, np.nan, np.float32)
        best = np.full(len(self.rows), -np.inf, np.float32)
        for start, end in pairwise(self.starts.tolist()):
            first = best[: end - start]
            np.maximum(first, of_texts[self.texts[start:end]], out=first)
        highest[self.rows] = best
        return highest


@dataclass(frozen=True)
class RoughPhrases:
    """The phrases of n rows. own: what rows say of themselves; others: what their codes, contracts and names say.

    silent: `(n,)`, rows whose only phrase is an empty one.
    """

    codes: PhraseCodes
    own: Layers
    others: Layers
    silent: BoolArray

    @classmethod
    def build(cls, phrases: PhraseTable, own_phrases: IntArray) -> RoughPhrases:
        ends = np.append(phrases.starts[1:], len(phrases.text_of))
        own_ends = phrases.starts + own_phrases
        own = Layers.build(phrases.text_of, phrases.starts, own_ends)
        others = Layers.build(phrases.text_of, own_ends, ends)
        return cls(PhraseCodes.build(phrases.vectors), own, others, phrases.silent)

    def highest(self, question: PhraseTable) -> tuple[FloatArray, FloatArray, float]:
        """Return upper bounds of `PhraseTable.best` and `best_leading` `(n,)` (own phrases), and their common width."""
        of_texts, width = self.codes.highest(question.vectors)
        count = len(self.silent)
        if question.silent[0]:
            unknown = np.full(count, np.nan, np.float32)
            return unknown, unknown, width
        own, others = each(lambda layers: layers.highest(of_texts, count), (self.own, self.others))
        best = np.fmax(own, others)
        best[self.silent] = np.nan
        return best, own, width

    def highest_of(
        self, question: PhraseTable, phrases: PhraseTable, own_phrases: IntArray, rows: IntArray
    ) -> tuple[FloatArray, FloatArray, float]:
        """Return `highest` of some rows `(n_rows,)`, at least one. phrases, own_phrases: of all rows, as in `Exact`."""
        starts, counts, texts = phrases.texts_of(rows)
        used = np.zeros(len(self.codes.codes), np.bool_)
        used[texts] = True
        read = np.flatnonzero(used)
        upper, width = self.codes.highest(question.vectors, read)
        if question.silent[0]:
            unknown = np.full(len(rows), np.nan, np.float32)
            return unknown, unknown, width
        of_texts = np.empty(len(used), np.float32)
        of_texts[read] = upper
        values = of_texts[texts]
        best = np.maximum.reduceat(values, starts)
        best[self.silent[rows]] = np.nan
        own_counts = own_phrases[rows]
        values[np.arange(len(texts)) - np.repeat(starts, counts) >= np.repeat(own_counts, counts)] = -np.inf
        own = np.maximum.reduceat(values, starts)
        own[own_counts == 0] = np.nan
        return best, own, width


@dataclass(frozen=True)
class RoughColumns:
    """Columns of n rows. trade_of: `(n,)` which of the distinct classes `naf`, `naf_sure` `(n_trades, most)` it has."""

    phrases: RoughPhrases
    words: RoughWords
    spelling: RoughWords
    trade_of: IntArray
    naf: IntArray
    naf_sure: FloatArray
    places: RoughPlaces

    @classmethod
    def build(cls, exact: Exact) -> RoughColumns:
        octets: list[NDArray[np.uint8]] = [
            # The width is said: of no row it could not be told.
            np.ascontiguousarray(part).view(np.uint8).reshape(len(part), part.shape[1] * part.itemsize)
            for part in exact[4:6]
        ]
        trades, trade_of = distinct_rows(np.concatenate(octets, axis=1))
        return cls(
            RoughPhrases.build(exact.phrases, exact.own_phrases),
            RoughWords.build(exact.words),
            RoughWords.build(exact.spelling),
            trade_of,
            exact.naf[trades],
            exact.naf_sure[trades],
            RoughPlaces.build(exact.places.lat, exact.places.lon),
        )
