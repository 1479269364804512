"""What a teaser is generalised from: the facts of a case or an establishment, and their values at each level."""

from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from api.catalogue.activities import section_start
from api.core import official_codes

# The least of each headcount band, fine and coarse.
FINE, COARSE = (0, 1, 3, 6, 10, 20, 50, 100), (0, 10, 50)


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


def facts_of(row: Any, headcount: int | None = None, headcount_band: str | None = None) -> Facts:
    """Return the facts of an actor's or an opportunity's row."""
    if headcount is None:
        headcount = official_codes.HEADCOUNT_BANDS.get(headcount_band or "NN", (None, None))[0]
    return Facts(row.naf[0]["code"] if row.naf else None, row.commune_code, row.department, headcount)


# Most establishments do not change between two divisions: their values are kept.
@lru_cache(maxsize=1 << 17)
def step_values(facts: Facts) -> StepValues:
    """Return the values of facts at each of STEPS."""
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
