"""A learned scorer against the prior, on judgments: nested cross-validation, so that nothing is tried where it learned.

Outer folds: each query is ranked once, by a scorer that saw no contract of its buyer. Inner folds, within the outer
training queries only: how hard to learn (Stone 1974; Varma & Simon 2006).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from sklearn.model_selection import GroupKFold

from matcher.columns import Encode
from matcher.eligibility import Condition, conditions
from matcher.evaluation.datasets import Dataset
from matcher.evaluation.learned_scorers import Choices, Learner, Linear, Scorer
from matcher.evaluation.measures import CLASS_HIT, DEPTH, Comparison, compare, per_query
from matcher.features import FEATURES, Pairs, measure
from matcher.index import ActorIndex, OpportunityIndex
from matcher.ranking import best_units, diversify
from matcher.scoring import Weights
from matcher.types import BoolArray, FloatArray, IntArray, Qrels, Run

OUTER_FOLDS, INNER_FOLDS = 5, 3
# Of those who did not win, a query teaches by the best ones by the prior, and by some drawn from the rest.
FRONT, DRAWN = 150, 50
MAIN_MEASURE = "nDCG@10"
SIGNIFICANT = 0.05

Told = Callable[[int, int], None]


@dataclass(frozen=True)
class MeasuredQuery:
    """What one query's eligible candidates measure.

    units: `(n,)` rows of the actors' index; features: `(n, n_features)` float32. sample: `(m,)` positions among the n
    that are learned from, won and stands_for `(m,)` as in Choices. group: queries of one group are never parted.
    """

    id: str
    group: int
    units: IntArray
    features: FloatArray
    sample: IntArray
    won: BoolArray
    stands_for: FloatArray


@dataclass(frozen=True)
class Measured:
    """All judged queries in the order of their ids; `ids` of the actors, `owner` and `trades` of the index's units."""

    queries: tuple[MeasuredQuery, ...]
    ids: tuple[str, ...]
    owner: IntArray
    trades: IntArray
    qrels: Qrels

    def rank(self, query: MeasuredQuery, scorer: Scorer, k: int = DEPTH) -> list[str]:
        """Return the first k candidates' ids, ordered as the product does: ties by id, trades taking turns."""
        scores = scorer.score(query.features)
        best = best_units(scores, np.ones(len(scores), np.bool_), self.owner[query.units])
        chosen = diversify(best, scores, self.trades[query.units], k)
        return [self.ids[self.owner[query.units[row]]] for row in chosen]

    def choices(self, positions: Sequence[int] | IntArray) -> Choices:
        """Return what the queries at these positions teach."""
        rows = [self.queries[position] for position in positions]
        return Choices(
            features=np.concatenate([row.features[row.sample] for row in rows]),
            won=np.concatenate([row.won for row in rows]),
            query=np.repeat(np.arange(len(rows)), [len(row.sample) for row in rows]),
            stands_for=np.concatenate([row.stands_for for row in rows]),
        )


def measure_all(
    data: Dataset,
    encode: Encode,
    prior: Weights,
    similarity_range: tuple[float, float],
    *,
    seed: int = 0,
    told: Told | None = None,
) -> Measured:
    """Measure every judged query's eligible candidates, by the product's own path."""
    actors = ActorIndex.build(data.actors, encode)
    ids = tuple(actor.id for actor in actors.actors)
    groups, relevant = inseparable(data), data.relevant
    found = []
    for done, query in enumerate(sorted(data.opportunities, key=lambda query: query.id), start=1):
        pairs = Pairs(OpportunityIndex.build([query], encode), actors, similarity_range, data.today)
        units = np.flatnonzero(conditions(pairs) == Condition.ELIGIBLE)
        features = measure(pairs)[units].astype(np.float32)
        best = best_units(Linear(prior).score(features), np.ones(len(units), np.bool_), actors.owner[units])
        grades = data.qrels[query.id]
        won = np.array([grades.get(ids[owner], 0) >= relevant for owner in actors.owner[units[best]]], np.bool_)
        # The query's own seed: what it draws does not depend on the other queries.
        rng = np.random.default_rng([seed, zlib.crc32(query.id.encode())])
        chosen, stands_for = sampled(won, rng)
        found.append(MeasuredQuery(query.id, groups[query.id], units, features, best[chosen], won[chosen], stands_for))
        if told:
            told(done, len(data.opportunities))
    return Measured(tuple(found), ids, actors.owner, actors.naf[:, 0], data.qrels)


def sampled(won: BoolArray, rng: np.random.Generator) -> tuple[IntArray, FloatArray]:
    """Return which of the candidates, best first by the prior, are learned from, and how many each stands for.

    won: `(n,)`. All winners, the FRONT best others, DRAWN of the rest; two arrays `(m,)`.
    """
    losers = np.flatnonzero(~won)
    rest = losers[FRONT:]
    drawn = rng.choice(rest, min(DRAWN, len(rest)), replace=False)
    sure = np.concatenate([np.flatnonzero(won), losers[:FRONT]])
    weight = len(rest) / max(len(drawn), 1)
    return np.concatenate([sure, drawn]), np.repeat([1.0, weight], [len(sure), len(drawn)])


