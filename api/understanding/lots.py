"""The lots of a notice: their headings, and the stretch of the text that each heads."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from api.understanding.labels import Label, Section
from api.understanding.need import Span

# « Lot n° 1 : … », « LOT 02 – … », « Lot 3bis. … », « Lot(s) 4 Peinture », « 5.1 Lot : LOT-0001 ».
_HEADING = re.compile(
    r"(?:(?:^|(?<=[.;:!?/|>] )) {0,12}(?:\d{1,2}\.\d{1,2}\.? {1,4}|[-*] ?|\| ?)?|(?<=[a-z0-9)] )(?=lot n ?°))"
    r"lots?(?: {1,4}(?:numero|n ?° ?s?|no\.?|#)|(?= ?:? ?lot-)| {0,4}(?=\d)) {0,3}(?:: {0,3})?"
    r"(?:lot-)?0{0,4}(?P<number>\d{1,3} ?(?:bis\b|ter\b|[a-h]\b)?|[a-h]\b|[ivx]{1,4}\b)"
    r"(?P<mark> {0,4}(?:[:.)/|-]{1,2} {0,4}|\n {0,8}|\t)| {1,4})",
    re.MULTILINE,
)
# Where a lot's title ends.
_TITLE_END = re.compile(
    r"\n|;|\||\. (?=[-a-z])|(?: -|,|\.)? ?\(?(?:c\.?p\.?v\b|code cpv|estim|montant|cout estim|budget|"
    r"valeur|mots? {1,4}descripteurs?|"
    r"quantites|lieu d|duree|date|reserv|marche reserve|lot reserve|minimum|maximum|objet principal)|"
    r" - (?=\d{1,3}(?:[ .]\d{3})* ?(?:€|euros|k))|[:(] {0,2}\d{1,3}(?:[ .]\d{3})* ?(?:k?€|euros|k)"
)
# Sections that end the last lot.
_ENDING = frozenset({Label.BUYER, Label.DEADLINE, Label.BUYER_PLACE, Label.CLAUSE, Label.TOWN, Label.TRADES})
_LONGEST_TITLE = 300
MOST_LOTS = 200


@dataclass(frozen=True, slots=True)
class LotText:
    """A lot: its number, where its title stands, and the stretches of the text that are about it."""

    number: str
    title: Span
    stretches: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class _Heading:
    number: str
    start: int
    body: int
    title: Span


def lots_in(text: str, folded: str, sections: Sequence[Section]) -> list[LotText]:
    """Return the lots of a text in the order of their first headings; a later heading of a number adds to it."""
    headings = [heading for match in _HEADING.finditer(folded) if (heading := _heading(text, folded, match, sections))]
    headings = headings or _described(text, folded, sections)
    lots: dict[str, LotText] = {}
    limits = [*(heading.start for heading in headings[1:]), len(folded)]
    for heading, limit in zip(headings, limits[: len(headings)], strict=True):
        end = _end(heading, limit, folded, sections)
        stretch = Span(heading.start, end)
        known = lots.get(heading.number)
        if known is None:
            if heading.title.end > heading.title.start and len(lots) < MOST_LOTS:
                lots[heading.number] = LotText(heading.number, heading.title, (stretch,))
        else:
            lots[heading.number] = LotText(known.number, known.title, (*known.stretches, stretch))
    return list(lots.values())


def _heading(text: str, folded: str, match: re.Match[str], sections: Sequence[Section]) -> _Heading | None:
    body = match.end()
    if "\n" in match["mark"] or folded.startswith("lot-", match.start("number") - 8):
        # The title stands below, under its own label where the form has one.
        below = next((part for part in sections if part.value.start >= match.start("number")
                      and part.label in (Label.TITLE, Label.LOT_DESCRIPTION, Label.DESCRIPTION)), None)  # fmt: skip
        if below and below.whole.start - body < 200:
            return _Heading(_number(match), match.start(), body, _first_line(folded, below.value).trimmed(text))
    if not match["mark"].strip() and "\n" not in match["mark"] and not text[body : body + 1].isupper():
        # « le lot 2 concerne … » is no heading.
        return None
    return _Heading(_number(match), match.start(), body, _title(text, folded, body))


def _title(text: str, folded: str, start: int) -> Span:
    label = re.match(
        r" {0,4}(?:intitule|titre|description|designation|objet)[^:\n]{0,12}: {0,3}", folded[start : start + 60]
    )
    start += label.end() if label else 0
    ending = _TITLE_END.search(folded, start, start + _LONGEST_TITLE)
    return Span(start, ending.start() if ending else min(start + _LONGEST_TITLE, len(text))).trimmed(text)


def _first_line(folded: str, value: Span) -> Span:
    start = value.start + len(folded[value.start : value.end]) - len(folded[value.start : value.end].lstrip())
    ending = _TITLE_END.search(folded, start, min(value.end, start + _LONGEST_TITLE))
    return Span(start, ending.start() if ending else min(value.end, start + _LONGEST_TITLE))


def _number(match: re.Match[str]) -> str:
    return (
        match["number"].replace(" ", "").upper() if match["number"][0].isalpha() else match["number"].replace(" ", "")
    )


def _described(text: str, folded: str, sections: Sequence[Section]) -> list[_Heading]:
    """Return the lots of a form that numbers none: « Description du lot : … », one below the other."""
    described = [section for section in sections if section.label is Label.LOT_DESCRIPTION]
    return [
        _Heading(str(number), section.whole.start, section.value.start, _title(text, folded, section.value.start))
        for number, section in enumerate(described, 1)
    ] if len(described) > 1 else []  # fmt: skip


def _end(heading: _Heading, limit: int, folded: str, sections: Sequence[Section]) -> int:
    for section in sections:
        if section.whole.start < heading.title.end:
            continue
        if section.whole.start >= limit:
            break
        whole_reserved = section.label is Label.RESERVATION and folded.startswith("marche", section.whole.start)
        if section.label in _ENDING or section.about_buyer or whole_reserved:
            return section.whole.start
    return limit
