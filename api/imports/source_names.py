"""The name of a source that a file's name tells: `Reprises (1).csv` and `reprises - copie.xlsx` are « reprises »."""

import re
from pathlib import PurePath

from api.core.errors import SourceError
from api.core.text import without_accents
from api.open_data.sources.catalogue import SOURCES

LONGEST = 60
# What is entered by hand, and public sources, have these names already: no file gets them by chance.
RESERVED = frozenset({"saisie", *SOURCES})
# What programs and people add to the name of a file that is the same list. A date or a year is none: numbers may begin
# anew with it.
_DECORATION = re.compile(
    r"(?:\(\d{1,3}\)|(?<=[\s._-])(?:copie|copy|final|finale|def|definitif|refuses|v\d{1,3}|version[\s_-]?\d{0,3}))$"
)
_BETWEEN = " ._-\t"


def source_of_file(name: str) -> str:
    """Return the source that a file stands for: lower case, letters, digits and `_`, 2 to 60 characters."""
    stem = without_accents(PurePath(name.replace("\\", "/")).name[:300].lower())
    stem = (stem.rpartition(".")[0] or stem).rstrip(_BETWEEN)
    while plain := _DECORATION.search(stem):
        stem = stem[: plain.start()].rstrip(_BETWEEN)
    slug = _slug(stem)
    return _slug(f"fichier_{slug}") if len(slug) < 2 or slug in RESERVED else slug


def source_named(words: str) -> str:
    """Return the name of a source that a person gave, as it is stored. Raises SourceError: too little is left of it."""
    slug = _slug(without_accents(words.lower()))
    if len(slug) < 2:
        raise SourceError("Le nom de la source a au moins deux lettres ou chiffres, par exemple « reprises ».")
    return slug


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text).strip("_")[:LONGEST].strip("_")
