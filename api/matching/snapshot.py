"""What lies on the desk, as the matcher sees it: rows become values and arrays here, and nowhere else."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from sqlalchemy import Engine
from sqlmodel import Session

from api.catalogue import queries
from api.catalogue.places.gazetteer import Gazetteer
from api.core.errors import NotFoundError
from api.core.progress import Progress
from api.learning.queries import active_weights
from api.learning.weights import Deviations, active_version, read_deviations, read_weights
from api.matching.answer import ActorCard, OpportunityCard
from api.matching.content import read_content
from api.matching.vectors import VectorStore
from matcher.embedding import Encoder
from matcher.index import ActorIndex, OpportunityIndex
from matcher.matching import Matcher
from matcher.types import Actor, BoolArray, Opportunity, Point
from models.database import reading


@dataclass(frozen=True)
class Snapshot:
    """The desk at one moment."""

    actors: ActorIndex
    opportunities: OpportunityIndex
    actor_cards: dict[str, ActorCard]
    opportunity_cards: dict[str, OpportunityCard]
    confidential: frozenset[str]  # ids of confidential actors, opportunities and lots
    teasers: Mapping[str, Opportunity]  # ids of confidential cases → what outsiders are told of them
    teaser_texts: Mapping[str, str]  # the same → how it reads
    cancelled: frozenset[str]  # ids of opportunities and lots
    gazetteer: Gazetteer
    departments: frozenset[str]  # codes of those that the desk serves
    matcher: Matcher
    deviations: Deviations
    weights_id: str
    encoder_revision: str

    @cached_property
    def public_actors(self) -> BoolArray:
        """Which of `actors.actors` an outsider may see `(n_actors,)`."""
        return np.array([actor.id not in self.confidential for actor in self.actors.actors], np.bool_)

    @cached_property
    def public_opportunities(self) -> BoolArray:
        """Which of `opportunities` an outsider may see `(n_opportunities,)`."""
        rows = self.opportunities.opportunities
        return np.array([row.id not in self.confidential for row in rows], np.bool_)

    def lots_of(self, opportunity_id: str, *, confidential: bool) -> list[Opportunity]:
        """Return the lots of an opportunity (or one lot by its id), or the opportunity itself where it has none.

        Raises NotFoundError, for what is confidential to the asker as for what does not exist.
        """
        rows = [
            row
            for row in self.opportunities.opportunities
            if opportunity_id in (row.id, self.opportunity_cards[row.id].opportunity_id)
            and (confidential or row.id not in self.confidential)
        ]
        if not rows:
            raise NotFoundError("Cette opportunité n’existe pas.")
        return sorted(rows, key=lambda row: (self.opportunity_cards[row.id].lot_number or "").zfill(9))

    def spots(self, actor_ids: Sequence[str]) -> dict[str, Point]:
        """Return where these actors are, as far as it is known."""
        wanted = set(actor_ids)
        return {actor.id: actor.point for actor in self.actors.actors if actor.id in wanted and actor.point}

    def actor(self, actor_id: str, *, confidential: bool) -> Actor:
        """Return an actor. Raises NotFoundError, as above."""
        for actor in self.actors.actors:
            if actor.id == actor_id and (confidential or actor_id not in self.confidential):
                return actor
        raise NotFoundError("Cet acteur n’existe pas.")


class Desk:
    """Keeps a snapshot of the tables, and makes a new one when they changed."""

    def __init__(
        self, engine: Engine, encoder: Encoder, departments: Sequence[str], progress: Progress | None = None
    ) -> None:
        """departments: the codes of the départements that the desk serves."""
        self.engine = engine
        self.departments = frozenset(departments)
        self.encoder = encoder
        self.vectors = VectorStore(engine, encoder, progress)
        self._lock = threading.Lock()
        self._stamp: object = None
        self._snapshot: Snapshot | None = None

    def snapshot(self, session: Session | None = None) -> Snapshot:
        """Return the desk as it is now; only one thread rebuilds it. session: the caller's, to read in."""
        with self._lock:
            stamp = self._read_stamp(session)
            if self._snapshot is None or stamp != self._stamp:
                self._snapshot = self._build()
                self._stamp = stamp
            return self._snapshot

    def _read_stamp(self, session: Session | None) -> object:
        if session is None:
            with reading(self.engine) as own:
                return self._read_stamp(own)
        # With no weights yet, this makes the first: the stamp must not change because it was read.
        version = active_weights(session) or active_version(self.engine)
        contracts = queries.contracts_stamp(session)
        return queries.actors_stamp(session), queries.opportunities_stamp(session), contracts, version.id

    def _build(self) -> Snapshot:
        version = active_version(self.engine)
        content = read_content(self.engine, self.departments)
        return Snapshot(
            actors=ActorIndex.build(content.actors, self.vectors.rows),
            opportunities=OpportunityIndex.build(content.opportunities, self.vectors.rows),
            actor_cards=content.actor_cards,
            opportunity_cards=content.opportunity_cards,
            confidential=content.confidential,
            teasers=content.teasers,
            teaser_texts=content.teaser_texts,
            cancelled=content.cancelled,
            gazetteer=content.gazetteer,
            departments=self.departments,
            matcher=Matcher(read_weights(version.values), self.encoder.similarity_range),
            deviations=read_deviations(version.values),
            weights_id=version.id,
            encoder_revision=self.encoder.revision,
        )
