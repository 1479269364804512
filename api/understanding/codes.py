"""Codes in a text: of contract subjects (CPV) and of activities (NAF)."""

import re

from api.core import official_codes
from api.understanding.need import Span
from matcher.nomenclature import cpv_name, naf_classes

_CPV = re.compile(r"(?<![\d.,/-])(\d{8})(?: ?- ?(\d))?(?![\d/]|[.,]\d)")
# What tells a CPV code without its check digit from a telephone number or a reference.
_CALLED_CPV = re.compile(r"c\.?p\.?v|descripteur|nomenclature|objets? (?:principal|supplementaire)|classification")
_NAF = re.compile(r"(?<![\w.])(\d{2}) ?\.? ?(\d{2}) ?([a-z])(?!\w)")
_REACH = 160


def cpv_codes(folded: str, within: Span) -> list[tuple[str, Span]]:
    """Return the CPV codes (eight digits) of a stretch of a text, each once, with their words."""
    codes: dict[str, Span] = {}
    for match in _CPV.finditer(folded, within.start, within.end):
        digits, check_digit = match[1], match[2]
        is_called = _CALLED_CPV.search(folded, max(match.start() - _REACH, 0), match.start()) is not None
        if not (check_digit or is_called) or cpv_name(digits) is None:
            continue
        try:
            # A check digit that a typist got wrong spoils a code only where nothing says that it is one.
            code = official_codes.cpv(digits if is_called else f"{digits}-{check_digit}")
        except ValueError:
            continue
        codes.setdefault(code, Span(match.start(), match.end()))
    return list(codes.items())


def naf_codes(folded: str) -> list[tuple[str, Span]]:
    """Return the activity codes of a text, each once, with their words."""
    codes: dict[str, Span] = {}
    for match in _NAF.finditer(folded):
        code = f"{match[1]}.{match[2]}{match[3].upper()}"
        if code in naf_classes():
            codes.setdefault(code, Span(match.start(), match.end()))
    return list(codes.items())
