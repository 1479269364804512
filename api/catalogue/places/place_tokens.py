"""A text cut into words that compare with names of places, in linear time."""

import re
from typing import NamedTuple

from api.core.text import without_accents

_TOKEN = re.compile(r"(?:[^\W\d_][\u0300-\u036f]*)+|\d+")
_CHUNK = re.compile(r"\S+")
_ABBREVIATIONS = {"st": "saint", "ste": "sainte", "lez": "les"}
_SLASHED = {"s": "sur", "ss": "sous"}
_NUMBERS = {"3": "trois", "2": "deux", "4": "quatre"}


class Token(NamedTuple):
    word: str  # without accents or capitals
    start: int
    end: int
    gap: str  # what stands between the token before and this
    after: str  # the two characters after it
    capital: bool
    upper: bool  # wholly in capitals, two letters at least


def tokens_of(text: str) -> list[Token]:
    """Return the words and numbers of a text, without those of addresses of mail and of the web."""
    masked = _addresses(text)
    tokens: list[Token] = []
    end, mask = 0, 0
    for match in _TOKEN.finditer(text):
        while mask < len(masked) and masked[mask][1] <= match.start():
            mask += 1
        if mask < len(masked) and masked[mask][0] <= match.start():
            continue
        spelt = match[0]
        word = without_accents(spelt).lower()
        if word in _SLASHED and text[match.end() : match.end() + 1] == "/":
            word = _SLASHED[word]
        word = _ABBREVIATIONS.get(word, word)
        gap = text[end : match.start()]
        tokens.append(
            Token(
                word,
                match.start(),
                match.end(),
                gap=gap,
                after=text[match.end() : match.end() + 2],
                capital=spelt[0].isupper(),
                upper=len(spelt) > 1 and spelt.isupper(),
            )
        )
        end = match.end()
    return tokens


def name_words(name: str) -> list[str]:
    """Return the words of a name as `tokens_of` gives those of a text."""
    return [token.word for token in tokens_of(name)]


def words_of(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


def written_number(word: str) -> str:
    """Return a small number in letters: « Saint-Paul-3-Châteaux »."""
    return _NUMBERS.get(word, word)


def _addresses(text: str) -> list[tuple[int, int]]:
    return [
        match.span()
        for match in _CHUNK.finditer(text)
        if "@" in match[0] or "://" in match[0] or match[0].lower().startswith("www.")
    ]
