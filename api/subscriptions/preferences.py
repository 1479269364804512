"""Preferences of a subscription: départements, frequency, lowest section, number of suggestions; validation."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from api.core import official_codes
from api.core.errors import InvalidError
from matcher.sections import Section, section_of

LARGEST_MAIL = 20


class Frequency(StrEnum):
    """Frequency of the mails of a subscription."""

    NIGHTLY = "nightly"
    WEEKLY = "weekly"
    PAUSED = "paused"


class LeastSection(StrEnum):
    """The lowest section that a subscription announces: what is unlikely is announced to nobody."""

    CALL_FIRST = Section.CALL_FIRST.value
    GOOD_LEAD = Section.GOOD_LEAD.value
    TO_STUDY = Section.TO_STUDY.value


def least_section(threshold: float) -> LeastSection:
    """Return what stands for the least score of before. Raises InvalidError unless it is in [0, 1]."""
    if not 0 <= threshold <= 1:
        raise InvalidError([("threshold", "de 0 à 1")])
    section = section_of(threshold)
    return LeastSection.TO_STUDY if section == Section.UNLIKELY else LeastSection(section.value)


def validate_wishes(wishes: Mapping[str, Any]) -> dict[str, Any]:
    """Return wishes in their stored form. Raises InvalidError."""
    problems, stored_wishes = [], dict(wishes)
    if "departments" in wishes:
        try:
            stored_wishes["departments"] = list(
                dict.fromkeys(official_codes.department(department) for department in wishes["departments"])
            )
        except ValueError as error:
            problems.append(("departments", str(error)))
    if "frequency" in wishes:
        if wishes["frequency"] in list(Frequency):
            stored_wishes["frequency"] = Frequency(wishes["frequency"]).value
        else:
            problems.append(("frequency", f"attendu {', '.join(Frequency)}"))
    if "least" in wishes:
        if wishes["least"] in list(LeastSection):
            stored_wishes["least"] = LeastSection(wishes["least"]).value
        else:
            problems.append(("least", f"attendu {', '.join(LeastSection)}"))
    bounds = {"weekday": (0, 6), "most": (1, LARGEST_MAIL)}
    for field_name, (lower_bound, upper_bound) in bounds.items():
        if field_name in wishes and not lower_bound <= wishes[field_name] <= upper_bound:
            problems.append((field_name, f"de {lower_bound} à {upper_bound}"))
    if problems:
        raise InvalidError(problems)
    return stored_wishes


def check_subject(actor_id: str | None, search: str | None, label: str) -> None:
    """Raises InvalidError unless exactly one of actor and search is given, within the length limits."""
    problems = []
    if (actor_id is None) == (search is None):
        problems.append(("", "donnez un champ, et un seul, parmi actor_id et search"))
    if search is not None and not 3 <= len(search) <= 300:
        problems.append(("search", "de 3 à 300 caractères"))
    if len(label) > 100:
        problems.append(("label", "100 caractères au plus"))
    if problems:
        raise InvalidError(problems)
