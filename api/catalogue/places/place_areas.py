"""Areas that a text names instead of a commune: a département, an intercommunality, a country (Vercors)."""

import csv
from collections.abc import Sequence, Set
from functools import cache
from importlib.resources import files

from api.catalogue.places.mentions import MentionedPlace, PlaceKind, PlaceRole
from api.catalogue.places.place_cues import Cue, cue_before
from api.catalogue.places.place_names import department_beginnings, department_labels, department_names
from api.catalogue.places.place_tokens import Token, name_words
from api.catalogue.places.places_in_text import Gazetteer
from matcher.geography import department_middle

_DIRECTIONS = frozenset({"nord", "sud", "est", "ouest", "centre"})
_AGGLOMERATION = frozenset(["agglo", "agglomeration", "intercommunalite"])
_INTO = frozenset(["en", "dans", "departement"])
_SKIPPED = frozenset(["de", "du", "des", "d", "la", "le", "les", "l"])
_RIVERS = frozenset(["riviere", "vallee", "vallees", "bords", "rives", "gorges", "fleuve", "pont"])


@cache
def territories() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return each territory's label and communes by the words of its names (`resources/territories.csv`)."""
    known: dict[str, tuple[str, tuple[str, ...]]] = {}
    for file in ("intercommunalities.csv", "territories.csv"):
        text = files("api.resources").joinpath(file).read_text("utf-8")
        for row in csv.DictReader(text.splitlines()):
            for name in (row["name"], *filter(None, row["other_names"].split("|"))):
                known[" ".join(name_words(name))] = row["name"], tuple(row["communes"].split())
    return known


@cache
def _longest_territories() -> dict[str, int]:
    """Return the most words of a territory's name that begins with this word."""
    longest: dict[str, int] = {}
    for words in map(str.split, territories()):
        longest[words[0]] = max(longest.get(words[0], 0), len(words))
    return longest


def _at_home(codes: Sequence[str], gazetteer: Gazetteer, home: Set[str]) -> Sequence[str]:
    inside = [code for code in codes if (commune := gazetteer.commune(code)) and commune.department in home]
    return inside or codes


def areas_named(
    text: str, tokens: Sequence[Token], gazetteer: Gazetteer, labels: Sequence[Cue | None], home: Set[str]
) -> list[MentionedPlace]:
    """Return the areas that a text names; of one in several départements, the part in `home` where there is one."""
    areas: list[MentionedPlace] = []
    place = 0
    while place < len(tokens):
        area, end = _area(text, tokens, place, gazetteer, labels, home)
        if area:
            areas.append(area)
        place = end
    return areas


def _area(
    text: str, tokens: Sequence[Token], place: int, gazetteer: Gazetteer, labels: Sequence[Cue | None], home: Set[str]
) -> tuple[MentionedPlace | None, int]:
    token = tokens[place]
    known = territories()
    if not _begins(token, gazetteer):
        return None, place + 1
    cue = labels[place] or cue_before(tokens, place)
    for length in range(min(_longest_territories().get(token.word, 0), len(tokens) - place), 0, -1):
        words = " ".join(word.word for word in tokens[place : place + length])
        if words in known and token.word not in _SKIPPED and (length > 1 or token.capital):
            name, codes = known[words]
            end = place + length
            role = (
                PlaceRole.BUYER if token.word in ("cc", "ca", "communaute") and cue.role is PlaceRole.WORK else cue.role
            )
            return _territory(
                text, tokens, place, end, name, _at_home(codes, gazetteer, home), gazetteer, role, 0.6
            ), end
    if token.word in _AGGLOMERATION:
        after = place + 1
        while after < len(tokens) and tokens[after].word in _SKIPPED:
            after += 1
        for length in range(min(4, len(tokens) - after), 0, -1):
            words = " ".join(word.word for word in tokens[after : after + length])
            for named in gazetteer.place_names.communes.get(words, ()):
                for name, codes in known.values():
                    if named.code in codes and name.startswith(("CA ", "CC ", "CU ", "Métropole")):
                        end = after + length
                        return _territory(text, tokens, place, end, name, codes, gazetteer, cue.role, 0.7), end
    if token.word in _DIRECTIONS:
        return _part(text, tokens, place, gazetteer, cue)
    return _department(text, tokens, place, gazetteer, cue, home)


