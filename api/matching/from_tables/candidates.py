"""A snapshot of the candidates alone: what any ranking of actors can be made of, without an index of all."""

from dataclasses import dataclass

import numpy as np
from sqlalchemy import Engine
from sqlmodel import Session

from api.accounts.audience import Audience
from api.catalogue.places.places_in_text import Gazetteer
from api.core.errors import ForbiddenError
from api.learning import queries as learning_queries
from api.learning.weights import active_version, read_deviations, read_weights
from api.matching.from_tables import queries
from api.matching.from_tables.phrase_rows import changed_actors, keep_phrases, reached_by, require_able
from api.matching.from_tables.some_actors import content_of
from api.matching.snapshot import Snapshot
from api.matching.suggest import Filters
from api.matching.vectors import VectorStore
from matcher.embedding import GRID, Encoder
from matcher.index import ActorIndex, OpportunityIndex
from matcher.matching import Matcher
from models.database import reading

# Candidates by meaning, and as many again by trade and nearness, for each question.
BY_MEANING, BY_TRADE = 1000, 1000
# Where no more actors than this pass the filters, all are candidates: a département has about 2,000.
EVERYONE = 3000
# Affinity to the question's codes from which a class counts as its trade.
LEAST_AFFINITY = 0.3
# Actors that changed since the vectors were kept are candidates all; of more, the vectors are kept first.
MOST_CHANGED = 500


@dataclass(frozen=True)
class Widths:
    """How many candidates are taken: by meaning, by trade and nearness; or all that pass, where no more do."""

    by_meaning: int = BY_MEANING
    by_trade: int = BY_TRADE
    everyone: int = EVERYONE


class CandidateSearch:
    """Finds candidates in PostgreSQL. For the house alone.

    An outsider's answer may not depend on what is secret, and which rows an approximate index passes by may depend on
    any row: outsiders are answered from whole snapshots.
    """

    def __init__(self, engine: Engine, encoder: Encoder, widths: Widths | None = None) -> None:
        self._engine = engine
        self._encoder = encoder
        self._widths = widths or Widths()

    def snapshot(
        self, questions: OpportunityIndex, gazetteer: Gazetteer, audience: Audience, filters: Filters | None = None
    ) -> Snapshot:
        """Return a snapshot whose actors are the candidates for some questions, to be ranked as on any other.

        It knows all that is committed. Its actors are ranked and explained by `api.matching.suggest`; counts of
        candidates are of these. Raises ForbiddenError for an outsider, NoVectorSearchError.
        """
        if not audience.confidential:
            raise ForbiddenError("Cette recherche est réservée à la maison.")
        self._keep_if_far_behind()
        with reading(self._engine) as session:
            ids = self._candidates(session, questions, filters or Filters())
            content = content_of(session, gazetteer, ids)
            version = learning_queries.active_weights(session)
        version = version or active_version(self._engine)
        vectors = VectorStore(self._engine, self._encoder)
        candidates = [actor for actor_id, actor in content.actors.items() if actor_id in ids]
        return Snapshot(
            actors=ActorIndex.build(candidates, vectors.rows),
            opportunities=OpportunityIndex.build([], vectors.rows),
            actor_cards=content.actor_cards,
            opportunity_cards={},
            confidential=content.confidential,
            teasers={},
            teaser_texts={},
            cancelled=frozenset(),
            gazetteer=gazetteer,
            departments=frozenset(),
            matcher=Matcher(read_weights(version.values), self._encoder.similarity_range),
            deviations=read_deviations(version.values),
            weights_id=version.id,
            encoder_revision=self._encoder.revision,
        )

    def _keep_if_far_behind(self) -> None:
        with reading(self._engine) as session:
            require_able(session, self._encoder)
            reached = reached_by(session, self._encoder.revision)
            behind = None if reached is None else changed_actors(session, reached)
        if behind is None or len(behind) > MOST_CHANGED:
            keep_phrases(self._engine, self._encoder)

    def _candidates(self, session: Session, questions: OpportunityIndex, filters: Filters) -> set[str]:
        queries.search_widely(session, 2 * self._widths.by_meaning)
        reached = reached_by(session, self._encoder.revision)
        ids = changed_actors(session, reached) if reached is not None else set()
        narrowed = {"department": filters.departments, "kind": filters.kinds}
        few = queries.those_that_pass(session, narrowed, self._widths.everyone)
        if few is not None:
            return ids.union(few)
        for position in range(len(questions)):
            question = questions.row(position)
            rows = question.phrases.vectors / np.float32(GRID)
            ids.update(queries.nearest_actors(session, rows.tolist(), narrowed, self._widths.by_meaning))
            classes = np.flatnonzero(question.affinity[0] >= LEAST_AFFINITY).tolist()
            place = _place(question)
            ids.update(queries.actors_of_trades(session, classes, place, narrowed, self._widths.by_trade))
        return ids


def _place(question: OpportunityIndex) -> tuple[float, float] | None:
    lat, lon = float(question.places.lat[0]), float(question.places.lon[0])
    return None if np.isnan(lat) or np.isnan(lon) else (lat, lon)
