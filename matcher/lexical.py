"""French words and spellings on a fixed scale.

Term weights come from a fixed background (the texts of this folder's nomenclatures), never from the candidates at hand:
a pair's value is then the same whoever else is on the desk, in both directions, and a confidential case cannot be felt
through the statistics.
"""

from __future__ import annotations

import math
import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from importlib.resources import files

import numpy as np
import Stemmer
from scipy import sparse

from matcher.nomenclature import background_texts
from matcher.types import FloatArray

WORD_SPACE = 1 << 18
SPELLING_SPACE = 1 << 18
GRAMS = (3, 4, 5)
# BM25's saturation (Robertson & Zaragoza 2009): the tenth « bois » says little more than the third.
SATURATION = 1.2

_stemmer = Stemmer.Stemmer("french")
_WORD = re.compile(r"[a-z0-9]+")
_ACCENT = re.compile("[\u0300-\u036f]")
_ELISION = re.compile(r"\b(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu)['’ʼ]", re.IGNORECASE)
# Words without a subject: grammar, procurement's boilerplate, legal forms.
_STOP_WORDS = frozenset(files("matcher.resources").joinpath("stop_words.txt").read_text("ascii").split())


def analyse(text: str) -> list[str]:
    """Return the stems of a French text: elisions cut, accents and stop words dropped, plurals joined (Snowball)."""
    return [stem for word in _plain_words(text) if (stem := _stem(word))]


def shared_words(text: str, other: str) -> list[str]:
    """Return the words of `text`, as they stand in it, whose stem occurs in `other` too: each stem once."""
    stems = _stems(other)
    return [word for stem, word in _surface_forms(text).items() if stem in stems]


def without_accents(text: str) -> str:
    """Return a text without its diacritics."""
    return _ACCENT.sub("", unicodedata.normalize("NFD", text))


def word_rows(texts: Sequence[str]) -> sparse.csr_matrix:
    """Return unit rows `(len(texts), WORD_SPACE)` of saturated, rarity-weighted stems."""
    return _unit_rows([_weighted_words(text) for text in texts], WORD_SPACE)


def spelling_rows(texts: Sequence[str]) -> sparse.csr_matrix:
    """Return unit rows `(len(texts), SPELLING_SPACE)` of rarity-weighted character n-grams inside words.

    They join what stemming does not: compounds, misspellings, names of companies that spell out a trade.
    """
    return _unit_rows([_weighted_grams(text) for text in texts], SPELLING_SPACE)


def similarity(one: sparse.csr_matrix, many: sparse.csr_matrix) -> FloatArray:
    """Return the cosines `(n,)` between one unit row and many (or many and one)."""
    if one.shape[0] != 1:
        one, many = many, one
    # Each row is summed alone, in the order of the columns: a pair's value does not depend on the other rows.
    return np.asarray(many @ one.toarray().ravel(), dtype=np.float32)


def _weighted_words(text: str) -> dict[int, float]:
    rarity = _word_rarity()
    weights: dict[int, float] = {}
    for stem, count in Counter(analyse(text)).items():
        index = _hash(stem, WORD_SPACE)
        weights[index] = float(rarity[index]) * count * (SATURATION + 1) / (count + SATURATION)
    return weights


def _weighted_grams(text: str) -> dict[int, float]:
    rarity = _spelling_rarity()
    counts: Counter[int] = Counter()
    for word in _plain_words(text):
        counts.update(_grams(word))
    return {index: float(rarity[index]) * (1 + math.log(count)) for index, count in counts.items()}


def _unit_rows(rows: Iterable[dict[int, float]], width: int) -> sparse.csr_matrix:
    indices: list[int] = []
    values: list[float] = []
    starts = [0]
    for row in rows:
        norm = math.sqrt(sum(value * value for value in row.values())) or 1.0
        for index in sorted(row):
            indices.append(index)
            values.append(row[index] / norm)
        starts.append(len(indices))
    content = (np.array(values, np.float32), np.array(indices, np.int32), np.array(starts, np.int32))
    return sparse.csr_matrix(content, shape=(len(starts) - 1, width))


@cache
def _word_rarity() -> FloatArray:
    return _rarity([{_hash(stem, WORD_SPACE) for stem in analyse(text)} for text in background_texts()], WORD_SPACE)


@cache
def _spelling_rarity() -> FloatArray:
    documents = [{gram for word in _plain_words(text) for gram in _grams(word)} for text in background_texts()]
    return _rarity(documents, SPELLING_SPACE)


def _rarity(documents: Sequence[set[int]], width: int) -> FloatArray:
    """Return smoothed inverse document frequencies; what the background never saw is as rare as what it saw once."""
    frequency = np.ones(width, dtype=np.float64)
    seen = Counter(index for document in documents for index in document)
    for index, count in seen.items():
        frequency[index] = count
    return np.log((1 + len(documents)) / (1 + frequency)).astype(np.float32) + np.float32(1)


def _plain_words(text: str) -> list[str]:
    """Return the words of a text without elisions, accents and stop words."""
    plain = _ELISION.sub(" ", text.lower().replace("œ", "oe"))
    return [word for word in _WORD.findall(without_accents(plain)) if word not in _STOP_WORDS]


@lru_cache(maxsize=50_000)
def _stems(text: str) -> frozenset[str]:
    return frozenset(analyse(text))


@lru_cache(maxsize=1000)
def _surface_forms(text: str) -> dict[str, str]:
    """Return each stem of a text with the first word that has it."""
    found: dict[str, str] = {}
    for word in re.findall(r"\w+", _ELISION.sub(" ", text)):
        for stem in analyse(word):
            found.setdefault(stem, word.lower())
    return found


@lru_cache(maxsize=100_000)
def _grams(word: str) -> tuple[int, ...]:
    padded = f" {word} "
    return tuple(
        _hash(padded[start : start + size], SPELLING_SPACE)
        for size in GRAMS
        for start in range(max(1, len(padded) - size + 1))
    )


@lru_cache(maxsize=100_000)
def _stem(word: str) -> str:
    stem: str = _stemmer.stemWord(word)
    return stem if len(stem) > 1 else ""


def _hash(token: str, space: int) -> int:
    return zlib.crc32(token.encode()) % space
