"""Foldings: texts that compare, sort or are searched as equal. And cells that no spreadsheet runs."""

import re
import unicodedata
from functools import lru_cache

from matcher.unicode_marks import without_heaped_marks

# Where a program may begin a new cell, whatever separator it guesses: then what follows may be a formula.
_CELL_BREAKS = re.compile("([;,|\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029])")
_FORMULA = re.compile(r"[\s\"']*[=+\-@＝＋－＠]")
_FORMULA_SIGN = re.compile(r"[=+\-@＝＋－＠]")

# All combining marks are among them, and few letters of a French text.
_PERHAPS_MARKS = re.compile("[^\x00-\u02ff]")

NUMBER = re.compile(r"[-+]?[\d\s.,]+%?")

_NOT_ALPHANUMERIC = re.compile(r"[^a-z0-9]")
_PLACE_SEPARATORS = str.maketrans("-'’", "   ")
_PLACE_ABBREVIATIONS = {"st": "saint", "ste": "sainte", "s/": "sur"}


def without_accents(text: str) -> str:
    """Return a text without its diacritics; « œ » becomes « oe »."""
    if text.isascii():
        return text
    spelt = text.replace("œ", "oe").replace("Œ", "OE")
    return _without_marks(unicodedata.normalize("NFD", without_heaped_marks(spelt)))


@lru_cache(200_000)
def folded(text: str) -> str:
    """Return a text as it is searched and sorted: without accents or capitals."""
    if text.isascii():
        return text.lower()
    spelt = text.casefold().replace("œ", "oe").replace("’", "'")
    return _without_marks(unicodedata.normalize("NFKD", without_heaped_marks(spelt)))


def _without_marks(decomposed: str) -> str:
    return _PERHAPS_MARKS.sub(_without_mark, decomposed)


def _without_mark(letter: re.Match[str]) -> str:
    return "" if unicodedata.combining(letter[0]) else letter[0]


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


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet runs as a formula, under any separator; numbers stay as they are.

    An apostrophe stands before each part that would be run; `restored` takes it away.
    """
    begins_cell = "'" if cell.startswith(("\t", "\r")) else ""
    if not _FORMULA_SIGN.search(cell):
        return begins_cell + cell
    parts = _CELL_BREAKS.split(cell)
    # The even parts stand between breaks.
    parts[::2] = [f"'{part}" if _runs(part) else part for part in parts[::2]]
    return begins_cell + "".join(parts)


def restored(cell: str) -> str:
    """Return the cell (stripped, as it was read) that `harmless` made this one of."""
    if "'" not in cell:
        return cell
    parts = _CELL_BREAKS.split(cell)
    parts[::2] = [part[1:] if part.startswith("'") and _runs(part[1:]) else part for part in parts[::2]]
    return "".join(parts)


def _runs(part: str) -> bool:
    return _FORMULA.match(part) is not None and not NUMBER.fullmatch(part.strip())
