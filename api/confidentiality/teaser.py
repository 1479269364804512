"""The teaser of a confidential case: the finest description that is still k-anonymous among known establishments.

Outsiders can list the public establishments of the desk and may know these rules. So an establishment counts only if
it would be given this very description, not if the description is merely true of it. Establishments are divided step by
step, by activity, then place, then size. A step is taken only into groups of K_ANONYMITY or more; the remainder, of
K_ANONYMITY or more too, keeps the description before the step, so that a rare trait is not even known to be rare.

The desk knows fewer establishments than there are: the true numbers are never smaller.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlmodel import Session

from api.catalogue import queries as catalogue_queries
from api.catalogue.activities import division_name, group_name, section_name, section_start
from api.confidentiality import queries
from api.core import official_codes
from matcher.nomenclature import naf_name
from matcher.types import OpportunityKind
from models.opportunities import Opportunity
from models.places import Commune
from models.tables import Opportunity as OpportunityRow

K_ANONYMITY = 10
NBSP = "\N{NO-BREAK SPACE}"
UNKNOWN_ACTIVITY, UNKNOWN_PLACE = "activité non précisée", "lieu non précisé"
DEPARTMENTS = {"07": "Ardèche", "26": "Drôme"}
# The least of each band, fine and coarse.
FINE, COARSE = (0, 1, 3, 6, 10, 20, 50, 100), (0, 10, 50)
HOME = "home"


class Facts(NamedTuple):
    """The facts of a case or an establishment that are generalised; None is unknown."""

    naf: str | None
    commune: str | None
    department: str | None
    headcount: int | None


class Step(NamedTuple):
    """One refinement of an attribute. whole: its only values are the desk's départements, so no remainder is needed."""

    attribute: str
    level: str
    whole: bool = False


# The trade comes first because readers look for it first.
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


class Description(NamedTuple):
    """For each attribute its finest level and its value there; empty says nothing of it."""

    activity: tuple[str, str] = ("", "")
    place: tuple[str, str] = ("", "")
    size: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Teaser:
    """What outsiders read of a case. activity: the words for the trade alone, empty if unspecified.

    fits: how many establishments would be given this text; sure: there are K_ANONYMITY or more.
    """

    text: str
    activity: str
    fits: int
    sure: bool


@dataclass
class _Part:
    """Establishments that share a description, and how the next step divides them."""

    description: Description
    step: Step | None = None
    parts: dict[str, "_Part"] = field(default_factory=dict)
    rest: "_Part | None" = None


def facts_of(row: Any, headcount: int | None = None, band: str | None = None) -> Facts:
    """Return the facts of an actor's or an opportunity's row."""
    if headcount is None:
        headcount = official_codes.HEADCOUNT_BANDS.get(band or "NN", (None, None))[0]
    return Facts(row.naf[0]["code"] if row.naf else None, row.commune_code, row.department, headcount)


