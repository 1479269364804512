"""Read the places that a text names, and which of them is the place of work."""

import math
from collections.abc import Sequence, Set
from dataclasses import replace

from api.catalogue.places.mentions import MentionedPlace, PlaceKind, PlaceReading, PlaceRole
from api.catalogue.places.name_matching import NameMatch, name_matches
from api.catalogue.places.place_areas import areas_named
from api.catalogue.places.place_cues import (
    NOTHING,
    POSTAL_ADDRESS,
    PREPOSITIONS,
    Cue,
    after_street,
    cue_before,
    sections,
)
from api.catalogue.places.place_names import (
    ARTICLES,
    NamedCommune,
    NameForm,
    ordinary_words,
)
from api.catalogue.places.place_tokens import Token, tokens_of
from api.catalogue.places.places_in_text import Gazetteer
from api.core.digits import is_digits
from matcher.types import Point

_FORM_EVIDENCE = {NameForm.FULL: 1.5, NameForm.FORMER: 1.3, NameForm.SHORT: 0.9, NameForm.BARE: -1.0}
_ARTICLED = ARTICLES | {"du", "des", "au", "aux"}
# An ordinary word is a place only right after these: « à Die », not « un plan ».
_BEFORE_ORDINARY = PREPOSITIONS | {"de", "d", "secteur", "commune", "ville", "mairie"}
_STEPS = 5  # of confidence; what is as plausible is in the order of the text
_ENOUGH = 1.5  # evidence from which words are read as a place
_UNLIKELY = 0.5  # of a buyer's place being the place of work


def read_places(text: str, gazetteer: Gazetteer, home_departments: Set[str]) -> PlaceReading:
    """Return the places that a French text names, as it was typed or pasted, the most plausible first.

    Of several communes of one name, those of `home_departments` (codes) are preferred where nothing else says.
    """
    tokens = tokens_of(text)
    labels = sections(tokens)
    mentions = list(name_matches(tokens, gazetteer))
    areas = areas_named(text, tokens, gazetteer, labels, home_departments)
    departments = {area.department for area in areas if area.kind is PlaceKind.DEPARTMENT}
    said = departments | {department for mention in mentions for department in mention.context if len(department) < 4}
    areas = [area for area in areas if not _within(area, tokens, mentions)]
    taken = [(area.start, area.end) for area in areas if area.kind is PlaceKind.TERRITORY]
    lower = not any(token.capital for token in tokens)
    shouted = sum(token.upper for token in tokens) > len(tokens) / 2
    places: list[tuple[MentionedPlace, bool]] = []
    for mention in mentions:
        if any(start <= tokens[mention.start].start < end for start, end in taken):
            continue
        cue = labels[mention.start]
        near = cue_before(tokens, mention.start)
        if cue is None or (near.role is not PlaceRole.WORK and near.role is not PlaceRole.BUYER):
            cue = near
        if mention.context and cue == Cue(PlaceRole.OTHER, 0, fallback=False) and mention.postcode:
            cue = NOTHING
        if mention.postcode and cue.strength < 2 and cue.role is PlaceRole.WORK and after_street(tokens, mention.start):
            cue = POSTAL_ADDRESS
        read = _read(text, tokens, mention, cue, gazetteer, said, home_departments, lower, shouted)
        if read:
            places.append((read, cue.fallback))
    places += [(area, True) for area in areas]
    return _sorted(places)


def _read(
    text: str,
    tokens: Sequence[Token],
    mention: NameMatch,
    cue: Cue,
    gazetteer: Gazetteer,
    said: Set[str | None],
    home: Set[str],
    lower: bool,
    shouted: bool,
) -> MentionedPlace | None:
    best = sorted(
        (
            (_plausibility(named, mention, gazetteer, said, home), named.form, named.code)
            for named in mention.candidates
        ),
        reverse=True,
    )
    plausible, form, code = best[0]
    if plausible < -2:
        return None
    evidence = _FORM_EVIDENCE[form] + cue.strength + _shape(tokens, mention, form, lower, shouted)
    evidence += 3 * (mention.postcode or bool(mention.context))
    commune = gazetteer.commune(code)
    assert commune is not None
    if commune.department not in home and commune.department not in said:
        evidence -= 0.4 if form is NameForm.FULL else 1.1
    if evidence < _ENOUGH:
        return None
    share = math.exp(plausible) / sum(math.exp(other[0]) for other in best)
    start, end = _span(text, tokens, mention)
    confidence = round(share / (1 + math.exp(0.5 - evidence)), 2)
    point = Point(commune.lat, commune.lon)
    kind = PlaceKind.COMMUNE
    return MentionedPlace(
        kind, commune.name, commune.department, code, point, text[start:end], start, end, cue.role, confidence
    )


def _span(text: str, tokens: Sequence[Token], mention: NameMatch) -> tuple[int, int]:
    start, end = tokens[mention.start].start, tokens[mention.end - 1].end
    return start, end + (text[end : end + 1] == ")" and "(" in text[start:end])


