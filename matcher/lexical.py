"""Similarity of French words and spellings on a fixed scale.

Term weights come from a fixed background (the texts of the nomenclatures), never from the candidates: a pair's value is
the same whoever else is on the desk, in both directions, and a confidential case cannot show through the statistics.
"""

from __future__ import annotations

import math
import re
import unicodedata
import zlib
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from itertools import chain

import numpy as np
import Stemmer
from numpy.typing import NDArray
from scipy import sparse

from matcher.nomenclature import background_texts
from matcher.types import FloatArray
from matcher.unicode_marks import without_heaped_marks

WORD_SPACE = 1 << 18
SPELLING_SPACE = 1 << 18
GRAMS = (3, 4, 5)
# BM25's saturation (Robertson & Zaragoza 2009): the tenth « bois » says little more than the third.
SATURATION = 1.2
# A shared word is shown as a reason from this rarity on (inverse document frequency) and this length of its stem.
MEANINGFUL_RARITY, MEANINGFUL_LENGTH = 3.5, 3

_stemmer = Stemmer.Stemmer("french")
# Longer than any word: a text without spaces is cut, so that no cache holds the parts of one endless word.
_WORD = re.compile(r"[a-z0-9]{1,64}")
_ACCENT = re.compile("[\u0300-\u036f]")
_ELISION = re.compile(r"\b(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu)['’ʼ]", re.IGNORECASE)
# Words that name no trade: grammar, procurement's boilerplate, legal forms.
_STOP_WORDS = frozenset(files("matcher.resources").joinpath("stop_words.txt").read_text("ascii").split())


def analyse(text: str) -> list[str]:
    """Return the stems of a French text: elisions cut, accents and stop words dropped, plurals joined (Snowball)."""
    return [stem for word in _plain_words(text) if (stem := _stem(word))]


def shared_words(text: str, other: str) -> list[str]:
    """Return the words of `text`, as they stand in it, whose stem occurs in `other` too: each stem once.

    Only words that say something of a trade: neither common ones nor numbers.
    """
    stems = _stems(other)
    return [word for stem, word in _surface_forms(text).items() if stem in stems and says_something(stem)]


def says_something(stem: str) -> bool:
    """Return whether a shared stem says something of a trade: rare enough, and not among the vague words."""
    if stem in _vague_stems() or not stem.isalpha() or len(stem) < MEANINGFUL_LENGTH:
        return False
    return float(_word_rarity()[_hash(stem, WORD_SPACE)]) >= MEANINGFUL_RARITY


@cache
def _vague_stems() -> frozenset[str]:
    """Return the stems of words that are shared by trades that have nothing in common; they still count in scores."""
    words = files("matcher.resources").joinpath("vague_words.txt").read_text("ascii").split()
    return frozenset(_stemmer.stemWord(word) for word in words)


def without_accents(text: str) -> str:
    """Return a text without its diacritics."""
    return _ACCENT.sub("", unicodedata.normalize("NFD", without_heaped_marks(text)))


def word_rows(texts: Sequence[str]) -> sparse.csr_matrix:
    """Return unit rows `(len(texts), WORD_SPACE)` of saturated, rarity-weighted stems."""

    def saturated(count: int) -> float:
        return count * (SATURATION + 1) / (count + SATURATION)

    return _unit_rows(texts, _stem_column, _word_rarity(), saturated)


def spelling_rows(texts: Sequence[str]) -> sparse.csr_matrix:
    """Return unit rows `(len(texts), SPELLING_SPACE)` of rarity-weighted character n-grams inside words.

    They match what stemming does not: compounds, misspellings, company names that spell out a trade.
    """
    return _unit_rows(texts, _grams, _spelling_rarity(), lambda count: 1 + math.log(count))


def similarity(left: sparse.csr_matrix, right: sparse.csr_matrix) -> FloatArray:
    """Return the cosines `(n,)` between a single unit row and n unit rows, on either side; NaN where a row is empty."""
    single, many = (left, right) if left.shape[0] == 1 else (right, left)
    # Each row is summed alone, in the order of its columns: a pair's value does not depend on the other rows.
    cosines = np.minimum(many @ single.toarray().ravel(), np.float32(1))
    empty = (np.diff(many.indptr) == 0) | (single.nnz == 0)
    return np.where(empty, np.float32(np.nan), cosines).astype(np.float32)


