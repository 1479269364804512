"""The desk at one moment, as the matcher sees it, and what of it an outsider may know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from sqlmodel import Session

from api.catalogue.places.places_in_text import Gazetteer
from api.core.errors import NotFoundError
from api.core.text import folded
from api.learning.weights import Deviations
from api.matching import queries
from api.matching.answer import ActorCard, OpportunityCard
from api.matching.open_opportunities import OpenOpportunity, open_opportunities
from api.matching.row_tables import stay_at_hand
from matcher.index import ActorIndex, OpportunityIndex, updated
from matcher.matching import Matcher
from matcher.sequences import picked
from matcher.types import Actor, BoolArray, FloatArray, Opportunity, Point


class Mask(NamedTuple):
    """Who may hear of what at this moment: ids of confidential rows and lots, and of announced cases."""

    confidential: frozenset[str]
    announced: frozenset[str]


def live_mask(session: Session) -> Mask:
    """Return the mask of this moment: three short queries, whatever the snapshot knows."""
    confidential = queries.confidential_actors(session) | queries.confidential_opportunities(session)
    return Mask(frozenset(confidential), frozenset(queries.announced_cases(session)))


@dataclass(frozen=True)
class Snapshot:
    """The desk at one moment."""

    actors: ActorIndex
    opportunities: OpportunityIndex
    actor_cards: Mapping[str, ActorCard]
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

    def read_ahead(self) -> None:
        """Read all actors of a file whose rows stay at hand, so that nobody waits for it who asks for a list of all."""
        if stay_at_hand(self.actor_cards, self.confidential):
            for _ in zip(self.actors.actors, self.actor_cards.values(), strict=True):
                pass

    @cached_property
    def public_actors(self) -> BoolArray:
        """Which of `actors.actors` an outsider may see `(n_actors,)`."""
        public = np.ones(self.actors.actor_count, np.bool_)
        hidden = self.actors.positions(self.confidential)
        public[hidden[hidden >= 0]] = False
        return public

    @cached_property
    def public_opportunities(self) -> BoolArray:
        """Which of `opportunities` an outsider may see `(n_opportunities,)`."""
        rows = self.opportunities.opportunities
        return np.array([row.id not in self.confidential for row in rows], np.bool_)

    @cached_property
    def actors_by_name(self) -> Sequence[Actor]:
        """All actors in the order of lists: by name, then by id."""
        names = [folded(actor.name) for actor in self.actors.actors]
        # They stand in the order of their ids.
        order = sorted(range(len(names)), key=names.__getitem__)
        if stay_at_hand(self.actor_cards, self.confidential):
            # All of them are kept anyway; a tuple is looked through in half the time.
            everybody = tuple(self.actors.actors)
            return tuple(everybody[place] for place in order)
        return picked(self.actors.actors, np.array(order, np.int64))

    @cached_property
    def declared_approvals(self) -> frozenset[str]:
        """The approvals that any actor declares, confidential ones too."""
        return frozenset().union(*{actor.approvals for actor in self.actors.actors})

    @cached_property
    def open_opportunities(self) -> tuple[OpenOpportunity, ...]:
        """The open opportunities, each whole, confidential ones too, by title."""
        return open_opportunities(self.opportunities.opportunities, self.opportunity_cards, self.confidential)

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
        found = (self.actor_of(actor_id) for actor_id in actor_ids)
        return {actor.id: actor.point for actor in found if actor and actor.point}

    def actor_of(self, actor_id: str) -> Actor | None:
        """Return an actor, confidential or not; None where it is not there."""
        position = self.actors.position(actor_id)
        return self.actors.actors[position] if position >= 0 else None

    def actor(self, actor_id: str, *, confidential: bool) -> Actor:
        """Return an actor. Raises NotFoundError, as above."""
        actor = self.actor_of(actor_id)
        if actor is None or not (confidential or actor_id not in self.confidential):
            raise NotFoundError("Cet acteur n’existe pas.")
        return actor

    def masked(self, mask: Mask) -> Snapshot:
        """Return what an outsider may know of it by a newer mask: a stale snapshot must not tell what became secret."""
        hidden = {
            row_id
            for row_id in mask.confidential - self.confidential
            if row_id in self.actor_cards or row_id in self.opportunity_cards
        }
        announced = {row_id: case for row_id, case in self.teasers.items() if row_id in mask.announced}
        if not hidden and len(announced) == len(self.teasers):
            return self
        # What a member adds to its network would betray it: its name, its trade, its headcount.
        ties = self.actors.ties
        touched = np.unique(ties.carriers[np.isin(ties.member_ids, np.array(sorted(hidden), np.str_))]).tolist()
        carriers = [
            replace(actor, members=tuple(member for member in actor.members if member.id not in hidden))
            for actor in map(self.actors.actors.__getitem__, touched)
        ]
        return replace(
            self,
            actors=updated(self.actors, carriers, (), _all_known) if carriers else self.actors,
            confidential=self.confidential | hidden,
            teasers=announced,
            teaser_texts={row_id: self.teaser_texts[row_id] for row_id in announced},
        )


def _all_known(texts: Sequence[str]) -> FloatArray:
    raise KeyError(f"{len(texts)} texts of the index are not in it")
