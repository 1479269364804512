"""Baselines that the engine must beat, on the same texts and candidates, in both directions.

Each returns, for each query, the first DEPTH candidates with their scores.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import numpy as np

from matcher import text_fields
from matcher.columns import Encode
from matcher.evaluation.runs import DEPTH, ScoredRun
from matcher.geography import great_circle_km
from matcher.lexical import analyse
from matcher.nomenclature import cpv_divisions
from matcher.types import Actor, Candidate, FloatArray, Opportunity, Query

# Queries, the candidates of each, and how texts become vectors.
Baseline: TypeAlias = Callable[[Sequence[Query], Sequence[Candidate], Encode], ScoredRun]


def at_random(queries: Sequence[Query], candidates: Sequence[Candidate], _encode: Encode) -> ScoredRun:
    """Pseudo-random order by a hash of the ids, the same on every run."""
    return _run(queries, candidates, lambda query: np.array([_draw(query.id, row.id) for row in candidates]))


def distance_alone(queries: Sequence[Query], candidates: Sequence[Candidate], _encode: Encode) -> ScoredRun:
    """Nearest first; those without a known place come last."""
    degrees = np.array([(row.point.lat, row.point.lon) if row.point else (np.nan, np.nan) for row in candidates])

    def scores(query: Query) -> FloatArray:
        if query.point is None:
            return np.full(len(candidates), -np.inf)
        kilometres = great_circle_km(query.point.lat, query.point.lon, degrees[:, 0], degrees[:, 1])
        return np.where(np.isnan(kilometres), -np.inf, -kilometres)

    return _run(queries, candidates, scores)


def filters_only(queries: Sequence[Query], candidates: Sequence[Candidate], _encode: Encode) -> ScoredRun:
    """Public directories' way: same sector (CPV division ↔ NAF division), same département, then an arbitrary order."""
    sectors = {row.id: _divisions(row) for row in (*queries, *candidates)}

    def scores(query: Query) -> FloatArray:
        wanted, place = sectors[query.id], query.department
        return np.array(
            [
                2 * bool(wanted & sectors[row.id])
                + (place is not None and row.department == place)
                + _draw(query.id, row.id)
                for row in candidates
            ]
        )

    return _run(queries, candidates, scores)


def bm25(queries: Sequence[Query], candidates: Sequence[Candidate], _encode: Encode) -> ScoredRun:
    """Okapi BM25 over stems (bm25s, Lù 2024)."""
    import bm25s  # optional dependency `evaluate`

    retriever = bm25s.BM25()
    retriever.index([analyse(_text(row)) for row in candidates], show_progress=False)
    stems = {query.id: analyse(_text(query)) for query in queries}
    return _run(
        queries,
        candidates,
        lambda query: (
            np.asarray(retriever.get_scores(stems[query.id])) if stems[query.id] else np.zeros(len(candidates))
        ),
    )


def character_tfidf(queries: Sequence[Query], candidates: Sequence[Candidate], _encode: Encode) -> ScoredRun:
    """Cosines of TF-IDF over character 3- to 5-grams inside words (scikit-learn)."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # same

    if not queries:
        return {}
    vectoriser = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, strip_accents="unicode")
    rows = vectoriser.fit_transform([_text(row) for row in candidates])
    cosines = (vectoriser.transform([_text(query) for query in queries]) @ rows.T).tocsr()
    position = {query.id: i for i, query in enumerate(queries)}
    return _run(queries, candidates, lambda query: cosines[position[query.id]].toarray().ravel())


def encoder_alone(queries: Sequence[Query], candidates: Sequence[Candidate], encode: Encode) -> ScoredRun:
    """Cosines of whole texts, one vector a side."""
    rows = encode([_text(row) for row in candidates])
    vectors = dict(zip([query.id for query in queries], encode([_text(query) for query in queries]), strict=True))
    return _run(queries, candidates, lambda query: rows @ vectors[query.id])


BASELINES: Mapping[str, Baseline] = {
    "hasard": at_random,
    "distance seule": distance_alone,
    "filtres seuls": filters_only,
    "BM25": bm25,
    "TF-IDF de caractères": character_tfidf,
    "encodeur seul": encoder_alone,
}


def _run(
    queries: Sequence[Query], candidates: Sequence[Candidate], scores: Callable[[Query], FloatArray]
) -> dict[str, list[tuple[str, float]]]:
    """Return the DEPTH best of each query; ties by id."""
    ids = np.array([row.id for row in candidates])
    by_id = np.argsort(np.argsort(ids))
    run = {}
    for query in queries:
        values = scores(query)
        first = np.lexsort((by_id, -values))[:DEPTH]
        run[query.id] = list(zip(ids[first].tolist(), values[first].tolist(), strict=True))
    return run


def _text(row: Query | Candidate) -> str:
    return text_fields.actor_words(row) if isinstance(row, Actor) else text_fields.opportunity_words(row)


def _divisions(row: Query | Candidate) -> frozenset[str]:
    """Return the NAF divisions of an actor, or of those who win an opportunity."""
    own = frozenset(code[:2] for code in row.naf)
    if isinstance(row, Opportunity):
        return own.union(*(cpv_divisions(code) for code in row.cpv))
    return own


def _draw(query: str, candidate: str) -> float:
    """Return a pseudo-random number in [0, 1[ of two ids."""
    return int.from_bytes(hashlib.sha256(f"{query}\x1f{candidate}".encode()).digest()[:6]) / (1 << 48)
