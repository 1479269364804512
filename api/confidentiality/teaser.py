"""The teaser of a confidential case: as precise as it can be while at least LEAST establishments that we know fit it.

Outsiders can list the public establishments of the desk, and may know these rules. So not those are counted for whom a
description is true, but those who would be given this very description: fewer, or as many. The establishments are
divided step by step, by activity, then place, then size; a step is taken only into parts of LEAST or more, and what is
left over keeps the description before it, which holds for LEAST too: of what is rare not even that it is rare is told.

What the desk knows is less than what there is: the true numbers are never less.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import Engine
from sqlmodel import Session

from api.catalogue import queries as catalogue_queries
from api.catalogue.activities import division_name, group_name, section_name, section_start
from api.confidentiality import queries
from api.core import official_codes
from api.core.settings import settings
from matcher.nomenclature import naf_name
from matcher.types import OpportunityKind
from models.database import reading
from models.opportunities import Opportunity
from models.places import Commune
from models.tables import Opportunity as OpportunityRow

LEAST = 10
NBSP = "\N{NO-BREAK SPACE}"
UNKNOWN_ACTIVITY, UNKNOWN_PLACE = "activité non précisée", "lieu non précisé"
DEPARTMENTS = {"07": "Ardèche", "26": "Drôme"}
# The least of each band, fine and coarse.
FINE, COARSE = (0, 1, 3, 6, 10, 20, 50, 100), (0, 10, 50)
HOME = "home"


class Facts(NamedTuple):
    """What is generalised, of a case or of an establishment; None is unknown."""

    naf: str | None
    commune: str | None
    department: str | None
    headcount: int | None


class Step(NamedTuple):
    """One refinement. `whole`: it has no value but the desk's départements, so that nothing need be left over."""

    what: str
    level: str
    whole: bool = False


# The trade is what a reader looks for first: it is made precise first.
STEPS = (
    Step("activity", "section"),
    Step("activity", "division"),
    Step("activity", "group"),
    Step("activity", "class"),
    Step("place", "department", whole=True),
    Step("size", "coarse"),
    Step("place", "commune"),
    Step("size", "fine"),
)


# What facts come to at each of the steps; None is unknown.
Values: TypeAlias = tuple[str | None, ...]
PLACES = {step: place for place, step in enumerate(STEPS)}
DEPARTMENT = PLACES[Step("place", "department", whole=True)]


class Said(NamedTuple):
    """What is said so far: of each thing its finest level and its value there; empty says nothing."""

    activity: tuple[str, str] = ("", "")
    place: tuple[str, str] = ("", "")
    size: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Teaser:
    """What outsiders read of a case; activity: its words for the trade alone, empty where it says none.

    fits: how many establishments would be given it; sure: they are LEAST.
    """

    text: str
    activity: str
    fits: int
    sure: bool


@dataclass
class _Part:
    """Some establishments that are described alike up to a step, and how that step divides them."""

    said: Said
    step: Step | None = None
    parts: dict[str, "_Part"] = field(default_factory=dict)
    rest: "_Part | None" = None


def facts_of(row: Any, headcount: int | None = None, band: str | None = None) -> Facts:
    """Return the facts of an actor's or an opportunity's row."""
    if headcount is None:
        headcount = official_codes.HEADCOUNT_BANDS.get(band or "NN", (None, None))[0]
    return Facts(row.naf[0]["code"] if row.naf else None, row.commune_code, row.department, headcount)


