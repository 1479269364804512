"""The names under which communes and départements are known, by their words."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from api.catalogue.places.place_tokens import name_words, words_of, written_number
from models.places import Commune, FormerCommune

ARTICLES = frozenset({"le", "la", "les", "l"})
_LINKS = frozenset(
    {"sur", "sous", "en", "les", "de", "du", "d", "des", "la", "le", "l", "pres", "et", "au", "aux", "a"}
)
# A name is not shortened to one of these alone: « Pont », « Bourg » are no names of a place.
_GENERIC = words_of(
    "saint sainte saints saintes bourg pont ville villeneuve chateau mont val vallee vallees roche"
    " notre dame port porte haut haute hautes bas basse grand grande petit plan deux entre cote cotes"
    " tour pied bois lac montagne"
)


class NameForm(IntEnum):
    """How a text's words name a commune; a higher form is better evidence."""

    BARE = 0  # without its article: Teil
    SHORT = 1  # Tournon for Tournon-sur-Rhône
    FORMER = 2  # the name of a commune that merged into it
    FULL = 3


class NamedCommune(NamedTuple):
    code: str
    form: NameForm


@dataclass(frozen=True)
class PlaceNames:
    """All forms of the names of communes.

    communes: what each form of words may mean; longest: the most words of a form that begins with this word.
    """

    communes: dict[str, tuple[NamedCommune, ...]]
    longest: dict[str, int]

    @classmethod
    def build(cls, communes: Iterable[Commune], former: Iterable[FormerCommune]) -> "PlaceNames":
        forms: dict[str, dict[str, NameForm]] = {}

        def add(key: str, code: str, form: NameForm) -> None:
            codes = forms.setdefault(key, {})
            codes[code] = max(codes.get(code, form), form)

        for commune in communes:
            for key, form in _forms(name_words(commune.name)):
                add(key, commune.code, form)
        for old in former:
            for key, form in _forms(name_words(old.name)):
                add(key, old.current_code, min(form, NameForm.FORMER))
        longest: dict[str, int] = {}
        for key in forms:
            words = key.split()
            longest[words[0]] = max(longest.get(words[0], 0), len(words))
        return cls(
            {key: tuple(NamedCommune(code, form) for code, form in codes.items()) for key, codes in forms.items()},
            longest,
        )


def _forms(words: list[str]) -> Iterator[tuple[str, NameForm]]:
    full = [written_number(word) for word in words]
    yield " ".join(full), NameForm.FULL
    article = full[:1] if len(full) > 1 and full[0] in ARTICLES else []
    rest = full[len(article) :]
    if article:
        yield " ".join(rest), NameForm.BARE
        yield " ".join([*rest, *article]), NameForm.FULL  # TEIL (LE)
        for contracted in {"le": ("du", "au"), "les": ("des", "aux")}.get(article[0], ()):
            yield " ".join([contracted, *rest]), NameForm.FULL
    for head in _heads(rest):
        yield " ".join([*article, *head]), NameForm.SHORT
        for contracted in {"le": ("du", "au"), "les": ("des", "aux")}.get("".join(article), ()):
            yield " ".join([contracted, *head]), NameForm.SHORT


def _heads(words: list[str]) -> Iterator[list[str]]:
    """Yield the everyday short forms of a name of several words."""
    cut = next((place for place in range(1, len(words)) if words[place] in _LINKS), len(words))
    heads = {cut, 2 if words[0] in ("saint", "sainte") else 1}
    for length in sorted(heads):
        if length < len(words) and words[length - 1] not in _GENERIC and len(words[length - 1]) > 2:
            yield words[:length]


@cache
def ordinary_words() -> frozenset[str]:
    """Return the names of one word that are ordinary words too or a better-known place elsewhere."""
    return frozenset(files("api.resources").joinpath("ordinary_names.txt").read_text("utf-8").split())


@cache
def department_names() -> dict[str, str]:
    """Return the départements' codes by the words of their names."""
    return {" ".join(name_words(name)): code for code, name in department_labels().items()}


@cache
def department_beginnings() -> frozenset[str]:
    return frozenset(words.split()[0] for words in department_names())


@cache
def department_labels() -> dict[str, str]:
    text = files("matcher.resources").joinpath("departments.csv").read_text("utf-8")
    return {row["code"]: row["name"] for row in csv.DictReader(text.splitlines())}
