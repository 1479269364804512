"""A commune's name as a cell writes it: `LYON 03`, `Valence (26)`, `26400 Crest`, `Saint-Paul-3-Châteaux`."""

import re
from typing import NamedTuple

from api.core import official_codes
from api.core.french_input import department
from api.core.text import normalize_place

_POSTCODE = re.compile(r"(?<![0-9])([0-9]{5})(?![0-9])")
_NOTE = re.compile(r"\(([^()]{1,60})\)")
_ARRONDISSEMENT = re.compile(
    r"[ -](?:n° ?)?[0-9]{1,2} ?(?:er|e|è|eme|ème)?(?: ?arr(?:ondissement|dt)?\.?)?$", re.IGNORECASE
)
_FIGURE = re.compile(r"(?<=[\s-])([2-9])(?=[\s-])")
_IN_WORDS = dict(zip("23456789", ["deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf"], strict=True))


class WrittenPlace(NamedTuple):
    """Labels under which the commune may be known, the likeliest first; postcode and département beside its name."""

    spellings: tuple[str, ...]
    postcode: str | None
    department: str | None


def written_place(name: str) -> WrittenPlace:
    """Read what a cell says beside a commune's name."""
    name = " ".join(name.split())
    postcode = _POSTCODE.search(name)
    note = _NOTE.search(name)
    code = department(note[1].strip()) if note else ""
    bare = _POSTCODE.sub(" ", _NOTE.sub(" ", name)).strip(" ,-–—")
    whole = _ARRONDISSEMENT.sub("", bare)
    spellings = (bare, _FIGURE.sub(lambda figure: _IN_WORDS[figure[1]], bare), whole)
    return WrittenPlace(
        tuple(dict.fromkeys(label for label in map(normalize_place, spellings) if label)),
        postcode[1] if postcode else None,
        code if official_codes.DEPARTMENT_PATTERN.match(code) else None,
    )
