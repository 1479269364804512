"""Words that can be printed in the font of PDF files and pictures: Bitstream Vera, which comes with ReportLab."""

import unicodedata
from collections.abc import Callable
from functools import cache
from pathlib import Path

import reportlab
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR, BOLD = "Vera", "VeraBd"
_FOLDER = Path(reportlab.__file__).parent / "fonts"


def font_path(name: str) -> Path:
    return _FOLDER / f"{name}.ttf"


@cache
def register_fonts() -> None:
    """Make the fonts known to ReportLab, once a process."""
    for name in (REGULAR, BOLD):
        pdfmetrics.registerFont(TTFont(name, str(font_path(name))))


def printable(words: str) -> str:
    """Return words with what the font has no sign for replaced: by the letter without its accent, else by « ? »."""
    register_fonts()
    signs = pdfmetrics.getFont(REGULAR).face.charToGlyph
    return "".join(sign for letter in words for sign in _signs(letter, signs))


def lines_within(width: float, words: str, measure: Callable[[str], float]) -> list[str]:
    """Return words as lines of at most this width: parted at blanks, and within a word that is wider by itself.

    measure: how wide a text is; one sign that is wider than a line stands on it alone.
    """
    lines, line = list[str](), ""
    for word in words.split(" "):
        longer = f"{line} {word}" if line else word
        if measure(longer) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        line = ""
        for letter in word:
            if line and measure(line + letter) > width:
                lines.append(line)
                line = ""
            line += letter
    return [*lines, line] if line else lines


def _signs(letter: str, signs: dict[int, int]) -> str:
    if ord(letter) in signs or letter == "\n":
        return letter
    if letter.isspace():
        return "\N{NO-BREAK SPACE}"
    plain = "".join(part for part in unicodedata.normalize("NFKD", letter) if ord(part) in signs)
    return plain or "?"
