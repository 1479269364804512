"""Challenge: judged queries → learned scorers against the prior, under nested cross-validation, and verdicts."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from api.core.errors import SourceError
from api.core.json_values import to_json
from api.evaluation.evaluate import Told
from matcher.columns import Encode
from matcher.evaluation.cross_validation import (
    OUTER_FOLDS,
    Trial,
    Verdict,
    challenge,
    judge,
    measure_all,
    spread,
    steps,
)
from matcher.evaluation.datasets import Dataset
from matcher.evaluation.learned_scorers import Learner, Linear, boosted, linear
from matcher.evaluation.measures import Comparison, Interval, compare, interval, per_query
from matcher.scoring import Weights
from matcher.types import Run

PRIOR, LINEAR, BOOSTED = "prior", "linear", "boosted"


@dataclass(frozen=True)
class Contender:
    """One scorer, measured: `settings`, what was chosen in each outer fold, and `verdict` are the challengers' only."""

    name: str
    measures: dict[str, Interval]
    settings: tuple[str, ...] = ()
    verdict: Verdict | None = None


@dataclass(frozen=True)
class Duel:
    """Query by query, the values of one scorer less those of another, by measure."""

    one: str
    other: str
    measures: dict[str, Comparison]


@dataclass(frozen=True)
class Challenge:
    """What was found. weights: feature → the prior's weight; mean, standard deviation over folds of what was learned.

    groups: how many lots of queries that are never parted, for they share a buyer or a département.
    """

    dataset: str
    queries: int
    candidates: int
    groups: int
    contenders: tuple[Contender, ...]
    duels: tuple[Duel, ...]
    weights: dict[str, tuple[float, float, float]]

    def as_json(self) -> dict[str, Any]:
        """Return plain values; what is undefined is null."""
        return {name: to_json(value) for name, value in asdict(self).items()}


def run_challenge(
    data: Dataset,
    encode: Encode,
    prior: Weights,
    similarity_range: tuple[float, float],
    *,
    measuring: Told | None = None,
    learning: Told | None = None,
) -> Challenge:
    """Learn, rank and compare. Raises SourceError where the queries fall into too few groups to be told apart."""
    measured = measure_all(data, encode, prior, similarity_range, told=measuring)
    groups = len({query.group for query in measured.queries})
    if groups < 2 * OUTER_FOLDS:
        raise SourceError(f"{data.name} : {groups} groupes d’acheteurs, trop peu pour une validation croisée")
    learners: dict[str, Learner] = {LINEAR: linear(prior), BOOSTED: boosted(prior)}
    done, total = 0, sum(steps(learner) for learner in learners.values())

    def learned() -> None:
        nonlocal done
        done += 1
        if learning:
            learning(done, total)

    trials = {name: challenge(measured, learner, learned) for name, learner in learners.items()}
    runs: dict[str, Run] = {PRIOR: {query.id: measured.rank(query, Linear(prior)) for query in measured.queries}}
    runs |= {name: trial.run for name, trial in trials.items()}
    values = {name: per_query(data.qrels, run, data.classes or None) for name, run in runs.items()}
    return Challenge(
        dataset=data.name,
        queries=len(data.opportunities),
        candidates=len(data.actors),
        groups=groups,
        contenders=tuple(_contender(name, values, trials.get(name)) for name in values),
        duels=tuple(_duel(*sides, values) for sides in ((LINEAR, PRIOR), (BOOSTED, PRIOR), (BOOSTED, LINEAR))),
        weights={name: (prior.values[name], *found) for name, found in spread(trials[LINEAR]).items()},
    )


def _contender(name: str, values: Mapping[str, Mapping[str, Any]], trial: Trial | None) -> Contender:
    return Contender(
        name,
        {measure: interval(column) for measure, column in values[name].items()},
        trial.settings if trial else (),
        judge(values[name], values[PRIOR]) if trial else None,
    )


def _duel(one: str, other: str, values: Mapping[str, Mapping[str, Any]]) -> Duel:
    return Duel(one, other, {name: compare(column, values[other][name]) for name, column in values[one].items()})
