"""The teaser of a confidential case: as precise as it can be while at least LEAST establishments that we know fit it.

Outsiders can list the public establishments of the desk, and may know these rules. So a description is used only where
LEAST of them would themselves be given that very description: one that fits it, but would have been described more
precisely, does not count. Levels are gone through from the most precise; each takes those for whom it is precise and
common enough, and leaves the others to the next.

What the desk knows is less than what there is: the true number is never less.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, NamedTuple

from sqlalchemy import Engine
from sqlmodel import Session

from api import codes
from api.activities import division_name, group_name, section_name, section_start
from api.settings import settings
from matcher.nomenclature import naf_name
from models import queries, reveal_queries
from models.database import reading
from models.opportunities import Opportunity
from models.places import Commune

LEAST = 10
NBSP = "\N{NO-BREAK SPACE}"
UNKNOWN_ACTIVITY, UNKNOWN_PLACE = "activité non précisée", "lieu non précisé"
DEPARTMENTS = {"07": "Ardèche", "26": "Drôme"}
# The least of each band, fine and coarse.
FINE, COARSE = (0, 1, 3, 6, 10, 20, 50, 100), (0, 10, 50)


class Facts(NamedTuple):
    """What is generalised, of a case or of an establishment; None is unknown."""

    naf: str | None
    commune: str | None
    department: str | None
    headcount: int | None


class Level(NamedTuple):
    """How precisely each thing is said; `none` leaves it out."""

    activity: str
    place: str
    size: str


class Description(NamedTuple):
    """What is said at a level: equal descriptions are equal texts."""

    level: Level
    activity: str
    place: str
    size: int


@dataclass(frozen=True)
class Teaser:
    """What outsiders read of a case. `fits`: how many establishments of the desk fit it; `sure`: they are LEAST."""

    text: str
    fits: int
    sure: bool


def facts_of(row: Any, headcount: int | None = None, band: str | None = None) -> Facts:
    """Return the facts of an actor's or an opportunity's row."""
    if headcount is None:
        headcount = codes.HEADCOUNT_BANDS.get(band or "NN", (None, None))[0]
    return Facts(row.naf[0]["code"] if row.naf else None, row.commune_code, row.department, headcount)


class Teasers:
    """Describes cases among the public establishments of one moment."""

    def __init__(self, establishments: Iterable[Any], home: Sequence[str]) -> None:
        """establishments: rows of public actors; of one SIRET, only the first counts. home: the desk's départements."""
        self._home = frozenset(home)
        known: dict[str, Facts] = {}
        for row in establishments:
            known.setdefault(row.siret or row.id, facts_of(row, row.headcount, row.headcount_band))
        self._facts = tuple(known.values())
        self._common = self._find_common()

    def of(self, case: Facts, communes: Mapping[str, str]) -> Teaser:
        """Return the teaser of a case; communes: code → name."""
        for level in LEVELS:
            said = self.described(case, level)
            if said in self._common:
                fits = sum(self.described(one, level) == said for one in self._facts)
                return Teaser(self._text(said, communes), fits, sure=True)
        place = case.department if case.department in self._home else None
        said = Description(LAST, "", place or "", -1)
        fits = len([one for one in self._facts if place is None or one.department == place])
        return Teaser(self._text(said, communes), fits, sure=fits >= LEAST)

    def described(self, facts: Facts, level: Level) -> Description | None:
        """Return what is said of something at a level; None where it is not known that precisely."""
        activity = _ACTIVITIES[level.activity](facts.naf)
        place = self._place(facts, level.place)
        size = _size(facts.headcount, level.size)
        if activity is None or place is None or size is None:
            return None
        return Description(level, activity, place, size)

    def _find_common(self) -> frozenset[Description]:
        left, common = list(self._facts), set[Description]()
        for level in LEVELS:
            if len(left) < LEAST:
                break
            said = [self.described(one, level) for one in left]
            counts = Counter(one for one in said if one is not None)
            found = {one for one, count in counts.items() if count >= LEAST}
            if found:
                common |= found
                left = [one for one, what in zip(left, said, strict=True) if what not in found]
        return frozenset(common)

    def _place(self, facts: Facts, level: str) -> str | None:
        if level == "commune":
            return facts.commune
        if facts.department not in self._home:
            return None
        return facts.department if level == "department" else "both"

    def _text(self, said: Description, communes: Mapping[str, str]) -> str:
        level = said.level
        what = _NAMES[level.activity](said.activity) if level.activity in _NAMES else UNKNOWN_ACTIVITY
        if level.place == "commune":
            where = communes.get(said.place, UNKNOWN_PLACE)
        else:
            within = sorted(self._home, reverse=True) if level.place == "both" else [said.place]
            where = " ou ".join(DEPARTMENTS.get(one, one) for one in within) or UNKNOWN_PLACE
        parts = [f"Entreprise à reprendre{NBSP}: {what}", where]
        if level.size != "none":
            parts.append(_size_text(said.size, FINE if level.size == "fine" else COARSE))
        return ", ".join(parts)


