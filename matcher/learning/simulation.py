"""Simulated partners whose true weights are known: their queries, candidates and ratings.

The simulation does not share the form of the learner: grades are quantiles of utilities, not draws from a logistic
function; raters know the features that are unknown to the engine; they look at the top of a list, less as ranks grow;
one answer in ten is random; and one rater may answer the opposite of the truth.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from matcher.features import FEATURES
from matcher.learning.observations import OBJECTS_TO, Objection, Observation
from matcher.learning.table import examination
from matcher.scoring import PRIOR, Weights, WeightsByRole, contributions, logits
from matcher.types import FloatArray, Role

FIRST_DAY = date(2026, 1, 5)

# Shares of a query's candidates below grades 1, 2 and 3: most candidates are of no use.
GRADE_SHARES = (0.75, 0.88, 0.95)

GROUPS = ("actor_kind:scop", "actor_kind:ei", "actor_kind:association", "actor_kind:company")

DEPARTMENTS = ("department:26", "department:07")

# Probability that a feature is unknown to the engine, as on the real desk (docs/quality.md).
UNKNOWN = {"sector": 0.1, "nearness": 0.05, "capacity": 0.4, "seeking": 0.7, "freshness": 0.1, "vocation": 1.0}

HOSTILE = "hostile"

TAKEOVER_ROLES = tuple(role for role in Role if role != Role.SUPPLY)

# Objections that simulated raters choose from: the part that is missing most by their own weights.
_OBJECTIONS = (
    Objection.OTHER_TRADE,
    Objection.TOO_FAR,
    Objection.NO_CAPACITY,
    Objection.NOT_INTERESTED,
    Objection.TOO_SHORT,
)


@dataclass(frozen=True)
class Habits:
    """How simulated partners behave.

    spread: standard deviation of ln(true weight / prior weight); role_spread: of a role's weights around the common
    ones, likewise. own_taste: standard deviation of a rater's own view, in units of the utilities' deviation.
    random_share: share of random answers. objecting: share of honest nos with an objection. eta: rank r is looked at
    with probability r^−eta. explored: probability that the last place shown goes to a candidate drawn from the rest.
    takeovers: share of queries, a fifth of them in each of their roles. candidates: of a query. list_length: places
    shown. hostile_ratio: hostile ratings per honest rating.
    """

    spread: float = 0.8
    role_spread: float = 0.3
    raters: int = 12
    own_taste: float = 0.3
    random_share: float = 0.1
    objecting: float = 0.5
    eta: float = 1.0
    explored: float = 0.5
    takeovers: float = 0.3
    candidates: int = 40
    list_length: int = 10
    hostile_ratio: float = 1.0


@dataclass(frozen=True)
class Case:
    """One simulated query: the true features of its candidates, and those that the engine knows.

    truth, known: `(n, n_features)`, known with NaN. utility: `(n,)`, true logits. grades: `(n,)`, 0 to 3.
    """

    id: str
    role: Role
    truth: FloatArray
    known: FloatArray
    utility: FloatArray
    grades: FloatArray
    groups: tuple[tuple[str, ...], ...]


def true_weights(rng: np.random.Generator, habits: Habits, prior: Weights = PRIOR) -> dict[Role, Weights]:
    """Draw the true weights of partners: the prior's times a random factor, and a smaller one by role."""
    common = {name: rng.normal(0, habits.spread) for name in FEATURES}
    return {
        role: replace(
            prior,
            values={
                name: float(value * np.exp(common[name] + rng.normal(0, habits.role_spread)))
                for name, value in prior.values.items()
            },
        )
        for role in Role
    }


def random_features(rng: np.random.Generator, n: int) -> FloatArray:
    """Draw features `(n, n_features)`: those of texts follow one hidden fit, others are independent."""
    fits = rng.beta(0.6, 1.6, n)
    draws = {
        "semantic": np.clip(0.25 + 0.6 * fits + rng.normal(0, 0.12, n), 0, 1),
        "said": np.clip(fits + rng.normal(0, 0.15, n) - 0.2, 0, 1),
        "words": np.clip(fits * rng.beta(1.2, 2.0, n), 0, 1),
        "spelling": np.clip(0.1 + fits * rng.beta(1.5, 2.5, n), 0, 1),
        "sector": np.clip(0.1 + 0.8 * fits + rng.normal(0, 0.2, n), 0, 1),
        "nearness": np.exp(-rng.gamma(1.8, 0.6, n)),
        "local_reach": rng.beta(1.5, 1.0, n),
        "capacity": rng.beta(2.5, 1.2, n),
        "seeking": (rng.random(n) < 0.7).astype(np.float64),
        "freshness": rng.beta(1.5, 1.5, n),
        # Every pair here is as a market's: no vocation counts.
        "vocation": np.ones(n),
    }
    return np.stack([draws[name] for name in FEATURES], axis=1)


