"""Judged queries measured once: the features of their eligible candidates, and the sample that scorers learn from."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from matcher.columns import Encode
from matcher.eligibility import Condition, conditions
from matcher.evaluation.datasets import Dataset
from matcher.evaluation.learned_scorers import Choices, Scorer
from matcher.evaluation.linear_scorer import Linear
from matcher.evaluation.runs import DEPTH, Progress
from matcher.features import Pairs, measure
from matcher.index import ActorIndex, OpportunityIndex
from matcher.ranking import best_units, one_place
from matcher.scoring import Weights
from matcher.types import BoolArray, FloatArray, IntArray, Qrels, Role

# Losers of a query to learn from: so many of the best by the prior, and so many drawn from the rest.
FRONT, DRAWN = 150, 50


@dataclass(frozen=True)
class MeasuredQuery:
    """The eligible candidates of one query, measured.

    units: `(n,)`, rows of the actors' index. features: `(n, n_features)` float32. sample: `(m,)`, positions among the n
    that are learned from; won, stands_for: `(m,)`, as in Choices. group: queries of one group stay in one fold.
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
    """All judged queries in the order of their ids; `ids` of the actors; `owner`, `via` and `members` as in
    `matcher.ranking.one_place`."""

    queries: tuple[MeasuredQuery, ...]
    ids: tuple[str, ...]
    owner: IntArray
    qrels: Qrels
    via: Mapping[int, int] = field(default_factory=dict)
    members: Mapping[int, frozenset[int]] = field(default_factory=dict)

    def rank(self, query: MeasuredQuery, scorer: Scorer, k: int = DEPTH) -> list[str]:
        """Return the ids of the first k candidates, in the product's own order: by score, ties by id."""
        scores = scorer.score(query.features)
        best = best_units(scores, np.ones(len(scores), np.bool_), self.owner[query.units])
        rows, _ = one_place(query.units[best], self.owner, self.via, self.members)
        return [self.ids[self.owner[row]] for row in rows[:k]]

    def choices(self, positions: Sequence[int] | IntArray) -> Choices:
        """Return the sampled candidates of the queries at these positions."""
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
    progress: Progress | None = None,
) -> Measured:
    """Measure every judged query's eligible candidates, by the product's own path.

    `progress` is called after each query with the number done and their total.
    """
    actors = ActorIndex.build(data.actors, encode)
    ids = tuple(actor.id for actor in actors.actors)
    groups, relevant = inseparable(data), data.relevant
    measured = []
    for done, query in enumerate(sorted(data.opportunities, key=lambda query: query.id), start=1):
        pairs = Pairs(OpportunityIndex.build([query], encode), actors, similarity_range, data.today, Role.SUPPLY)
        units = np.flatnonzero(conditions(pairs) == Condition.ELIGIBLE)
        features = measure(pairs)[units].astype(np.float32)
        best = best_units(Linear(prior).score(features), np.ones(len(units), np.bool_), actors.owner[units])
        grades = data.qrels[query.id]
        won = np.array([grades.get(ids[owner], 0) >= relevant for owner in actors.owner[units[best]]], np.bool_)
        # Each query has its own seed: its draws do not depend on the other queries.
        rng = np.random.default_rng([seed, zlib.crc32(query.id.encode())])
        chosen, stands_for = sampled(won, rng)
        measured.append(
            MeasuredQuery(query.id, groups[query.id], units, features, best[chosen], won[chosen], stands_for)
        )
        if progress:
            progress(done, len(data.opportunities))
    return Measured(tuple(measured), ids, actors.owner, data.qrels, actors.members_of_units, actors.members)


def sampled(won: BoolArray, rng: np.random.Generator) -> tuple[IntArray, FloatArray]:
    """Return positions `(m,)` of the candidates to learn from, and how many candidates each stands for `(m,)`.

    won: `(n,)`, best first by the prior. The sample has all winners, the FRONT best losers and DRAWN of the others.
    """
    losers = np.flatnonzero(~won)
    rest = losers[FRONT:]
    drawn = rng.choice(rest, min(DRAWN, len(rest)), replace=False)
    sure = np.concatenate([np.flatnonzero(won), losers[:FRONT]])
    weight = len(rest) / max(len(drawn), 1)
    return np.concatenate([sure, drawn]), np.repeat([1.0, weight], [len(sure), len(drawn)])


def inseparable(data: Dataset) -> dict[str, int]:
    """Return query id → group: queries that share a buyer or a département, directly or through others.

    Where most buyers have no name, as in `awards-dev`, names alone would not keep a buyer in one fold; most buyers buy
    in one département.
    """
    queries = data.opportunities
    ties = [(i, f"buyer {data.groups[query.id]}") for i, query in enumerate(queries)]
    ties += [(i, f"department {query.department}") for i, query in enumerate(queries) if query.department]
    column = {name: position for position, name in enumerate(sorted({name for _, name in ties}))}
    rows, columns = [i for i, _ in ties], [column[name] for _, name in ties]
    shared = sparse.csr_matrix((np.ones(len(ties)), (rows, columns)), (len(queries), len(column)))
    _, label = sparse.csgraph.connected_components(shared @ shared.T, directed=False)
    # Groups are numbered in the order of their least query ids, whatever the order of the queries.
    ordered = sorted(range(len(queries)), key=lambda i: queries[i].id)
    number: dict[int, int] = {}
    return {queries[i].id: number.setdefault(int(label[i]), len(number)) for i in ordered}
