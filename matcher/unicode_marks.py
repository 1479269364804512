"""Texts in which Unicode's normalisation stays linear."""

import re
import unicodedata

# Longer than any real word's marks, and far shorter than what takes a noticeable time.
_LONG_RUN = re.compile(r"[^\x00-\x7f]{31,}")


def without_heaped_marks(text: str) -> str:
    """Return a text without the combining marks of its long runs of characters beyond ASCII.

    `unicodedata.normalize` sorts the marks in a row, in a time that grows as the square of their number.
    """
    return _LONG_RUN.sub(_without_marks, text)


def _without_marks(run: re.Match[str]) -> str:
    return "".join(character for character in run[0] if not unicodedata.combining(character))