def _begins(token: Token, gazetteer: Gazetteer) -> bool:
    word = token.word
    named = word in _longest_territories() or word in department_beginnings() or word in gazetteer.departments
    return named or word in _AGGLOMERATION or word in _DIRECTIONS


def _part(
    text: str, tokens: Sequence[Token], place: int, gazetteer: Gazetteer, cue: Cue
) -> tuple[MentionedPlace | None, int]:
    """Read « sud Drôme », « nord de l’Ardèche »: the third of the communes on that side."""
    after = place + 1
    while after < len(tokens) and tokens[after].word in _SKIPPED:
        after += 1
    for length in range(min(4, len(tokens) - after), 0, -1):
        code = department_names().get(" ".join(word.word for word in tokens[after : after + length]))
        if code in gazetteer.departments:
            side, end = tokens[place].word, after + length
            codes = gazetteer.side(code, side)
            return _territory(
                text, tokens, place, end, f"{side} {department_labels()[code]}", codes, gazetteer, cue.role, 0.6
            ), end
    return None, place + 1


def _department(
    text: str, tokens: Sequence[Token], place: int, gazetteer: Gazetteer, cue: Cue, home: Set[str]
) -> tuple[MentionedPlace | None, int]:
    known = tokens[place].word in department_beginnings()
    for length in range(min(6, len(tokens) - place) if known else 0, 0, -1):
        words = tokens[place : place + length]
        code = department_names().get(" ".join(word.word for word in words))
        if code is None or (not words[0].capital and code not in gazetteer.departments):
            continue
        before = [token.word for token in tokens[max(place - 4, 0) : place]]
        linked = [word for word in before if word not in _SKIPPED]
        if (linked and linked[-1] in _RIVERS) or before[-1:] == ["sur"]:
            return None, place + length
        into = bool(linked and linked[-1] in _INTO)
        buyer = bool(linked) and linked[-1] in ("departement", "departemental") and "dans" not in before
        if not into and not (words[0].capital and code in home):
            continue
        role = PlaceRole.BUYER if buyer else cue.role
        start, end = words[0].start, words[-1].end
        kind, confidence = PlaceKind.DEPARTMENT, 0.5 if into else 0.3
        name = department_labels()[code]
        return MentionedPlace(
            kind, name, code, None, department_middle(code), text[start:end], start, end, role, confidence
        ), place + length
    token = tokens[place]
    bracketed = place and token.gap.endswith("(") and text[token.end : token.end + 1] == ")"
    departed = place and tokens[place - 1].word in ("departement", "departements", "dept", "dpt", "le")
    if token.word in gazetteer.departments and (bracketed or departed):
        kind, name = PlaceKind.DEPARTMENT, department_labels()[token.word]
        point = department_middle(token.word)
        return MentionedPlace(
            kind, name, token.word, None, point, text[token.start : token.end], token.start, token.end, cue.role, 0.3
        ), place + 1
    return None, place + 1


def _territory(
    text: str,
    tokens: Sequence[Token],
    place: int,
    end: int,
    name: str,
    codes: Sequence[str],
    gazetteer: Gazetteer,
    role: PlaceRole,
    confidence: float,
) -> MentionedPlace:
    start, stop = tokens[place].start, tokens[end - 1].end
    kind, point, department = PlaceKind.TERRITORY, gazetteer.middle(codes), gazetteer.department(codes)
    return MentionedPlace(kind, name, department, None, point, text[start:stop], start, stop, role, confidence)