def _unit_rows(
    texts: Sequence[str],
    columns_of: Callable[[str], tuple[int, ...]],
    rarity: FloatArray,
    strength: Callable[[int], float],
) -> sparse.csr_matrix:
    """Return unit rows `(len(texts), len(rarity))`: the rarity of each column, times the strength of its count.

    columns_of: a word's columns. Each distinct word is analysed once; the rest is a product of counts. Every row is
    computed alone and in the order of its columns, so that its bits do not depend on the other rows.
    """
    words: dict[str, int] = {}
    word_numbers = [[words.setdefault(word, len(words)) for word in _plain_words(text)] for text in texts]
    counts = _ones(word_numbers, len(words)) @ _ones([columns_of(word) for word in words], len(rarity))
    counts.sort_indices()
    strengths = np.array([0.0, *map(strength, range(1, int(counts.data.max(initial=0)) + 1))])
    values = rarity[counts.indices] * strengths[counts.data]
    row_of = np.repeat(np.arange(len(texts)), np.diff(counts.indptr))
    norms = np.sqrt(np.bincount(row_of, values * values, minlength=len(texts)))
    content = ((values / norms[row_of]).astype(np.float32), counts.indices, counts.indptr)
    return sparse.csr_matrix(content, shape=counts.shape)


def _ones(rows: Sequence[Sequence[int]], width: int) -> sparse.csr_matrix:
    """Return a matrix `(len(rows), width)` that adds 1 at each column listed in a row."""
    starts = np.cumsum([0, *map(len, rows)])
    columns = np.fromiter(chain.from_iterable(rows), np.int32, count=int(starts[-1]))
    return sparse.csr_matrix((np.ones(len(columns), np.int32), columns, starts), shape=(len(rows), width))


@cache
def _word_rarity() -> FloatArray:
    return _rarity("words")


@cache
def _spelling_rarity() -> FloatArray:
    return _rarity("spellings")


def _rarity(counted: str) -> FloatArray:
    """Return smoothed inverse document frequencies `(width,)`; columns never seen are as rare as those seen once."""
    with files("matcher.resources").joinpath("background_counts.npz").open("rb") as file, np.load(file) as arrays:
        frequency, n_texts = np.maximum(arrays[counted], 1).astype(np.float64), int(arrays["texts"])
    rarity: FloatArray = np.log((1 + n_texts) / (1 + frequency)).astype(np.float32) + np.float32(1)
    return rarity


def background_counts() -> dict[str, NDArray[np.uint16]]:
    """Return what `resources/background_counts.npz` holds: of how many texts, in how many each column occurs.

    To count takes half a second, of every process that compares words.
    """
    words, word_numbers = _background_words()
    # A row a text, in which each column stands once.
    in_texts = _ones(word_numbers, len(words))

    def counts(columns_of: Callable[[str], tuple[int, ...]], width: int) -> NDArray[np.uint16]:
        occurrences = in_texts @ _ones([columns_of(word) for word in words], width)
        return np.bincount(occurrences.indices, minlength=width).astype(np.uint16)

    return {
        "texts": np.array(len(word_numbers), np.uint16),
        "words": counts(_stem_column, WORD_SPACE),
        "spellings": counts(_grams, SPELLING_SPACE),
    }


def _background_words() -> tuple[Sequence[str], Sequence[Sequence[int]]]:
    """Return the words of the background's texts, and by their places which of them each text has."""
    words: dict[str, int] = {}
    # No line holds another one's words: all are made plain at once, which takes a third of the time.
    texts = [text.replace("\n", " ") for text in background_texts()]
    plain = _plain("\n".join(texts)).split("\n")
    numbers = [[words.setdefault(word, len(words)) for word in _words_of(text)] for text in plain]
    return tuple(words), numbers


def _composed(text: str) -> str:
    """Return a text with each accent joined to its letter: a separate accent would end the word."""
    return unicodedata.normalize("NFC", without_heaped_marks(text))


def _plain_words(text: str) -> list[str]:
    """Return the words of a text without elisions, accents and stop words."""
    return _words_of(_plain(text))


def _plain(text: str) -> str:
    """Return a text in lower case, without elisions and accents."""
    return without_accents(_ELISION.sub(" ", _composed(text).lower().replace("œ", "oe")))


def _words_of(plain: str) -> list[str]:
    return [word for word in _WORD.findall(plain) if word not in _STOP_WORDS]


@lru_cache(maxsize=50_000)
def _stems(text: str) -> frozenset[str]:
    return frozenset(analyse(text))


@lru_cache(maxsize=1000)
def _surface_forms(text: str) -> dict[str, str]:
    """Return each stem of a text with the first word that has it."""
    forms: dict[str, str] = {}
    for word in re.findall(r"[^\W_]+", _ELISION.sub(" ", _composed(text))):
        for stem in analyse(word):
            forms.setdefault(stem, word.lower())
    return forms


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


@lru_cache(maxsize=100_000)
def _stem_column(word: str) -> tuple[int, ...]:
    stem = _stem(word)
    return (_hash(stem, WORD_SPACE),) if stem else ()


def _hash(token: str, space: int) -> int:
    return zlib.crc32(token.encode()) % space