def _size(headcount: int | None, level: str) -> int | None:
    """Return the band of a headcount, by its place among the bands; -1 where it is left out."""
    if level == "none":
        return -1
    bands = FINE if level == "fine" else COARSE
    return None if headcount is None else sum(headcount >= least for least in bands) - 1


_ACTIVITIES: dict[str, Callable[[str | None], str | None]] = {
    "class": lambda code: code if code and naf_name(code) else None,
    "group": lambda code: code[:4] if code and group_name(code[:4]) else None,
    "division": lambda code: code[:2] if code and division_name(code) else None,
    "section": lambda code: str(start) if code and (start := section_start(code)) else None,
    "none": lambda _code: "",
}
_NAMES: dict[str, Callable[[str], str | None]] = {
    "class": naf_name,
    "group": group_name,
    "division": division_name,
    "section": lambda start: section_name(start.zfill(2)),
}
# What each generalisation costs a reader. The trade is what they look for first: it is given up last.
_COSTS = {"class": 0, "group": 2, "division": 5, "section": 9, "none": 14}
_PLACES = {"commune": 0, "department": 1, "both": 4}
_SIZES = {"fine": 0, "coarse": 1, "none": 2}
LEVELS: tuple[Level, ...] = tuple(
    sorted(
        (Level(*one) for one in product(_COSTS, _PLACES, _SIZES)),
        key=lambda one: (_COSTS[one.activity] + _PLACES[one.place] + _SIZES[one.size], _COSTS[one.activity], one),
    )
)
# What is said where nothing is common enough: a département has thousands of establishments, known to us or not.
LAST = Level("none", "department", "none")


def _size_text(band: int, bands: Sequence[int]) -> str:
    low, high = bands[band], bands[band + 1] - 1 if band + 1 < len(bands) else None
    if high is None:
        return f"{low}{NBSP}salariés ou plus"
    if low == 0:
        return "sans salarié" if high == 0 else f"moins de {high + 1}{NBSP}salariés"
    return f"{low} à {high}{NBSP}salariés"


def teaser_of(session: Session, opportunity: Opportunity, home: Sequence[str]) -> Teaser:
    """Return the teaser of a confidential case, among what is public at this moment."""
    case = queries.takeover_case_of(session, opportunity.id)
    facts = facts_of(opportunity, case.headcount if case else None)
    commune = session.get(Commune, facts.commune) if facts.commune else None
    names = {commune.code: commune.name} if commune else {}
    return Teasers(reveal_queries.public_establishments(session), home).of(facts, names)


def read_teaser(engine: Engine, opportunity: Opportunity) -> Teaser:
    """Return what outsiders read, or would read, of a confidential case."""
    with reading(engine) as session:
        return teaser_of(session, opportunity, home_departments())


def home_departments() -> list[str]:
    """Return the desk's départements, as the settings say."""
    return settings().departments.split(",")
