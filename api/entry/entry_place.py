"""The place of a form: one line, « Crest », « Crest (26) », « 26400 Crest » or « Drôme »."""

import re
from collections.abc import Mapping, Set
from typing import Any

from api.catalogue.places.places_in_text import Gazetteer
from api.core.french import DEPARTMENTS
from api.understanding.places import place_in

PLACE = "place"
# Fields of the schemas that the line stands for.
PLACE_FIELDS = ("commune_code", "commune_name", "postcode", "department", "lat", "lon")
LONGEST = 300
UNKNOWN = "cette commune n’est pas connue : ajoutez son code postal, par exemple « 26400 Crest »"
_FIVE_DIGITS = re.compile(r"[0-9]{5}")


def read_place(words: str, gazetteer: Gazetteer, home_departments: Set[str]) -> dict[str, Any]:
    """Return all fields of a place, None for what the line does not tell. Raises ValueError, in French.

    home_departments: where the commune is looked for first, where several bear its name.
    """
    nowhere: dict[str, Any] = dict.fromkeys(PLACE_FIELDS)
    if not words:
        return nowhere
    if len(words) > LONGEST:
        raise ValueError(f"trop long : {LONGEST} caractères au plus")
    # A place alone, in the words of a sentence.
    place = place_in(words, gazetteer, home_departments) or place_in(f"à {words}", gazetteer, home_departments)
    if place is not None and place.commune is not None:
        name = gazetteer.names.get(place.commune, place.label)
        return nowhere | {"commune_code": place.commune, "commune_name": name}
    if named := _with_postcode(words):
        postcode, name = named
        return nowhere | {"postcode": postcode, "commune_name": name[:300]}
    if place is not None and place.department is not None:
        return nowhere | {"department": place.department}
    raise ValueError(UNKNOWN)


def _with_postcode(words: str) -> tuple[str, str] | None:
    """Return the postcode and the name of « 26400 Crest », « Crest 26400 » or « Crest (26400) »."""
    inside = words.strip().removesuffix(")")
    first, last = inside[:5], inside[-5:]
    if _FIVE_DIGITS.fullmatch(first) and inside[5:6].isspace():
        postcode, name = first, words.strip()[5:].strip()
    elif _FIVE_DIGITS.fullmatch(last) and inside[-6:-5] in (" ", "(", "\t", "\N{NO-BREAK SPACE}"):
        postcode, name = last, inside[:-5].rstrip(" (\t\N{NO-BREAK SPACE}")
    else:
        return None
    return (postcode, name) if name else None


def written_place(row: Mapping[str, Any], gazetteer: Gazetteer) -> str:
    """Return the line of a stored place, which reads as the same place."""
    code, name, postcode = row.get("commune_code"), row.get("commune_name"), row.get("postcode")
    if code:
        return f"{gazetteer.names.get(code) or name or code} ({row.get('department') or code[:2]})"
    if name and postcode:
        return f"{postcode} {name}"
    department = row.get("department")
    return str(name or DEPARTMENTS.get(department or "", department or ""))
