"""The new deadline that a national rectification gives, in elements or in words.

A national rectification repeats the notice without its dates; what changes stands in `infosRectif`, either as elements
(`rubDelais` « ReceptionOffres », `lireDate`) or, far more often, as a free text: « au lieu de 07/12/2026 à 12h00, lire
14/12/2026 à 12h00 », « la date limite est reportée au jeudi 15 octobre 2026 ». Seen in public BOAMP records (26-86114,
25-22678) and in public code that reads them, which counted 474 readable dates in 794 rectifications of two months.
A date is only read after words that name the deadline, where it is announced as new; nothing is guessed.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from api.core.digits import is_digits, plain_digits
from api.core.text import normalize_label, without_accents
from api.open_data.sources.fields import Fields
from api.open_data.sources.national_elements import texts_in

_MONTHS = (
    "janvier", "fevrier", "mars", "avril", "mai", "juin",
    "juillet", "aout", "septembre", "octobre", "novembre", "decembre",
)  # fmt: skip
_DEADLINE = re.compile(
    r"limites?\b|(?:remise|reception|depot|envoi) des (?:offres|plis|candidatures|dossiers|propositions)"
)
_NEAR = 250
# Between the deadline's name and the date: the date is of something else.
_OTHER_SUBJECT = re.compile(r"visite|complementaire|question|renseignement|obtention|retrait|validite|rubrique")
_DATE = (
    r"(?P<date>(?P<iso>\d{4}-\d{2}-\d{2})|(?P<day>\d{1,2})(?:er)?[\s/.-]+"
    rf"(?P<month>\d{{1,2}}|{'|'.join(_MONTHS)})[\s/.-]+(?P<year>\d{{4}}|\d{{2}})\b)"
)
_ANNOUNCED = re.compile(
    r"(?<!au lieu de )(?<!initialement )(?<!precedemment )(?<!etait )"
    r"\b(?:lire|report\w*|repouss\w*|prolong\w*|prorog\w*|decal\w*|portee?s?|modifie\w*|fixee?s?"
    r"|desormais|nouvelle date[^:]{0,40}:)"
    r"(?:[\s:\"'«»]|\b(?:au|le|a|jusqu.au|desormais|est|sera|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)\b"
    rf"|\d{{1,2}} ?h(?:eures?)? ?\d{{0,2}}\b)*{_DATE}"
)
_INSTEAD = re.compile(rf"(?<!au lieu de )(?<!au lieu du ){_DATE}.{{0,25}}?\bau lieu d[eu]\b")


def rectified_deadline(rectification: Fields) -> date | None:
    """Return the deadline that the block of a rectification gives, None where none is read. Raises BadRecord."""
    content = rectification.content.get("infosRectif")
    for element in _dated_elements(content, rectification, "infosRectif"):
        if _is_about_reception(element):
            return element.day("lireDate")
    # A form without `infosRectif` is searched whole.
    return deadline_in(" ".join(texts_in(rectification.content if content is None else content)))


def deadline_in(rectification_text: str) -> date | None:
    """Return the new deadline that a text announces: « … limites de réception …, lire 14/12/2026 »."""
    folded_text = " ".join(without_accents(plain_digits(rectification_text).lower()).replace("’", "'").split())
    subject_ends = [subject.end() for subject in _DEADLINE.finditer(folded_text)]
    for pattern in (_ANNOUNCED, _INSTEAD):
        for match in pattern.finditer(folded_text):
            date_start = match.start("date")
            subject_end = max((end for end in subject_ends if end <= date_start), default=-_NEAR - 1)
            is_near = match.start() - subject_end <= _NEAR
            if is_near and not _OTHER_SUBJECT.search(folded_text[subject_end:date_start]) and (day := _date(match)):
                return day
    return None


def _date(match: re.Match[str]) -> date | None:
    try:
        if match["iso"]:
            return date.fromisoformat(match["iso"])
        month, year = match["month"], int(match["year"])
        month_number = int(month) if is_digits(month) else _MONTHS.index(month) + 1
        return date(year + 2000 if year < 100 else year, month_number, int(match["day"]))
    except ValueError:
        return None


def _dated_elements(node: Any, parent: Fields, name: str) -> Iterator[Fields]:
    """Yield the elements that have a `lireDate`, at any depth."""
    if isinstance(node, list):
        for index, child_node in enumerate(node):
            yield from _dated_elements(child_node, parent, f"{name}[{index}]")
    elif isinstance(node, dict):
        element = Fields(node, parent.reference, parent.path_of(name))
        if node.get("lireDate"):
            yield element
        for child_name, child_node in node.items():
            yield from _dated_elements(child_node, element, child_name)


def _is_about_reception(element: Fields) -> bool:
    """Return whether its rubric is the reception of offers or of applications; without any rubric it is."""
    rubric = element.content.get("rubDelais")
    rubric_words = normalize_label(" ".join(rubric) if isinstance(rubric, dict) else str(rubric or ""))
    return not rubric_words or "reception" in rubric_words
