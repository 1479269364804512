"""Foldings: texts that compare, sort or are searched as equal. And cells that no spreadsheet runs."""

import re
import unicodedata
from functools import lru_cache

# What a spreadsheet would take for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")

NUMBER = re.compile(r"[-+]?[\d\s.,]+%?")

_NOT_ALPHANUMERIC = re.compile(r"[^a-z0-9]")
_LETTERS = re.compile(r"[a-z]+")
_PLACE_SEPARATORS = str.maketrans("-'’", "   ")
_PLACE_ABBREVIATIONS = {"st": "saint", "ste": "sainte", "s/": "sur"}


def without_accents(text: str) -> str:
    """Return a text without its diacritics; « œ » becomes « oe »."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFD", text.replace("œ", "oe").replace("Œ", "OE"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


@lru_cache(200_000)
def folded(text: str) -> str:
    """Return a text as it is searched and sorted: without accents or capitals."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe").replace("’", "'"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def normalize_label(text: str) -> str:
    """Return the letters and digits of a text, without accents or capitals: `Montant (€ HT)` → `montantht`."""
    return _NOT_ALPHANUMERIC.sub("", without_accents(text.lower()))


def normalize_place(name: str) -> str:
    """Return a place's name as files spell it, as a label.

    `ST CIRGUES-EN-MONTAGNE` and `Saint-Cirgues-en-Montagne` are equal; so are `VALENCE CEDEX 9` and `Valence`.
    """
    words = without_accents(name.lower().translate(_PLACE_SEPARATORS)).split()
    if "cedex" in words:
        words = words[: words.index("cedex")]
    return normalize_label("".join(_PLACE_ABBREVIATIONS.get(word, word) for word in words))


def place_words(name: str) -> str:
    """Return the words of a place's name, as sentences spell it: `Saint-Jean-d’Aulps` → `saint jean d aulps`."""
    return " ".join(_LETTERS.findall(without_accents(name.lower())))


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet runs as a formula; numbers stay as they are."""
    return f"'{cell}" if cell.startswith(FORMULA) and not NUMBER.fullmatch(cell) else cell
