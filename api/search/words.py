"""A text as it is searched: its words, folded, and those that were meant by others."""

import re
from collections.abc import Collection, Mapping, Sequence

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from api.core.digits import is_digits
from api.core.text import folded

_WORD = re.compile(r"[a-z0-9]{1,40}")
# A SIRET, a SIREN or a phone number as people space and dot it.
_SPACED_NUMBER = re.compile(r"(?<!\d)\d(?:[\s.\-]?\d){8,13}(?!\d)")
_WRITTEN = re.compile(r"[^\W_]+")
_SEPARATORS = re.compile(r"[\s.\-]")
# Words that nearly every name has; they count only where nothing else was asked.
_COMMON = frozenset(
    (
        "a",
        "au",
        "aux",
        "d",
        "de",
        "des",
        "du",
        "en",
        "et",
        "l",
        "la",
        "le",
        "les",
        "ou",
        "par",
        "pour",
        "sur",
        "un",
        "une",
    )
)
MOST_WORDS = 12
# How well a word of a text is what was typed: one that begins so, one that is spelt nearly so; and the latter where the
# very word is known.
PREFIX, NEAR, NEAR_A_KNOWN_WORD = 0.85, 0.7, 0.35
SHORTEST_PREFIX, SHORTEST_NUMBER_PREFIX = 3, 4


def words_of(text: str) -> list[str]:
    """Return the words of a text, without accents or capitals."""
    return _WORD.findall(folded(text))


def words_of_new_text(text: str) -> list[str]:
    """Return what `words_of` does; of a text that is read once, and not kept at hand."""
    return _WORD.findall(folded.__wrapped__(text))


def asked_words(text: str) -> list[str]:
    """Return the words that a search is made of, each once, at most `MOST_WORDS`: long numbers whole, no articles."""
    joined = _SPACED_NUMBER.sub(lambda spaced: f" {_SEPARATORS.sub('', spaced[0])} ", folded(text))
    words = list(dict.fromkeys(_WORD.findall(joined)))
    return ([word for word in words if word not in _COMMON] or words)[:MOST_WORDS]


def likeness(
    asked: Sequence[str], vocabulary: Sequence[str], known: Collection[str] | None = None
) -> list[Mapping[int, float]]:
    """Return for each word asked the rows of the vocabulary that may be meant by it, with how well, in ]0, 1].

    known: which of the words asked are spelt as somebody spells them; None: those of the vocabulary.
    """
    if not asked or not vocabulary:
        return [{} for _ in asked]
    most = [_most_slips(word) for word in asked]
    # Beyond the cutoff, a distance is the cutoff and one.
    slips = cdist(asked, vocabulary, scorer=OSA.distance, score_cutoff=max(most), dtype=np.uint8)
    return [
        _likeness(word, slips[row], most[row], vocabulary, None if known is None else word in known)
        for row, word in enumerate(asked)
    ]


def _likeness(
    word: str, slips: np.ndarray, most: int, vocabulary: Sequence[str], is_known: bool | None
) -> dict[int, float]:
    near = np.flatnonzero(slips <= most)
    if is_known is None:
        is_known = bool((slips == 0).any())
    worth = NEAR_A_KNOWN_WORD if is_known else NEAR
    meant = {row: 1.0 if slips[row] == 0 else worth * (1 - int(slips[row]) / (len(word) + 1)) for row in near.tolist()}
    shortest = SHORTEST_NUMBER_PREFIX if is_digits(word) else SHORTEST_PREFIX
    if len(word) >= shortest:
        for row, known in enumerate(vocabulary):
            if known.startswith(word) and len(known) > len(word):
                meant[row] = worth_of_prefix(len(word), len(known))
    return meant


def worth_of_prefix(typed: int, whole: int) -> float:
    """Return how well a word is meant by its beginning, by the letters that were typed and those it has, in ]0, 1].

    What is nearly the whole word says more than the beginning of a long one.
    """
    return PREFIX * (0.7 + 0.3 * typed / whole)


def _most_slips(word: str) -> int:
    """Return how many letters may be wrong: none in a number or a short word, two in a long one."""
    if any(is_digits(letter) for letter in word) or len(word) < 4:
        return 0
    return 1 if len(word) < 7 else 2


def surface_of(word: str, text: str) -> str:
    """Return a folded word as a text has it; itself where the text has it otherwise spelt or joined."""
    return next((written for written in _WRITTEN.findall(text) if word in words_of(written)), word)
