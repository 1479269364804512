"""Cells about lots and reservations: `Lot n° 02 - Charpente`, `Marché réservé (art. L2113-13)`, `oui`."""

import re

from api.core.french_input import boolean, words
from api.core.text import without_accents
from matcher.types import Reservation

_LOT = re.compile(
    r"(?:lots?\b ?(?:(?:n ?[°ºo]? ?s?|numero|num\b\.?|#) ?:? ?)?)?"
    r"(?P<number>[0-9]{1,4}(?:\.[0-9]{1,2})? ?(?:bis|ter|quater|[a-z])?|(?<=lot )[a-z])"
    r"(?: ?[-–—:.)] ?(?P<title>\S.*))?",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"2113 ?-? ?(1[2-5])(?![0-9])|\bres-(ws|pub-ser)\b")
_ARTICLES = {
    "12": ["ea_esat"],
    "13": ["siae"],
    "14": ["ea_esat", "siae"],
    "15": ["ess"],
    "ws": ["ea_esat", "siae"],
    "pub-ser": ["ess"],
}
_NAMES = (
    (re.compile(r"\b(?:ea|esat|entreprises? adaptees?|handicap\w*)\b"), "ea_esat"),
    (re.compile(r"\b(?:s?iae|eiti?|aci|insertion)\b"), "siae"),
    (re.compile(r"\b(?:ess|economie sociale)\b"), "ess"),
)


def lot_number(cell: str) -> str:
    """Return a lot's number: `Lot n°1bis` → 1bis, `Lot n° 02 - Charpente` → 02; any other cell as it is."""
    match = _LOT.fullmatch(" ".join(without_accents(cell).split()))
    return match["number"].replace(" ", "") if match else cell


def lot_title(cell: str) -> str:
    """Return what a lot's cell says behind its number; nothing where it is a number alone."""
    match = _LOT.fullmatch(" ".join(cell.split()))
    return (match["title"] or "").strip() if match else ""


def reservations(cell: str) -> list[str]:
    """Return to whom a contract is reserved.

    A bare « oui » is read as public notices are: to sheltered workshops and to structures of inclusion. Of articles
    of the code and of names in a sentence, all that are named. Words that say none of these stay, to be refused.
    """
    read: list[str] = words("reserved")(cell)
    if all(code in set(Reservation) for code in read):
        return read
    try:
        return ["ea_esat", "siae"] if boolean(cell) else []
    except ValueError:
        pass
    folded = without_accents(cell.lower())
    articles = [code for match in _ARTICLE.finditer(folded) for code in _ARTICLES[match[1] or match[2]]]
    named = articles or [code for pattern, code in _NAMES if pattern.search(folded)]
    if not named and re.fullmatch(r"\W*(?:(?:marche|lot|contrat)s? )?reserves?\W*", folded):
        named = ["ea_esat", "siae"]
    return list(dict.fromkeys(named)) or read
