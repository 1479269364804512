"""Simulated partners whose true weights are known: how fast, and how safely, does tuning learn?

Nothing here follows the form of what learns: grades are shares of a ranking of utilities, not draws from a logistic
function; raters know what the engine does not (its unknown features); they see only the top of a list, less and less of
it as ranks grow; one answer in ten is given at random; and one rater may answer the opposite of what is true.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from matcher.features import FEATURES
from matcher.learning.gate import gate, ndcg, split
from matcher.learning.objective import Settings, examination
from matcher.learning.observations import OBJECTS_TO, Objection, Observation
from matcher.learning.posterior import learn
from matcher.scoring import PRIOR, Weights, WeightsByKind, contributions, logits
from matcher.types import FloatArray, OpportunityKind

FIRST_DAY = date(2026, 1, 5)

COUNTS = (0, 50, 200, 1000)

SEEDS = 24

# Of all candidates of a query, the share below which a grade of 1, of 2, of 3 begins: most are of no use.
GRADE_SHARES = (0.75, 0.88, 0.95)

GROUPS = ("actor_kind:scop", "actor_kind:ei", "actor_kind:association", "actor_kind:company")

DEPARTMENTS = ("department:26", "department:07")

# How often a feature is unknown to the engine, in the order of FEATURES; as on the real desk (docs/quality.md).
UNKNOWN = {"sector": 0.1, "nearness": 0.05, "capacity": 0.4, "seeking": 0.7, "freshness": 0.1}

HOSTILE = "hostile"

# What simulated people object: the most that is missing, by their own weights, beside the good ones of the case.
_OBJECTIONS = (
    Objection.OTHER_TRADE,
    Objection.TOO_FAR,
    Objection.NO_CAPACITY,
    Objection.NOT_INTERESTED,
    Objection.TOO_SHORT,
)


@dataclass(frozen=True)
class Habits:
    """How simulated people behave.

    spread: standard deviation of the logarithm of true weights over prior weights; kind_spread: the same of a kind's
    over the common ones. own_taste: of a rater's grades, in units of the utilities' own deviation. random_share: of
    answers. objecting: of honest nos that say why. eta: a rank r is looked at with probability r^−eta. explored: how
    often the last place shown is given to a candidate drawn from the rest. hostile_ratio: hostile ratings for one
    honest rating.
    """

    spread: float = 0.8
    kind_spread: float = 0.3
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
    """One simulated query: what is true of its candidates and what the engine knows of it.

    truth, known: `(n, n_features)`, known with NaN; utility: `(n,)`; grades: `(n,)` 0 to 3.
    """

    id: str
    kind: OpportunityKind
    truth: FloatArray
    known: FloatArray
    utility: FloatArray
    grades: FloatArray
    groups: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class CurvePoint:
    """Test nDCG@10 `(n_seeds,)` after `count` honest ratings.

    prior: with nothing learned. learned: all that was said, no gate. naive: the same, every rater at his word.
    gated: what the gate leaves active. best: the true weights, on what the engine knows; no
    ceiling, for neutral values stand in for what it does not know.
    """

    count: int
    hostile: bool
    prior: FloatArray
    learned: FloatArray
    naive: FloatArray
    gated: FloatArray
    best: FloatArray
    passed: FloatArray


def true_weights(rng: np.random.Generator, habits: Habits, prior: Weights = PRIOR) -> dict[OpportunityKind, Weights]:
    """Draw the weights that partners really go by: the prior's, each off by a factor, and a little more by kind."""
    common = {name: rng.normal(0, habits.spread) for name in FEATURES}
    return {
        kind: replace(
            prior,
            values={
                name: float(value * np.exp(common[name] + rng.normal(0, habits.kind_spread)))
                for name, value in prior.values.items()
            },
        )
        for kind in OpportunityKind
    }


def random_features(rng: np.random.Generator, n: int) -> FloatArray:
    """Draw features `(n, n_features)`: texts agree where the trade fits, the rest is independent."""
    fits = rng.beta(0.6, 1.6, n)
    draws = {
        "semantic": np.clip(0.25 + 0.6 * fits + rng.normal(0, 0.12, n), 0, 1),
        "words": np.clip(fits * rng.beta(1.2, 2.0, n), 0, 1),
        "spelling": np.clip(0.1 + fits * rng.beta(1.5, 2.5, n), 0, 1),
        "sector": np.clip(0.1 + 0.8 * fits + rng.normal(0, 0.2, n), 0, 1),
        "nearness": np.exp(-rng.gamma(1.8, 0.6, n)),
        "capacity": rng.beta(2.5, 1.2, n),
        "seeking": (rng.random(n) < 0.7).astype(np.float64),
        "freshness": rng.beta(1.5, 1.5, n),
    }
    return np.stack([draws[name] for name in FEATURES], axis=1)


