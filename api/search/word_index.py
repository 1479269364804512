"""Which entries have which words, as arrays: a search compares a few rows of them, whatever the number of entries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np
from scipy import sparse

from api.search.parts import WEIGHTS, Part
from api.search.words import words_of
from matcher.types import FloatArray, IntArray


class Searched(Protocol):
    """What an index holds: an id, and the texts that are searched."""

    @property
    def id(self) -> str: ...

    @property
    def texts(self) -> Mapping[Part, str]: ...


EntryT = TypeVar("EntryT", bound=Searched)


class Vocabulary:
    """The words that entries have, each with a number. It only grows: numbers stay what they are."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self._numbers: dict[str, int] = {}

    def number(self, word: str) -> int:
        known = self._numbers.get(word)
        if known is None:
            known = self._numbers[word] = len(self.words)
            self.words.append(word)
        return known


@dataclass(frozen=True)
class Indexed(Generic[EntryT]):
    """An entry with the numbers of its words `(n_words,)`, each once, and the most that each counts `(n_words,)`."""

    entry: EntryT
    words: IntArray
    weights: FloatArray


def indexed(entry: EntryT, vocabulary: Vocabulary) -> Indexed[EntryT]:
    """Return an entry with its words; new words enter the vocabulary."""
    weights: dict[int, float] = {}
    for part, text in entry.texts.items():
        for word in words_of(text):
            number = vocabulary.number(word)
            weights[number] = max(weights.get(number, 0), WEIGHTS[part])
    return Indexed(
        entry, np.fromiter(weights, np.int64, len(weights)), np.fromiter(weights.values(), np.float32, len(weights))
    )


@dataclass(frozen=True)
class WordIndex(Generic[EntryT]):
    """Entries, sorted by id, and their words. weights `(n_words, n_entries)`: how much a word counts in an entry."""

    entries: tuple[EntryT, ...]
    row_of: Mapping[str, int]
    vocabulary: Sequence[str]
    weights: sparse.csr_matrix

    @classmethod
    def build(cls, rows: Iterable[Indexed[EntryT]], vocabulary: Vocabulary) -> WordIndex[EntryT]:
        """Index entries; their order does not matter."""
        ordered = sorted(rows, key=lambda row: row.entry.id)
        words = tuple(vocabulary.words)
        shape = (len(words), len(ordered))
        if ordered:
            entry_rows = np.repeat(np.arange(len(ordered)), [len(row.words) for row in ordered])
            places = (np.concatenate([row.words for row in ordered]), entry_rows)
            weights = sparse.csr_matrix((np.concatenate([row.weights for row in ordered]), places), shape=shape)
        else:
            weights = sparse.csr_matrix(shape, dtype=np.float32)
        entries = tuple(row.entry for row in ordered)
        return cls(entries, {entry.id: row for row, entry in enumerate(entries)}, words, weights)

    def strength(self, meant: Mapping[int, float]) -> FloatArray:
        """Return for each entry how well it has one of the words that were meant `(n_entries,)`; 0 where it has none.

        meant: row of the vocabulary → how well it is what was asked.
        """
        strength = np.zeros(len(self.entries), np.float32)
        starts, columns, values = self.weights.indptr, self.weights.indices, self.weights.data
        for word, likeness in meant.items():
            own = slice(starts[word], starts[word + 1])
            strength[columns[own]] = np.maximum(strength[columns[own]], values[own] * np.float32(likeness))
        return strength