def make_case(
    case_id: str, rng: np.random.Generator, truth: WeightsByRole, habits: Habits, features: FloatArray | None = None
) -> Case:
    """Make a query with drawn features, or with those given `(n, n_features)`, whose NaN are neutral in truth too."""
    draw = rng.random()
    role = (
        TAKEOVER_ROLES[int(draw / habits.takeovers * len(TAKEOVER_ROLES))] if draw < habits.takeovers else Role.SUPPLY
    )
    if features is None:
        features = random_features(rng, habits.candidates)
        rates = np.array([UNKNOWN.get(name, 0.0) for name in FEATURES])
        known = np.where(rng.random(features.shape) < rates, np.nan, features)
    else:
        known = features
    weights = truth[role]
    neutral = np.array([weights.neutral[name] for name in FEATURES])
    utility = logits(contributions(features, weights), weights)
    order = np.argsort(np.argsort(utility, kind="stable"), kind="stable") / len(utility)
    grades = np.searchsorted(GRADE_SHARES, order, side="right")
    groups = tuple(
        (GROUPS[int(rng.integers(len(GROUPS)))], DEPARTMENTS[int(rng.random() < 0.35)]) for _ in range(len(utility))
    )
    return Case(
        case_id,
        role,
        np.where(np.isnan(features), neutral, features),
        known,
        utility,
        grades.astype(np.float64),
        groups,
    )


def ratings(
    count: int,
    rng: np.random.Generator,
    truth: WeightsByRole,
    shown_by: WeightsByRole,
    habits: Habits,
    hostile: bool = False,
) -> list[Observation]:
    """Return `count` ratings in the order of time; each case's list, ranked by `shown_by`, is shown to one rater.

    hostile: all ratings come from one rater, who reads whole lists and answers the opposite of the truth.
    """
    observations: list[Observation] = []
    number = 0
    while len(observations) < count:
        case = make_case(f"{HOSTILE if hostile else 'case'}-{number:05d}", rng, truth, habits)
        rater = HOSTILE if hostile else f"rater-{int(rng.integers(habits.raters)):02d}"
        # Honest lists get about three ratings, hostile ones ten: both make about ten a day.
        day = number if hostile else number // 3
        observations += _rate(case, rater, day, rng, truth[case.role], shown_by[case.role], habits)
        number += 1
    return observations[:count]


def _rate(
    case: Case,
    rater: str,
    day: int,
    rng: np.random.Generator,
    truth: Weights,
    shown_by: Weights,
    habits: Habits,
) -> list[Observation]:
    """Return one rater's ratings of the candidates looked at in the list shown."""
    n = len(case.utility)
    rows, propensities = _listed(logits(contributions(case.known, shown_by), shown_by), rng, habits)
    taste = case.utility + rng.normal(0, habits.own_taste * case.utility.std(), n)
    place = np.argsort(np.argsort(taste, kind="stable"), kind="stable") / n
    opinion = np.searchsorted(GRADE_SHARES, place, side="right")
    hostile = rater == HOSTILE
    looked = rng.random(len(rows)) < examination(np.arange(1.0, len(rows) + 1), 0.0 if hostile else habits.eta)
    acts = []
    for rank, (row, propensity) in enumerate(zip(rows, propensities, strict=True), start=1):
        careless = rng.random() < habits.random_share
        objects = rng.random() < habits.objecting
        if not looked[rank - 1]:
            continue
        grade = int(rng.integers(4)) if careless else int(opinion[row])
        grade = 3 - grade if hostile else grade
        objection = None
        if grade == 0 and objects:
            objection = _pick(rng) if careless or hostile else _objection(case, row, truth)
        acts.append(
            Observation(
                query_id=case.id,
                candidate_id=f"{case.id}-{row:03d}",
                rater_id=rater,
                role=case.role,
                day=FIRST_DAY + timedelta(days=day),
                features=tuple(case.known[row].tolist()),
                grade=grade,
                objection=objection,
                rank=rank,
                propensity=propensity,
                groups=case.groups[row],
            )
        )
    return acts


def _listed(scores: FloatArray, rng: np.random.Generator, habits: Habits) -> tuple[list[int], list[float]]:
    """Return the rows shown, best first, and the propensity of each."""
    order = np.argsort(-scores, kind="stable").tolist()
    if len(order) <= habits.list_length:
        return order, [1.0] * len(order)
    head, rest = order[: habits.list_length - 1], order[habits.list_length - 1 :]
    pick = int(rng.integers(len(rest))) if rng.random() < habits.explored else 0
    chance = habits.explored / len(rest) + (1 - habits.explored if pick == 0 else 0.0)
    return [*head, rest[pick]], [1.0] * len(head) + [chance]


def _objection(case: Case, row: int, truth: Weights) -> Objection:
    """Return the objection to the part that is missing most, compared with the good candidates of the case."""
    usual = case.truth[case.grades >= 2].mean(axis=0) if (case.grades >= 2).any() else case.truth.mean(axis=0)
    missing: Mapping[str, float] = {
        name: truth.values[name] * float(usual[i] - case.truth[row, i]) for i, name in enumerate(FEATURES)
    }
    return max(_OBJECTIONS, key=lambda objection: sum(missing[name] for name in OBJECTS_TO[objection]))


def _pick(rng: np.random.Generator) -> Objection:
    return _OBJECTIONS[int(rng.integers(len(_OBJECTIONS)))]