def _within(area: MentionedPlace, tokens: Sequence[Token], mentions: Sequence[NameMatch]) -> bool:
    """Return whether an area's words are a part of a commune's (Buis-les-Baronnies, Valence (Drôme))."""
    for mention in mentions:
        start, end = tokens[mention.start].start, tokens[mention.end - 1].end
        if start <= area.start and area.end <= end and (start, end) != (area.start, area.end):
            return True
    return False


def _plausibility(
    named: NamedCommune, mention: NameMatch, gazetteer: Gazetteer, said: Set[str | None], home: Set[str]
) -> float:
    """Return how likely this commune is meant, of those that the words may name (a logit, up to a constant)."""
    commune = gazetteer.commune(named.code)
    assert commune is not None
    likely = {NameForm.FULL: 2.0, NameForm.FORMER: 0.7, NameForm.SHORT: 0.0, NameForm.BARE: -2.0}[named.form]
    likely += math.log10((commune.population or 0) + 10) - 3
    likely += 2.5 * (commune.department in home) + 2 * (commune.department in said)
    for code in mention.context:
        there = code in commune.postcodes if len(code) == 5 else code == commune.department
        likely += 6 if there else -8 if len(code) < 5 else -1
    return likely


def _shape(tokens: Sequence[Token], mention: NameMatch, form: NameForm, lower: bool, shouted: bool) -> float:
    """Return what capitals, length and the place in the line say for words being a place's name."""
    words = [token for token in tokens[mention.start : mention.end] if not is_digits(token.word)]
    if not words:
        return 0.5
    last = max(words, key=lambda token: len(token.word))
    significant = [token for token in words if token.word not in ARTICLES | PREPOSITIONS | {"de", "du", "d", "des"}]
    plain = len(significant) < 2 and last.word in ordinary_words()
    shape = 0.3 * (len(significant) > 1) - (0.0 if not plain else 1.8 if form < NameForm.FORMER else 1.2)
    if last.capital and not (last.upper and shouted):
        opens = mention.start == 0 or "\n" in tokens[mention.start].gap or "." in tokens[mention.start].gap
        shape += 0.3 if plain and opens else 0.8
    elif last.upper:
        shape += 0.3
    else:
        shape += 0.2 if lower and not plain else -1.0 if len(significant) < 2 else 0.0
    if _alone(tokens, mention):
        return shape + 1.0
    if plain and (words[0].word in _ARTICLED and (shouted or not words[0].capital)):
        return shape - 1.5
    if plain and mention.start and tokens[mention.start - 1].word not in _BEFORE_ORDINARY:
        return shape - 1.5
    return shape


def _alone(tokens: Sequence[Token], mention: NameMatch) -> bool:
    """Return whether nothing else stands in its line, or between its brackets or commas."""
    before, after = tokens[mention.start].gap, tokens[mention.end].gap if mention.end < len(tokens) else "\n"
    marks = set("\n,;:()/–|")
    return (mention.start == 0 or bool(marks & set(before))) and bool(marks & set(after))


def _sorted(places: Sequence[tuple[MentionedPlace, bool]]) -> PlaceReading:
    """Return each place once in each list; where no work is placed, those of who asks stand in for it."""

    def best_first(role: PlaceRole, given: Sequence[MentionedPlace]) -> list[MentionedPlace]:
        return sorted((place for place in given if place.role is role), key=_order)

    every = [place for place, _ in places]
    work = best_first(PlaceRole.WORK, every)
    precise = [place for place in work if place.kind is not PlaceKind.DEPARTMENT]
    others = [place for place in work if place.kind is PlaceKind.DEPARTMENT] if precise else []
    precise = precise or work
    if not precise:
        for role in (PlaceRole.BUYER, PlaceRole.DELIVERY):
            stand_ins = best_first(role, [place for place, fallback in places if fallback])
            if stand_ins and not precise:
                precise = [_less(place) for place in stand_ins]
                break
    chosen = {place.commune or place.name for place in precise}
    others += [
        place for place in every if place.role is not PlaceRole.WORK and (place.commune or place.name) not in chosen
    ]
    return PlaceReading(_once(precise), _once(sorted(others, key=_order)))


def _less(place: MentionedPlace) -> MentionedPlace:
    return replace(place, confidence=round(place.confidence * _UNLIKELY + 0.1, 2))


def _order(place: MentionedPlace) -> tuple[bool, int, int]:
    return place.kind is PlaceKind.DEPARTMENT, -int(place.confidence * _STEPS), place.start


def _once(places: Sequence[MentionedPlace]) -> tuple[MentionedPlace, ...]:
    kept: dict[tuple[str, str], MentionedPlace] = {}
    for place in places:
        kept.setdefault((place.kind, place.commune or place.name), place)
    return tuple(kept.values())
