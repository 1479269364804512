"""The words that entries have, found by what somebody typed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from api.core.digits import is_digits
from api.search.words import SHORTEST_NUMBER_PREFIX, likeness, worth_of_prefix

# Figures of a SIRET. Longer numbers stand among the words.
LONGEST_NUMBER = 14
# The letter after 9.
_AFTER_FIGURES = ":"


@dataclass(frozen=True)
class Vocabulary:
    """Words, and numbers beside them: as texts, each establishment's two would weigh more than all the rest.

    A word's number is its place; numbers stand behind the words. words: none of them a number of at most
    `LONGEST_NUMBER` figures. numbers: `(n_numbers,)` in their order as texts.
    """

    words: Sequence[str]
    numbers: NDArray[np.bytes_]

    def __len__(self) -> int:
        return len(self.words) + len(self.numbers)

    def meant(self, asked: Sequence[str], known: Collection[str]) -> list[Mapping[int, float]]:
        """Return for each word asked which may be meant by it, with how well, as `likeness` does.

        known: which of the words asked somebody has.
        """
        # A number is meant by its own figures or the first of them: no word of letters is a slip or two from it.
        words = likeness(asked, self.words, known)
        return [{**by_word, **self._numbers_meant(word)} for word, by_word in zip(asked, words, strict=True)]

    def find(self, word: str) -> int | None:
        """Return the number of a word; None of one that is not there. It looks through all words."""
        if not is_number(word):
            return self.words.index(word) if word in self.words else None
        row = int(self.numbers.searchsorted(np.bytes_(word.encode())))
        is_there = row < len(self.numbers) and self.numbers[row] == word.encode()
        return len(self.words) + row if is_there else None

    def texts(self) -> list[str]:
        """Return all words by their numbers."""
        return [*self.words, *(number.decode() for number in self.numbers.tolist())]

    def _numbers_meant(self, word: str) -> dict[int, float]:
        if not is_number(word):
            return {}
        first = int(self.numbers.searchsorted(np.bytes_(word.encode())))
        after = first
        if len(word) >= SHORTEST_NUMBER_PREFIX:
            after = int(self.numbers.searchsorted(np.bytes_((word + _AFTER_FIGURES).encode())))
        elif self.find(word) is not None:
            after = first + 1
        lengths = np.strings.str_len(self.numbers[first:after]).tolist()
        return {
            len(self.words) + first + place: 1.0 if length == len(word) else worth_of_prefix(len(word), length)
            for place, length in enumerate(lengths)
        }


def is_number(word: str) -> bool:
    """Return whether a vocabulary has a word among its numbers."""
    return len(word) <= LONGEST_NUMBER and is_digits(word)