def make_case(
    case_id: str, rng: np.random.Generator, truth: WeightsByKind, habits: Habits, features: FloatArray | None = None
) -> Case:
    """Make a query; its features are drawn, or those given `(n, n_features)`, whose NaN are neutral in truth too."""
    kind = OpportunityKind.TAKEOVER if rng.random() < habits.takeovers else OpportunityKind.MARKET
    if features is None:
        features = random_features(rng, habits.candidates)
        rates = np.array([UNKNOWN.get(name, 0.0) for name in FEATURES])
        known = np.where(rng.random(features.shape) < rates, np.nan, features)
    else:
        known = features
    weights = truth[kind]
    neutral = np.array([weights.neutral[name] for name in FEATURES])
    utility = logits(contributions(features, weights), weights)
    order = np.argsort(np.argsort(utility, kind="stable"), kind="stable") / len(utility)
    grades = np.searchsorted(GRADE_SHARES, order, side="right")
    groups = tuple(
        (GROUPS[int(rng.integers(len(GROUPS)))], DEPARTMENTS[int(rng.random() < 0.35)]) for _ in range(len(utility))
    )
    return Case(
        case_id,
        kind,
        np.where(np.isnan(features), neutral, features),
        known,
        utility,
        grades.astype(np.float64),
        groups,
    )


def ratings(
    count: int,
    rng: np.random.Generator,
    truth: WeightsByKind,
    shown_by: WeightsByKind,
    habits: Habits,
    hostile: bool = False,
) -> list[Observation]:
    """Return `count` ratings in the order of time: each case's list, by the active weights, is shown to one rater.

    hostile: the same of one rater alone, who reads whole lists and answers the opposite of what is true.
    """
    observations: list[Observation] = []
    number = 0
    while len(observations) < count:
        case = make_case(f"{HOSTILE if hostile else 'case'}-{number:05d}", rng, truth, habits)
        rater = HOSTILE if hostile else f"rater-{int(rng.integers(habits.raters)):02d}"
        # Honest lists get about three ratings, hostile ones ten: both make about ten a day.
        day = number if hostile else number // 3
        observations += _rate(case, rater, day, rng, truth[case.kind], shown_by[case.kind], habits)
        number += 1
    return observations[:count]


def learning_curve(
    counts: Sequence[int] = COUNTS,
    seeds: int = SEEDS,
    *,
    hostile: bool = False,
    habits: Habits | None = None,
    settings: Settings | None = None,
    prior: Weights = PRIOR,
    test_cases: int = 80,
) -> list[CurvePoint]:
    """Return how good the ranking is after each of `counts` ratings, over `seeds` worlds of true weights."""
    habits, settings = habits or Habits(), settings or Settings()
    rows = [_measure(counts, seed, hostile, habits, settings, prior, test_cases) for seed in range(seeds)]
    figures = np.array(rows, np.float64).reshape(seeds, len(counts), 6)
    return [CurvePoint(count, hostile, *figures[:, i].T) for i, count in enumerate(counts)]


def _measure(
    counts: Sequence[int],
    seed: int,
    hostile: bool,
    habits: Habits,
    settings: Settings,
    prior: Weights,
    test_cases: int,
) -> list[tuple[float, ...]]:
    """Return the six figures of a CurvePoint for one world, at each count; every part has its own stream of chance."""
    of_world, of_honest, of_hostile, of_test, of_gate = np.random.default_rng(seed).spawn(5)
    truth = true_weights(of_world, habits, prior)
    active: WeightsByKind = dict.fromkeys(OpportunityKind, prior)
    most = max(counts)
    honest = ratings(most, of_honest, truth, active, habits)
    lies = ratings(round(most * habits.hostile_ratio), of_hostile, truth, active, habits, True) if hostile else []
    tests = [make_case(f"test-{i:04d}", of_test, truth, habits) for i in range(test_cases)]
    before, best = quality(active, tests), quality(truth, tests)
    trusting = replace(settings, rater_correlation=0.0, rounds=0)
    points: list[tuple[float, ...]] = []
    for count in counts:
        told = honest[:count] + lies[: round(count * habits.hostile_ratio)]
        early, late = split(told)
        candidate = learn(early, prior, settings)
        verdict = gate(candidate.weights, active, late, of_gate, reliability=candidate.reliability)
        learned = quality(learn(told, prior, settings).weights, tests)
        naive = quality(learn(told, prior, trusting).weights, tests)
        gated = quality(candidate.weights, tests) if verdict.passed else before
        points.append((before, learned, naive, gated, best, float(verdict.passed)))
    return points