def inseparable(data: Dataset) -> dict[str, int]:
    """Return query id → group: queries that share a buyer, or a département, directly or through others.

    Where most buyers are not named, as in `awards-dev`, the name alone would not keep a buyer on one side; most buy in
    one département.
    """
    queries = data.opportunities
    ties = [(i, f"buyer {data.groups[query.id]}") for i, query in enumerate(queries)]
    ties += [(i, f"department {query.department}") for i, query in enumerate(queries) if query.department]
    column = {name: position for position, name in enumerate(sorted({name for _, name in ties}))}
    rows, columns = [i for i, _ in ties], [column[name] for _, name in ties]
    shared = sparse.csr_matrix((np.ones(len(ties)), (rows, columns)), (len(queries), len(column)))
    _, label = sparse.csgraph.connected_components(shared @ shared.T, directed=False)
    # Named by its least query id, a group does not depend on the order of the queries.
    ordered = sorted(range(len(queries)), key=lambda i: queries[i].id)
    number: dict[int, int] = {}
    return {queries[i].id: number.setdefault(int(label[i]), len(number)) for i in ordered}


def folds(groups: Sequence[int], n: int) -> list[tuple[IntArray, IntArray]]:
    """Return n pairs of positions to learn from and positions to try on; no group is on both sides.

    Raises ValueError where there are fewer groups than folds.
    """
    return [(train, test) for train, test in GroupKFold(n).split(np.zeros(len(groups)), groups=np.array(groups))]


@dataclass(frozen=True)
class Trial:
    """What came of one challenger: a ranking of every query, and for each outer fold the scorer and its setting."""

    run: Run
    scorers: tuple[Scorer, ...]
    settings: tuple[str, ...]


def steps(learner: Learner) -> int:
    """Return how many times `challenge` learns."""
    return OUTER_FOLDS * (INNER_FOLDS * len(learner) + 1)


def challenge(measured: Measured, learner: Learner, told: Callable[[], None] | None = None) -> Trial:
    """Rank each query by a scorer learned, and its setting chosen, without its group. `told` at each learning."""
    run: dict[str, list[str]] = {}
    scorers, settings = [], []
    for train, test in folds([query.group for query in measured.queries], OUTER_FOLDS):
        setting = choose(measured, train, learner, told)
        scorer = learner[setting](measured.choices(train))
        if told:
            told()
        run |= _ranked(measured, test, scorer)
        scorers.append(scorer)
        settings.append(setting)
    return Trial(run, tuple(scorers), tuple(settings))


def choose(measured: Measured, positions: IntArray, learner: Learner, told: Callable[[], None] | None = None) -> str:
    """Return the setting with the highest mean nDCG@10 over the inner folds of these queries; the first, if several."""
    runs: dict[str, dict[str, list[str]]] = {setting: {} for setting in learner}
    for train, test in folds([measured.queries[i].group for i in positions], INNER_FOLDS):
        choices = measured.choices(positions[train])
        for setting, fit in learner.items():
            runs[setting] |= _ranked(measured, positions[test], fit(choices))
            if told:
                told()
    qrels = {measured.queries[i].id: measured.qrels[measured.queries[i].id] for i in positions}
    means = {setting: np.nanmean(per_query(qrels, run)[MAIN_MEASURE]) for setting, run in runs.items()}
    return max(means, key=lambda setting: round(float(means[setting]), 9))


def _ranked(measured: Measured, positions: IntArray, scorer: Scorer) -> dict[str, list[str]]:
    return {measured.queries[i].id: measured.rank(measured.queries[i], scorer) for i in positions}


@dataclass(frozen=True)
class Verdict:
    """Whether a challenger is kept, and on what: its values less the prior's. `class_hit`: None without classes."""

    kept: bool
    main: Comparison
    class_hit: Comparison | None


def judge(challenger: Mapping[str, FloatArray], prior: Mapping[str, FloatArray]) -> Verdict:
    """Keep a challenger only if its nDCG@10 is surely higher and NAF-hit@10 not surely lower.

    Both: measure → values `(n_queries,)`, as `per_query` returns.
    """
    main = compare(challenger[MAIN_MEASURE], prior[MAIN_MEASURE])
    hit = compare(challenger[CLASS_HIT], prior[CLASS_HIT]) if CLASS_HIT in prior else None
    falls = hit is not None and hit.difference < 0 and hit.p < SIGNIFICANT
    return Verdict(main.difference > 0 and main.p < SIGNIFICANT and not falls, main, hit)


def spread(trial: Trial) -> dict[str, tuple[float, float]]:
    """Return the mean and the standard deviation over outer folds of each weight; empty where nothing has weights."""
    learned = [scorer.weights for scorer in trial.scorers if isinstance(scorer, Linear)]
    if not learned:
        return {}
    values = np.array([[weights.values[name] for name in FEATURES] for weights in learned])
    return dict(zip(FEATURES, zip(values.mean(axis=0).tolist(), values.std(axis=0).tolist(), strict=True), strict=True))