class Teasers:
    """Describes cases among the public establishments of one moment."""

    def __init__(self, establishments: Iterable[Any], home: Sequence[str]) -> None:
        """establishments: rows of public actors; of one SIRET, only the first counts. home: the desk's départements."""
        self._home = frozenset(home)
        known: dict[str, Facts] = {}
        for row in establishments:
            known.setdefault(row.siret or row.id, facts_of(row, row.headcount, row.headcount_band))
        self._all = len(known)
        at_home = [_values(facts) for facts in known.values() if facts.department in self._home]
        self._few = len(at_home) < LEAST
        self._root = self._divide(at_home, Said(place=(HOME, "")), STEPS)
        self._counts = Counter(map(self._said, at_home))

    def of(self, case: Facts, communes: Mapping[str, str]) -> Teaser:
        """Return the teaser of a case; communes: code → name."""
        said = self.said(case)
        fits = self._counts[said] if said != Said() else self._all
        return Teaser(self._text(said, communes), _activity_text(*said.activity), fits, sure=fits >= LEAST)

    def said(self, facts: Facts) -> Said:
        """Return what would be said of anything with these facts."""
        return self._said(_values(facts)) if facts.department in self._home else Said()

    def _said(self, values: Values) -> Said:
        if self._few:
            # A département has thousands of establishments, known to us or not.
            return Said(place=("department", values[DEPARTMENT] or ""))
        part = self._root
        while part.step:
            follow = part.parts.get(values[PLACES[part.step]] or "", part.rest)
            if follow is None:
                break
            part = follow
        return part.said

    def _divide(self, facts: Sequence[Values], said: Said, steps: Sequence[Step]) -> _Part:
        """Divide establishments by the first of some steps that can be taken, and their parts by the following."""
        while steps:
            step, *after = steps
            groups, rest = self._groups(facts, step)
            if groups:
                # What is left over stays as it is in this respect; it may yet be told in others.
                others = [one for one in after if one.what != step.what]
                parts = {
                    value: self._divide(group, said._replace(**{step.what: (step.level, value)}), after)
                    for value, group in groups.items()
                }
                return _Part(said, step, parts, self._divide(rest, said, others) if rest else _Part(said))
            # What cannot be told coarsely is not told finely.
            steps = [one for one in after if one.what != step.what]
        return _Part(said)

    def _groups(self, facts: Sequence[Values], step: Step) -> tuple[dict[str, list[Values]], list[Values]]:
        """Return the parts that a step makes, each of LEAST or more, and what is left over: LEAST or more, or none."""
        groups: dict[str, list[Values]] = defaultdict(list)
        rest: list[Values] = []
        place = PLACES[step]
        for one in facts:
            value = one[place]
            (rest if value is None else groups[value]).append(one)
        kept = {value: group for value, group in sorted(groups.items()) if len(group) >= LEAST}
        rest += [one for value, group in groups.items() if value not in kept for one in group]
        by_size = sorted(kept, key=lambda value: (-len(kept[value]), value))
        while kept and len(rest) < LEAST and (rest or not step.whole or len(kept) < len(self._home)):
            rest += kept.pop(by_size.pop())
        return kept, rest

    def _text(self, said: Said, communes: Mapping[str, str]) -> str:
        (place, where), (size, band) = said.place, said.size
        if place == "commune":
            words = communes.get(where, UNKNOWN_PLACE)
        else:
            within = sorted(self._home, reverse=True) if place == HOME else [where]
            words = " ou ".join(DEPARTMENTS.get(one, one) for one in within) or UNKNOWN_PLACE
        parts = [f"Entreprise à reprendre{NBSP}: {_activity_text(*said.activity) or UNKNOWN_ACTIVITY}", words]
        if size:
            parts.append(_size_text(int(band), FINE if size == "fine" else COARSE))
        return ", ".join(parts)


# Of most establishments nothing changed since their teasers were last divided.
@lru_cache(maxsize=1 << 17)
def _values(facts: Facts) -> Values:
    return tuple(_value(facts, step) for step in STEPS)


def _value(facts: Facts, step: Step) -> str | None:
    if step.what == "activity":
        return _activity(facts.naf, step.level)
    if step.what == "size":
        bands = FINE if step.level == "fine" else COARSE
        return None if facts.headcount is None else str(max(sum(facts.headcount >= one for one in bands) - 1, 0))
    return facts.commune if step.level == "commune" else facts.department


def _activity(code: str | None, level: str) -> str | None:
    if not code or (start := section_start(code)) is None:
        return None
    return {"section": f"{start:02}", "division": code[:2], "group": code[:4], "class": code}[level]


def _activity_text(level: str, code: str) -> str:
    """Return the words of an activity, or of the finest above it that has any."""
    names: dict[str, Callable[[str], str | None]] = {
        "class": naf_name,
        "group": lambda one: group_name(one[:4]),
        "division": division_name,
        "section": section_name,
    }
    levels = list(names)
    for one in levels[levels.index(level) :] if level else ():
        if words := names[one](code):
            return words
    return ""


def _size_text(band: int, bands: Sequence[int]) -> str:
    low, high = bands[band], bands[band + 1] - 1 if band + 1 < len(bands) else None
    if high is None:
        return f"{low}{NBSP}salariés ou plus"
    if low == 0:
        return "sans salarié" if high == 0 else f"moins de {high + 1}{NBSP}salariés"
    return f"{low} à {high}{NBSP}salariés"


def teaser_of(session: Session, opportunity: Opportunity, home: Sequence[str]) -> Teaser:
    """Return the teaser of a confidential case, among what is public at this moment."""
    case = catalogue_queries.takeover_case_of(session, opportunity.id)
    facts = facts_of(opportunity, case.headcount if case else None)
    commune = session.get(Commune, facts.commune) if facts.commune else None
    names = {commune.code: commune.name} if commune else {}
    return Teasers(queries.public_establishments(session), home).of(facts, names)


def read_teaser(engine: Engine, opportunity: Opportunity) -> Teaser:
    """Return what outsiders read, or would read, of a confidential case."""
    with reading(engine) as session:
        return teaser_of(session, opportunity, home_departments())


def home_departments() -> list[str]:
    """Return the desk's départements, as the settings say."""
    return settings().departments.split(",")


def is_told(row: OpportunityRow) -> bool:
    """Return whether outsiders may hear of a confidential case: a facilitator wrote a teaser for it.

    They are told what this module makes of the case, never the words of the facilitator.
    """
    return row.confidential and bool(row.teaser) and row.kind == OpportunityKind.TAKEOVER
