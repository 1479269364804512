"""Runs: the lists that a system returns, query by query, and the engine's on a test collection."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import numpy as np

from matcher.columns import Encode
from matcher.evaluation.datasets import Dataset
from matcher.evaluation.references import ReferencedActors
from matcher.index import OpportunityIndex
from matcher.matching import Matcher
from matcher.types import FloatArray, Qrels, Run

# Candidates of a list.
DEPTH = 50

# Query id → candidates with their scores, best first.
ScoredRun: TypeAlias = Mapping[str, Sequence[tuple[str, float]]]

# Called with the number done and their total.
Progress: TypeAlias = Callable[[int, int], None]


def rank_all(matcher: Matcher, data: Dataset, encode: Encode, progress: Progress | None = None) -> ScoredRun:
    """Rank every query's candidates by the product's own path, as on `data.today`.

    An actor's references are those that are fair to the query (`matcher.evaluation.references`). `progress` is called
    after each query with the number done and their total.
    """
    actors = ReferencedActors(data.actors, data.references, data.opportunities, encode)
    queries = OpportunityIndex.build(data.opportunities, encode)
    ranked: dict[str, list[tuple[str, float]]] = {}
    # Queries of one département are answered by the same actors.
    order = sorted(range(len(queries)), key=lambda row: (queries.opportunities[row].department or "", row))
    for done, row in enumerate(order, start=1):
        query = queries.opportunities[row]
        compared = matcher.compare_actors(queries.row(row), actors.fair_to(query), today=data.today)
        ranked[query.id] = list(compared.scores(DEPTH).items())
        if progress:
            progress(done, len(queries))
    return ranked


def ids_of(run: ScoredRun) -> Run:
    """Return the candidates' ids, best first, query by query."""
    return {query: [candidate for candidate, _ in candidates] for query, candidates in run.items()}


def scored_pairs(run: ScoredRun, qrels: Qrels, relevant: int) -> tuple[FloatArray, FloatArray]:
    """Return the scores of all that is listed `(n,)`, and 1 where the grade is at least `relevant`, else 0 `(n,)`."""
    pairs = [
        (score, qrels[query].get(candidate, 0) >= relevant)
        for query, candidates in run.items()
        for candidate, score in candidates
        if query in qrels
    ]
    return np.array([score for score, _ in pairs]), np.array([hit for _, hit in pairs], np.float64)
