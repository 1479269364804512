"""Text folding and neutralised cells."""

import re
import unicodedata
from functools import lru_cache

# What a spreadsheet would take for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")

NUMBER = re.compile(r"[-+]?[\d\s.,]+%?")


@lru_cache(200_000)
def folded(text: str) -> str:
    """Return a text as it is looked for and sorted: without accents or capitals."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe").replace("’", "'"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet runs as a formula; numbers stay as they are."""
    return f"'{cell}" if cell.startswith(FORMULA) and not NUMBER.fullmatch(cell) else cell


def normal(text: str) -> str:
    """Return the letters and digits of a text, without accents nor case."""
    return re.sub(r"[^a-z0-9]", "", without_accents(text.lower()))


def without_accents(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.replace("œ", "oe").replace("Œ", "OE"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
