"""A text folded letter by letter: what is read in it stands at the same places in the original."""

import unicodedata
from functools import lru_cache

_SPELT = {"’": "'", "‘": "'", "‐": "-", "‑": "-", "–": "-", "—": "-", "•": "-", "œ": "o", "Œ": "o", "æ": "a", "º": "°"}


def fold_in_place(text: str) -> str:
    """Return a text of the same length in small letters without accents; any blank but a line break is a space.

    « Département(s) » reads as « departements ».
    """
    return "".join(map(_folded, text)).replace("(s)", "s  ")


@lru_cache(5_000)
def _folded(letter: str) -> str:
    if letter in _SPELT:
        return _SPELT[letter]
    if letter != "\n" and (letter.isspace() or unicodedata.category(letter) in ("Cc", "Cf")):
        return " "
    base = unicodedata.normalize("NFD", letter)[0].lower()
    return base if len(base) == 1 else letter
