"""Cross-validation: judged queries → learned scorers against the prior, compared in pairs, with verdicts."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from api.core.errors import SourceError
from api.core.json_values import to_json
from api.core.progress import Progress
from matcher.columns import Encode
from matcher.evaluation.boosted_scorer import boosted
from matcher.evaluation.cross_validation import (
    OUTER_FOLDS,
    Trial,
    Verdict,
    cross_validate,
    judge,
    spread,
    steps,
)
from matcher.evaluation.datasets import Dataset
from matcher.evaluation.learned_scorers import Learner
from matcher.evaluation.linear_scorer import Linear, linear
from matcher.evaluation.measured_queries import measure_all
from matcher.evaluation.measures import Comparison, Interval, compare, interval, per_query
from matcher.scoring import Weights
from matcher.types import Run

PRIOR, LINEAR, BOOSTED = "prior", "linear", "boosted"
# Field → key that `api.cli challenge --json` prints.
_JSON_KEYS = {"systems": "contenders", "comparisons": "duels", "system": "one", "baseline": "other"}


@dataclass(frozen=True)
class ValidatedSystem:
    """One system: its measures; of a learned one also its verdict and its `settings`, chosen in each outer fold."""

    name: str
    measures: dict[str, Interval]
    settings: tuple[str, ...] = ()
    verdict: Verdict | None = None


@dataclass(frozen=True)
class PairwiseComparison:
    """By measure, the values of a system minus those of a baseline, query by query."""

    system: str
    baseline: str
    measures: dict[str, Comparison]


@dataclass(frozen=True)
class CrossValidation:
    """Results on one test collection.

    groups: number of groups of queries that share a buyer or a département and stay in one fold.
    weights: feature → the prior's weight, and the mean and standard deviation over folds of the learned weight.
    """

    dataset: str
    queries: int
    candidates: int
    groups: int
    systems: tuple[ValidatedSystem, ...]
    comparisons: tuple[PairwiseComparison, ...]
    weights: dict[str, tuple[float, float, float]]

    def as_json(self) -> dict[str, Any]:
        """Return values for JSON, null where undefined."""
        content = asdict(self)
        content["comparisons"] = [_json_keys(row) for row in content["comparisons"]]
        return {name: to_json(value) for name, value in _json_keys(content).items()}


def cross_validate_scorers(
    data: Dataset,
    encode: Encode,
    prior: Weights,
    similarity_range: tuple[float, float],
    *,
    measuring: Progress | None = None,
    learning: Progress | None = None,
) -> CrossValidation:
    """Learn, rank and compare; `measuring` and `learning` are called as either progresses.

    Raises SourceError where the queries fall into too few groups for the folds.
    """
    measured = measure_all(data, encode, prior, similarity_range, progress=measuring)
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

    trials = {name: cross_validate(measured, learner, learned) for name, learner in learners.items()}
    runs: dict[str, Run] = {PRIOR: {query.id: measured.rank(query, Linear(prior)) for query in measured.queries}}
    runs |= {name: trial.run for name, trial in trials.items()}
    values = {name: per_query(data.qrels, run, data.classes or None) for name, run in runs.items()}
    return CrossValidation(
        dataset=data.name,
        queries=len(data.opportunities),
        candidates=len(data.actors),
        groups=groups,
        systems=tuple(_system(name, values, trials.get(name)) for name in values),
        comparisons=tuple(
            _comparison(*pair, values) for pair in ((LINEAR, PRIOR), (BOOSTED, PRIOR), (BOOSTED, LINEAR))
        ),
        weights={
            name: (prior.values[name], *learned_weight) for name, learned_weight in spread(trials[LINEAR]).items()
        },
    )


def _system(name: str, values: Mapping[str, Mapping[str, Any]], trial: Trial | None) -> ValidatedSystem:
    return ValidatedSystem(
        name,
        {measure: interval(column) for measure, column in values[name].items()},
        trial.settings if trial else (),
        judge(values[name], values[PRIOR]) if trial else None,
    )


def _comparison(system: str, baseline: str, values: Mapping[str, Mapping[str, Any]]) -> PairwiseComparison:
    differences = {name: compare(column, values[baseline][name]) for name, column in values[system].items()}
    return PairwiseComparison(system, baseline, differences)


def _json_keys(row: dict[str, Any]) -> dict[str, Any]:
    return {_JSON_KEYS.get(name, name): value for name, value in row.items()}