def quality(weights: WeightsByKind, cases: Sequence[Case]) -> float:
    """Return the mean nDCG@10 by the true grades, over what the engine knows; NaN without cases."""
    values = []
    for kind in OpportunityKind:
        mine = [case for case in cases if case.kind == kind]
        if mine:
            scores = logits(contributions(np.concatenate([case.known for case in mine]), weights[kind]), weights[kind])
            ends = np.cumsum([len(case.grades) for case in mine])[:-1]
            values += [ndcg(case.grades, part) for case, part in zip(mine, np.split(scores, ends), strict=True)]
    return float(np.mean(values)) if values else np.nan


def _rate(
    case: Case,
    rater: str,
    day: int,
    rng: np.random.Generator,
    truth: Weights,
    shown_by: Weights,
    habits: Habits,
) -> list[Observation]:
    """Return one rater's ratings of what he looked at of the list that he was shown."""
    n = len(case.utility)
    rows, chances = _shown(logits(contributions(case.known, shown_by), shown_by), rng, habits)
    taste = case.utility + rng.normal(0, habits.own_taste * case.utility.std(), n)
    place = np.argsort(np.argsort(taste, kind="stable"), kind="stable") / n
    opinion = np.searchsorted(GRADE_SHARES, place, side="right")
    hostile = rater == HOSTILE
    looked = rng.random(len(rows)) < examination(np.arange(1.0, len(rows) + 1), 0.0 if hostile else habits.eta)
    found = []
    for rank, (row, chance) in enumerate(zip(rows, chances, strict=True), start=1):
        careless = rng.random() < habits.random_share
        objects = rng.random() < habits.objecting
        if not looked[rank - 1]:
            continue
        grade = int(rng.integers(4)) if careless else int(opinion[row])
        grade = 3 - grade if hostile else grade
        objection = None
        if grade == 0 and objects:
            objection = _pick(rng) if careless or hostile else _objection(case, row, truth)
        found.append(
            Observation(
                query_id=case.id,
                candidate_id=f"{case.id}-{row:03d}",
                rater_id=rater,
                kind=case.kind,
                day=FIRST_DAY + timedelta(days=day),
                features=tuple(case.known[row].tolist()),
                grade=grade,
                objection=objection,
                rank=rank,
                propensity=chance,
                groups=case.groups[row],
            )
        )
    return found


def _shown(scores: FloatArray, rng: np.random.Generator, habits: Habits) -> tuple[list[int], list[float]]:
    """Return the rows shown, best first, and the chance that each had to be in the list."""
    order = np.argsort(-scores, kind="stable").tolist()
    if len(order) <= habits.list_length:
        return order, [1.0] * len(order)
    head, rest = order[: habits.list_length - 1], order[habits.list_length - 1 :]
    pick = int(rng.integers(len(rest))) if rng.random() < habits.explored else 0
    chance = habits.explored / len(rest) + (1 - habits.explored if pick == 0 else 0.0)
    return [*head, rest[pick]], [1.0] * len(head) + [chance]


def _objection(case: Case, row: int, truth: Weights) -> Objection:
    usual = case.truth[case.grades >= 2].mean(axis=0) if (case.grades >= 2).any() else case.truth.mean(axis=0)
    missing: Mapping[str, float] = {
        name: truth.values[name] * float(usual[i] - case.truth[row, i]) for i, name in enumerate(FEATURES)
    }
    return max(_OBJECTIONS, key=lambda one: sum(missing[name] for name in OBJECTS_TO[one]))


def _pick(rng: np.random.Generator) -> Objection:
    return _OBJECTIONS[int(rng.integers(len(_OBJECTIONS)))]
