"""Baselines that the engine must beat, on the same texts and candidates. Each returns a run, DEPTH ids a query."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from matcher import text_fields
from matcher.columns import Encode
from matcher.evaluation.datasets import Dataset
from matcher.evaluation.measures import DEPTH
from matcher.features import Pairs, distance_km
from matcher.index import ActorIndex, OpportunityIndex
from matcher.lexical import analyse
from matcher.nomenclature import cpv_divisions
from matcher.types import FloatArray, Opportunity, Role, Run


def at_random(data: Dataset, _encode: Encode) -> Run:
    """Pseudo-random order by a hash of the ids, the same on every run."""
    return {
        query.id: sorted((actor.id for actor in data.actors), key=lambda actor_id: _hash_key(query.id, actor_id))[
            :DEPTH
        ]
        for query in data.opportunities
    }


def distance_alone(data: Dataset, encode: Encode) -> Run:
    """Nearest first; actors without a known place come last."""
    index = ActorIndex.build(data.actors, encode)
    ids = [actor.id for actor in index.actors]
    own = np.searchsorted(index.owner, np.arange(len(ids)))
    run = {}
    for query in data.opportunities:
        kilometres = distance_km(
            Pairs(OpportunityIndex.build([query], encode), index, (0, 1), data.today, Role.SUPPLY)
        )[own]
        run[query.id] = _top(np.where(np.isnan(kilometres), -np.inf, -kilometres), ids)
    return run


def filters_only(data: Dataset, _encode: Encode) -> Run:
    """Public directories' way: same sector (CPV division ↔ NAF division), same département, then an arbitrary order."""
    run = {}
    for query in data.opportunities:
        wanted = {division for code in query.cpv for division in cpv_divisions(code)} | {code[:2] for code in query.naf}
        keys = {
            actor.id: (
                not any(code[:2] in wanted for code in actor.naf),
                query.department is None or actor.department != query.department,
                _hash_key(query.id, actor.id),
            )
            for actor in data.actors
        }
        run[query.id] = sorted(keys, key=keys.__getitem__)[:DEPTH]
    return run


def bm25(data: Dataset, _encode: Encode) -> Run:
    """Okapi BM25 over stems (bm25s, Lù 2024)."""
    import bm25s  # optional dependency `evaluate`

    documents = [analyse(text_fields.actor_words(actor)) for actor in data.actors]
    retriever = bm25s.BM25()
    retriever.index(documents, show_progress=False)
    ids = [actor.id for actor in data.actors]
    queries = [analyse(_text(query)) for query in data.opportunities]
    return {
        query.id: _top(np.asarray(retriever.get_scores(words)) if words else np.zeros(len(ids)), ids)
        for query, words in zip(data.opportunities, queries, strict=True)
    }


def character_tfidf(data: Dataset, _encode: Encode) -> Run:
    """Cosines of TF-IDF over character 3- to 5-grams inside words (scikit-learn)."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # same

    vectoriser = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, strip_accents="unicode")
    rows = vectoriser.fit_transform([text_fields.actor_words(actor) for actor in data.actors])
    scores = (vectoriser.transform([_text(query) for query in data.opportunities]) @ rows.T).tocsr()
    ids = [actor.id for actor in data.actors]
    return {query.id: _top(scores[i].toarray().ravel(), ids) for i, query in enumerate(data.opportunities)}


def encoder_alone(data: Dataset, encode: Encode) -> Run:
    """Cosines of whole texts, one vector a side."""
    actors = encode([text_fields.actor_words(actor) for actor in data.actors])
    queries = encode([_text(query) for query in data.opportunities])
    ids = [actor.id for actor in data.actors]
    return {query.id: _top(actors @ queries[i], ids) for i, query in enumerate(data.opportunities)}


BASELINES: Mapping[str, Callable[[Dataset, Encode], Run]] = {
    "hasard": at_random,
    "distance seule": distance_alone,
    "filtres seuls": filters_only,
    "BM25": bm25,
    "TF-IDF de caractères": character_tfidf,
    "encodeur seul": encoder_alone,
}


def _text(query: Opportunity) -> str:
    return text_fields.opportunity_words(query)


def _top(scores: FloatArray, ids: Sequence[str]) -> list[str]:
    order = np.lexsort((np.array(ids), -scores))[:DEPTH]
    return [ids[i] for i in order.tolist()]


def _hash_key(query: str, candidate: str) -> str:
    return hashlib.sha256(f"{query}\x1f{candidate}".encode()).hexdigest()
