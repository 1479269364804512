"""Which entries have which words, as arrays: a search compares a few rows of them, whatever the number of entries."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from api.search.parts import WEIGHTS, Part
from api.search.vocabulary import Vocabulary, is_number
from api.search.words import words_of_new_text
from matcher.types import BoolArray, FloatArray, IntArray

# What a word counts in an entry is kept as its place here.
WORTHS = np.array(sorted(set(WEIGHTS.values())), np.float32)
_WORTH_OF = {part: int(np.flatnonzero(np.float32(weight) == WORTHS)[0]) for part, weight in WEIGHTS.items()}
# Texts of these parts are of one entry alone: their words are not worth remembering.
_OWN = frozenset((Part.NAME, Part.TITLE, Part.LOT, Part.NUMBER, Part.TRADE, Part.DESCRIPTION, Part.PERSON))


@dataclass(frozen=True)
class Pairs:
    """Words that entries have `(n_pairs,)`: the word's number, the entry's, and the place in `WORTHS` of its worth."""

    words: NDArray[np.integer[Any]]
    entries: NDArray[np.integer[Any]]
    worths: NDArray[np.uint8]


@dataclass(frozen=True)
class WordIndex:
    """Entries, sorted by id, and their words.

    ids: `(n_entries,)` in UTF-8, whose order is that of texts. worths: `(n_words, n_entries)` places in `WORTHS`, as
    `starts`, `entries`, `worths` of compressed rows.
    """

    ids: NDArray[np.bytes_]
    vocabulary: Vocabulary
    starts: NDArray[np.integer[Any]]
    entries: NDArray[np.integer[Any]]
    worths: NDArray[np.uint8]

    def rows_of(self, ids: Collection[str]) -> IntArray:
        """Return the row of each id, -1 of those that are not there `(n,)`."""
        if not len(self.ids) or not ids:
            return np.full(len(ids), -1)
        asked = np.array([entry_id.encode() for entry_id in ids], np.bytes_)
        rows = np.minimum(self.ids.searchsorted(asked), len(self.ids) - 1)
        return np.where(self.ids[rows] == asked, rows, -1)

    def have(self, word: str) -> NDArray[np.integer[Any]]:
        """Return the rows of the entries that have a word."""
        number = self.vocabulary.find(word)
        return self.entries[:0] if number is None else self.entries[self.starts[number] : self.starts[number + 1]]

    def strength(self, meant: Mapping[int, float]) -> FloatArray:
        """Return for each entry how well it has one of the words that were meant `(n_entries,)`; 0 where it has none.

        meant: number of a word → how well it is what was asked.
        """
        strength = np.zeros(len(self.ids), np.float32)
        for word, likeness in meant.items():
            own = slice(self.starts[word], self.starts[word + 1])
            columns = self.entries[own]
            strength[columns] = np.maximum(strength[columns], WORTHS[self.worths[own]] * np.float32(likeness))
        return strength

    def pairs(self) -> Pairs:
        """Return all words of all entries."""
        words = np.repeat(np.arange(len(self.vocabulary), dtype=np.int32), np.diff(self.starts))
        return Pairs(words, self.entries, self.worths)


class WordCollector:
    """Takes entries one by one; nothing of them is kept but their words."""

    def __init__(self) -> None:
        self._ids: list[str] = []
        # Who asks for a new word gives it the next number.
        self._numbers: defaultdict[str, int] = defaultdict(count().__next__)
        self._counts, self._words, self._worths = array("i"), array("i"), array("B")

    def add(self, entry_id: str, worths: Mapping[str, int]) -> None:
        """Take an entry, with its words as `words_in` returns them."""
        numbers = self._numbers
        self._ids.append(entry_id)
        self._counts.append(len(worths))
        self._words.extend([numbers[word] for word in worths])
        self._worths.extend(worths.values())

    def index(self) -> tuple[WordIndex, IntArray]:
        """Return the index, and the order of its rows: which in the order they came each was `(n_entries,)`."""
        entries = np.repeat(np.arange(len(self._ids), dtype=np.int32), np.array(self._counts, np.int32))
        pairs = Pairs(np.array(self._words, np.int32), entries, np.array(self._worths, np.uint8))
        return indexed(as_ids(self._ids), list(self._numbers), pairs)


def words_in(texts: Mapping[Part, str]) -> dict[str, int]:
    """Return the words of an entry, with the place in `WORTHS` of the most that each counts in one of its texts."""
    worths: dict[str, int] = {}
    for part, text in texts.items():
        worth = _WORTH_OF[part]
        for word in words_of_new_text(text) if part in _OWN else _shared_words(text):
            if worths.get(word, -1) < worth:
                worths[word] = worth
    return worths


@lru_cache(4_096)
def _shared_words(text: str) -> tuple[str, ...]:
    return tuple(words_of_new_text(text))


def as_ids(ids: Sequence[str]) -> NDArray[np.bytes_]:
    """Return ids as an index keeps them `(n,)`."""
    return np.array([entry_id.encode() for entry_id in ids], np.bytes_) if ids else np.zeros(0, "S1")


def indexed(ids: NDArray[np.bytes_], words: Sequence[str], pairs: Pairs) -> tuple[WordIndex, IntArray]:
    """Index entries in any order; return the index, and which of them each row is `(n_entries,)`.

    words: by their numbers in `pairs`; those that no entry has are left out.
    """
    order = np.argsort(ids, kind="stable")
    row_of = np.empty(len(ids), np.int32)
    row_of[order] = np.arange(len(ids), dtype=np.int32)
    used = np.flatnonzero(np.bincount(pairs.words, minlength=len(words))).tolist()
    in_words = [number for number in used if not is_number(words[number])]
    in_figures = sorted((number for number in used if is_number(words[number])), key=words.__getitem__)
    place_of = np.zeros(len(words), np.int32)
    place_of[[*in_words, *in_figures]] = np.arange(len(used), dtype=np.int32)
    vocabulary = Vocabulary(
        tuple(words[number] for number in in_words), as_ids([words[number] for number in in_figures])
    )
    places = (place_of[pairs.words], row_of[pairs.entries])
    rows = sparse.csr_matrix((pairs.worths, places), shape=(len(vocabulary), len(ids)))
    return WordIndex(ids[order], vocabulary, rows.indptr, rows.indices, rows.data), order


def among(pairs: Pairs, kept: BoolArray) -> Pairs:
    """Return the words of the entries that are kept `(n_entries,)`, which are counted anew."""
    stays = kept[pairs.entries]
    places = np.cumsum(kept, dtype=np.int32) - 1
    return Pairs(pairs.words[stays], places[pairs.entries[stays]].astype(np.int32), pairs.worths[stays])
