"""The French words of a teaser."""

from collections.abc import Callable, Collection, Mapping, Sequence

from api.catalogue.activities import division_name, group_name, section_name
from api.confidentiality.crowd import Description
from api.confidentiality.facts import COARSE, FINE
from matcher.nomenclature import naf_name

NBSP = "\N{NO-BREAK SPACE}"
UNKNOWN_ACTIVITY, UNKNOWN_PLACE = "activité non précisée", "lieu non précisé"
DEPARTMENTS = {"07": "Ardèche", "26": "Drôme"}
# The level of a place that says no more than the desk's départements.
HOME = "home"


def teaser_text(description: Description, home: Collection[str], commune_names: Mapping[str, str]) -> str:
    """Return the line that a description is told by; home: codes of the desk's départements."""
    (place_level, place_value), (size_level, size_value) = description.place, description.size
    if place_level == "commune":
        place_words = commune_names.get(place_value, UNKNOWN_PLACE)
    else:
        department_codes = sorted(home, reverse=True) if place_level == HOME else [place_value]
        place_words = (
            " ou ".join(DEPARTMENTS.get(department_code, department_code) for department_code in department_codes)
            or UNKNOWN_PLACE
        )
    teaser_parts = [
        f"Entreprise à reprendre{NBSP}: {activity_text(*description.activity) or UNKNOWN_ACTIVITY}",
        place_words,
    ]
    if size_level:
        teaser_parts.append(_size_text(int(size_value), FINE if size_level == "fine" else COARSE))
    return ", ".join(teaser_parts)


def activity_text(level: str, code: str) -> str:
    """Return the words of an activity, or of its finest ancestor that has any; empty if none is said."""
    names_by_level: dict[str, Callable[[str], str | None]] = {
        "class": naf_name,
        "group": lambda class_code: group_name(class_code[:4]),
        "division": division_name,
        "section": section_name,
    }
    level_names = list(names_by_level)
    for level_name in level_names[level_names.index(level) :] if level else ():
        if activity_words := names_by_level[level_name](code):
            return activity_words
    return ""


def _size_text(band_index: int, band_starts: Sequence[int]) -> str:
    band_low, band_high = (
        band_starts[band_index],
        band_starts[band_index + 1] - 1 if band_index + 1 < len(band_starts) else None,
    )
    if band_high is None:
        return f"{band_low}{NBSP}salariés ou plus"
    if band_low == 0:
        return "sans salarié" if band_high == 0 else f"moins de {band_high + 1}{NBSP}salariés"
    return f"{band_low} à {band_high}{NBSP}salariés"