class Teasers:
    """Writes teasers of cases among the public establishments of one moment."""

    def __init__(self, establishments: Iterable[Any], home: Collection[str]) -> None:
        """establishments: rows of public actors; of one SIRET, only the first counts. home: the desk's départements."""
        self._home = frozenset(home)
        known: dict[str, Facts] = {}
        for row in establishments:
            known.setdefault(row.siret or row.id, facts_of(row, row.headcount, row.headcount_band))
        self._all = len(known)
        facts = [one for one in known.values() if one.department in self._home]
        self._few = len(facts) < K_ANONYMITY
        self._root = self._divide(facts, Description(place=(HOME, "")), STEPS)
        self._counts = Counter(self.describe(one) for one in facts)

    def of(self, case: Facts, communes: Mapping[str, str]) -> Teaser:
        """Return the teaser of a case; communes: code → name."""
        description = self.describe(case)
        fits = self._counts[description] if description != Description() else self._all
        activity = _activity_text(*description.activity)
        return Teaser(self._text(description, communes), activity, fits, sure=fits >= K_ANONYMITY)

    def describe(self, facts: Facts) -> Description:
        """Return the description of anything with these facts."""
        if facts.department not in self._home:
            return Description()
        if self._few:
            # A département has thousands of establishments, known to the desk or not.
            return Description(place=("department", facts.department))
        part = self._root
        while part.step:
            follow = part.parts.get(self._value(facts, part.step) or "", part.rest)
            if follow is None:
                break
            part = follow
        return part.description

    def _divide(self, facts: Sequence[Facts], description: Description, steps: Sequence[Step]) -> _Part:
        """Divide establishments by the first step that can be taken, and each part by the following steps."""
        while steps:
            step, *after = steps
            groups, rest = self._groups(facts, step)
            if groups:
                # The remainder keeps its value of this attribute; other attributes may still be refined.
                others = [one for one in after if one.attribute != step.attribute]
                parts = {
                    value: self._divide(group, description._replace(**{step.attribute: (step.level, value)}), after)
                    for value, group in groups.items()
                }
                remainder = self._divide(rest, description, others) if rest else _Part(description)
                return _Part(description, step, parts, remainder)
            # If the coarse level fails k-anonymity, skip the finer levels of the same attribute.
            steps = [one for one in after if one.attribute != step.attribute]
        return _Part(description)

    def _groups(self, facts: Sequence[Facts], step: Step) -> tuple[dict[str, list[Facts]], list[Facts]]:
        """Return the groups that a step makes, of K_ANONYMITY or more, and the remainder: as many, or none."""
        groups: dict[str, list[Facts]] = defaultdict(list)
        rest: list[Facts] = []
        for one in facts:
            value = self._value(one, step)
            (rest if value is None else groups[value]).append(one)
        kept = {value: group for value, group in sorted(groups.items()) if len(group) >= K_ANONYMITY}
        rest += [one for value, group in groups.items() if value not in kept for one in group]
        by_size = sorted(kept, key=lambda value: (-len(kept[value]), value))
        while kept and len(rest) < K_ANONYMITY and (rest or not step.whole or len(kept) < len(self._home)):
            rest += kept.pop(by_size.pop())
        return kept, rest

    def _value(self, facts: Facts, step: Step) -> str | None:
        if step.attribute == "activity":
            return _activity(facts.naf, step.level)
        if step.attribute == "size":
            bands = FINE if step.level == "fine" else COARSE
            return None if facts.headcount is None else str(max(sum(facts.headcount >= one for one in bands) - 1, 0))
        return facts.commune if step.level == "commune" else facts.department

    def _text(self, description: Description, communes: Mapping[str, str]) -> str:
        (place, where), (size, band) = description.place, description.size
        if place == "commune":
            words = communes.get(where, UNKNOWN_PLACE)
        else:
            within = sorted(self._home, reverse=True) if place == HOME else [where]
            words = " ou ".join(DEPARTMENTS.get(one, one) for one in within) or UNKNOWN_PLACE
        parts = [f"Entreprise à reprendre{NBSP}: {_activity_text(*description.activity) or UNKNOWN_ACTIVITY}", words]
        if size:
            parts.append(_size_text(int(band), FINE if size == "fine" else COARSE))
        return ", ".join(parts)


def _activity(code: str | None, level: str) -> str | None:
    if not code or (start := section_start(code)) is None:
        return None
    return {"section": f"{start:02}", "division": code[:2], "group": code[:4], "class": code}[level]


def _activity_text(level: str, code: str) -> str:
    """Return the words of an activity, or of its finest ancestor that has any."""
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


def teaser_of(session: Session, opportunity: Opportunity, home: Collection[str]) -> Teaser:
    """Return the teaser of a confidential case, among what is public at this moment."""
    case = catalogue_queries.takeover_case_of(session, opportunity.id)
    facts = facts_of(opportunity, case.headcount if case else None)
    commune = session.get(Commune, facts.commune) if facts.commune else None
    names = {commune.code: commune.name} if commune else {}
    return Teasers(queries.public_establishments(session), home).of(facts, names)


def read_teaser(session: Session, opportunity: Opportunity, home: Collection[str]) -> Teaser:
    """Return what outsiders read of a confidential case, or would read once it is announced."""
    return teaser_of(session, opportunity, home)


def is_announced(row: OpportunityRow) -> bool:
    """Return whether outsiders may know of a confidential case: a facilitator wrote a teaser for it.

    They read the teaser that this module makes, never the facilitator's words.
    """
    return row.confidential and bool(row.teaser) and row.kind == OpportunityKind.TAKEOVER
