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
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

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
# The values of facts at each of the steps; None is unknown.
StepValues: TypeAlias = tuple[str | None, ...]
POSITIONS = {step: position for position, step in enumerate(STEPS)}
DEPARTMENT = POSITIONS[Step("place", "department", whole=True)]


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


def facts_of(row: Any, headcount: int | None = None, headcount_band: str | None = None) -> Facts:
    """Return the facts of an actor's or an opportunity's row."""
    if headcount is None:
        headcount = official_codes.HEADCOUNT_BANDS.get(headcount_band or "NN", (None, None))[0]
    return Facts(row.naf[0]["code"] if row.naf else None, row.commune_code, row.department, headcount)


class Teasers:
    """Writes teasers of cases among the public establishments of one moment."""

    def __init__(self, establishments: Iterable[Any], home_departments: Collection[str]) -> None:
        """establishments: rows of public actors; rows of the same SIRET count once. home_departments: the desk's."""
        self._home = frozenset(home_departments)
        facts_by_establishment: dict[str, Facts] = {}
        for row in establishments:
            facts_by_establishment.setdefault(row.siret or row.id, facts_of(row, row.headcount, row.headcount_band))
        self._all = len(facts_by_establishment)
        at_home = [_step_values(facts) for facts in facts_by_establishment.values() if facts.department in self._home]
        self._few = len(at_home) < K_ANONYMITY
        self._root = self._divide(at_home, Description(place=(HOME, "")), STEPS)
        self._counts = Counter(map(self._described, at_home))

    def of(self, case: Facts, commune_names: Mapping[str, str]) -> Teaser:
        """Return the teaser of a case; commune_names: by code."""
        description = self.describe(case)
        fits = self._counts[description] if description != Description() else self._all
        activity = _activity_text(*description.activity)
        return Teaser(self._text(description, commune_names), activity, fits, sure=fits >= K_ANONYMITY)

    def describe(self, facts: Facts) -> Description:
        """Return the description of anything with these facts."""
        return self._described(_step_values(facts)) if facts.department in self._home else Description()

    def _described(self, values: StepValues) -> Description:
        if self._few:
            # A département has thousands of establishments, known to the desk or not.
            return Description(place=("department", values[DEPARTMENT] or ""))
        part = self._root
        while part.step:
            follow = part.parts.get(values[POSITIONS[part.step]] or "", part.rest)
            if follow is None:
                break
            part = follow
        return part.description

    def _divide(self, known: Sequence[StepValues], description: Description, steps: Sequence[Step]) -> _Part:
        """Divide establishments by the first step that can be taken, and each part by the following steps."""
        while steps:
            step, *later_steps = steps
            groups, rest = self._groups(known, step)
            if groups:
                # The remainder keeps its value of this attribute; other attributes may still be refined.
                other_steps = [later_step for later_step in later_steps if later_step.attribute != step.attribute]
                parts_by_value = {
                    group_value: self._divide(
                        group_facts, description._replace(**{step.attribute: (step.level, group_value)}), later_steps
                    )
                    for group_value, group_facts in groups.items()
                }
                remainder = self._divide(rest, description, other_steps) if rest else _Part(description)
                return _Part(description, step, parts_by_value, remainder)
            # If the coarse level fails k-anonymity, skip the finer levels of the same attribute.
            steps = [later_step for later_step in later_steps if later_step.attribute != step.attribute]
        return _Part(description)

    def _groups(self, known: Sequence[StepValues], step: Step) -> tuple[dict[str, list[StepValues]], list[StepValues]]:
        """Return the groups that a step makes, of K_ANONYMITY or more, and the remainder: as many, or none."""
        groups: dict[str, list[StepValues]] = defaultdict(list)
        rest: list[StepValues] = []
        position = POSITIONS[step]
        for values in known:
            group_value = values[position]
            (rest if group_value is None else groups[group_value]).append(values)
        kept_groups = {value: group for value, group in sorted(groups.items()) if len(group) >= K_ANONYMITY}
        rest += [values for value, group in groups.items() if value not in kept_groups for values in group]
        by_size = sorted(kept_groups, key=lambda value: (-len(kept_groups[value]), value))
        while (
            kept_groups and len(rest) < K_ANONYMITY and (rest or not step.whole or len(kept_groups) < len(self._home))
        ):
            rest += kept_groups.pop(by_size.pop())
        return kept_groups, rest

    def _text(self, description: Description, commune_names: Mapping[str, str]) -> str:
        (place_level, place_value), (size_level, size_value) = description.place, description.size
        if place_level == "commune":
            place_words = commune_names.get(place_value, UNKNOWN_PLACE)
        else:
            department_codes = sorted(self._home, reverse=True) if place_level == HOME else [place_value]
            place_words = (
                " ou ".join(DEPARTMENTS.get(department_code, department_code) for department_code in department_codes)
                or UNKNOWN_PLACE
            )
        teaser_parts = [
            f"Entreprise à reprendre{NBSP}: {_activity_text(*description.activity) or UNKNOWN_ACTIVITY}",
            place_words,
        ]
        if size_level:
            teaser_parts.append(_size_text(int(size_value), FINE if size_level == "fine" else COARSE))
        return ", ".join(teaser_parts)


# Most establishments do not change between two divisions: their values are kept.
@lru_cache(maxsize=1 << 17)
def _step_values(facts: Facts) -> StepValues:
    return tuple(_value(facts, step) for step in STEPS)


def _value(facts: Facts, step: Step) -> str | None:
    if step.attribute == "activity":
        return _activity(facts.naf, step.level)
    if step.attribute == "size":
        bands = FINE if step.level == "fine" else COARSE
        return (
            None
            if facts.headcount is None
            else str(max(sum(facts.headcount >= band_start for band_start in bands) - 1, 0))
        )
    return facts.commune if step.level == "commune" else facts.department


def _activity(code: str | None, level: str) -> str | None:
    if not code or (section_number := section_start(code)) is None:
        return None
    return {"section": f"{section_number:02}", "division": code[:2], "group": code[:4], "class": code}[level]


def _activity_text(level: str, code: str) -> str:
    """Return the words of an activity, or of its finest ancestor that has any."""
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


def teaser_of(session: Session, opportunity: Opportunity, home_departments: Collection[str]) -> Teaser:
    """Return the teaser of a confidential case, among what is public at this moment."""
    takeover_case = catalogue_queries.takeover_case_of(session, opportunity.id)
    case_facts = facts_of(opportunity, takeover_case.headcount if takeover_case else None)
    commune = session.get(Commune, case_facts.commune) if case_facts.commune else None
    commune_names = {commune.code: commune.name} if commune else {}
    return Teasers(queries.public_establishments(session), home_departments).of(case_facts, commune_names)


def read_teaser(session: Session, opportunity: Opportunity, home_departments: Collection[str]) -> Teaser:
    """Return what outsiders read of a confidential case, or would read once it is announced."""
    return teaser_of(session, opportunity, home_departments)


def is_announced(row: OpportunityRow) -> bool:
    """Return whether outsiders may know of a confidential case: a facilitator wrote a teaser for it.

    They read the teaser that this module makes, never the facilitator's words.
    """
    return row.confidential and bool(row.teaser) and row.kind == OpportunityKind.TAKEOVER
