"""Ratings and outcomes as observations to learn from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from matcher.features import FEATURES
from matcher.types import Form, Role

# Grade → probability that a call is worth making, which is what a score estimates. Not 0 and 1: one answer in twenty is
# taken to be a slip, so that no single answer asks for an infinite weight; 1 (« à la rigueur ») is below even odds.
TARGETS = (0.05, 0.35, 0.75, 0.95)
# An outcome is a fact, a rating an opinion: an outcome counts as this many ratings.
OUTCOME_WEIGHT = 4.0


class Outcome(StrEnum):
    """How the case ended."""

    WON = "won"
    LOST = "lost"


# Outcomes as grades: a lost case was worth pursuing, but did not fit in the end.
OUTCOME_GRADES = {Outcome.WON: 3, Outcome.LOST: 1}


class Objection(StrEnum):
    """Why a partner said no."""

    TOO_FAR = "too_far"
    OTHER_TRADE = "other_trade"
    NO_CAPACITY = "no_capacity"
    WRONG_SIZE = "wrong_size"
    TOO_SHORT = "too_short"
    NOT_INTERESTED = "not_interested"
    MISSING_APPROVAL = "missing_approval"
    ALREADY_POSITIONED = "already_positioned"
    DUPLICATE = "duplicate"


# Features that an objection is about. The last three are about none: they call for a record to be corrected (an
# approval that was not known, a duplicate) or say nothing about how well the two fit. Nothing is learned from them.
OBJECTS_TO: Mapping[Objection, tuple[str, ...]] = {
    Objection.TOO_FAR: ("nearness", "local_reach"),
    Objection.OTHER_TRADE: ("semantic", "said", "words", "spelling", "sector"),
    Objection.NO_CAPACITY: ("capacity",),
    Objection.WRONG_SIZE: ("capacity",),
    Objection.TOO_SHORT: ("freshness",),
    Objection.NOT_INTERESTED: ("seeking",),
    Objection.MISSING_APPROVAL: (),
    Objection.ALREADY_POSITIONED: (),
    Objection.DUPLICATE: (),
}


@dataclass(frozen=True)
class Observation:
    """One act on one pair: a grade (with, for a 0, perhaps an objection) or an outcome.

    features: `(n_features,)` in the order of FEATURES, NaN unknown, as they were when the pair was shown.
    rank: in the list that was shown, first is 1; None without a list, as for a pair entered by hand.
    propensity: in ]0, 1], the probability that the list contained the pair; whether its rank was looked at is modelled
    apart (`objective.examination`).
    form: of the opportunity, by which the score is calibrated.
    groups: what the gate protects, as `actor_kind:scop` or `department:26`.

    Raises ValueError where a value is out of its range, or unless exactly one of grade and outcome is given.
    """

    query_id: str
    candidate_id: str
    rater_id: str
    role: Role
    day: date
    features: tuple[float, ...]
    grade: int | None = None
    outcome: Outcome | None = None
    objection: Objection | None = None
    rank: int | None = None
    propensity: float = 1.0
    groups: tuple[str, ...] = ()
    form: Form = Form.FULL

    def __post_init__(self) -> None:
        if (self.grade is None) == (self.outcome is None):
            raise ValueError("an observation is either a grade or an outcome")
        if self.grade is not None and self.grade not in range(len(TARGETS)):
            raise ValueError(f"a grade is one of 0 to {len(TARGETS) - 1}, not {self.grade}")
        if self.objection is not None and self.grade != 0:
            raise ValueError("only a grade of 0 has an objection")
        if len(self.features) != len(FEATURES) or any(value < 0 or value > 1 for value in self.features):
            raise ValueError(f"features are {len(FEATURES)} values in [0, 1], NaN where unknown")
        if not 0 < self.propensity <= 1 or (self.rank is not None and self.rank < 1):
            raise ValueError("ranks start at 1 and a thing that was rated had some chance to be shown")

    @property
    def relevance(self) -> int:
        """The grade, or the outcome as a grade."""
        if self.outcome is not None:
            return OUTCOME_GRADES[self.outcome]
        assert self.grade is not None
        return self.grade

    @property
    def teaches(self) -> bool:
        """Whether it says how well the two fit."""
        return self.objection is None or bool(OBJECTS_TO[self.objection])


def latest(observations: Sequence[Observation]) -> list[Observation]:
    """Return the observations that teach, sorted: each rater's last grade and last outcome of each pair."""
    ordered = sorted((act for act in observations if act.teaches), key=_sort_key)
    return list({(act.rater_id, act.query_id, act.candidate_id, act.outcome is None): act for act in ordered}.values())


def _sort_key(observation: Observation) -> tuple[object, ...]:
    features = tuple(-1.0 if value != value else value for value in observation.features)
    act = (
        observation.relevance,
        observation.outcome or "",
        observation.objection or "",
        observation.rank or 0,
        observation.propensity,
        observation.role,
        features,
    )
    return (observation.query_id, observation.candidate_id, observation.rater_id, observation.day, *act)
