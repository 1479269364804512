"""The desk as a partner may know it: all that is public, and of confidential cases their teasers.

Alerts rank here, by the same matcher and through the same records as everything else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from api.catalogue.axes import axis_of
from api.matching.answer import SEARCH, ActorCard, Answer, Entry, OpportunityCard, subject_of
from api.matching.snapshot import Desk, Snapshot
from matcher import types as match
from matcher.index import ActorIndex, OpportunityIndex
from matcher.matching import Comparison
from matcher.types import BoolArray
from models.base import identifier


@dataclass(frozen=True)
class Followed:
    """What a subscription follows: an actor, or words that stand for one of which nothing else is known."""

    card: ActorCard
    actor: match.Actor

    @property
    def is_search(self) -> bool:
        return self.card.kind == SEARCH

    def suggestion_id(self, card: OpportunityCard) -> str:
        return identifier("suggestions", self.card.id, subject_of(card))


@dataclass(frozen=True)
class Outside:
    """A snapshot without what outsiders may not know; ids are those of the snapshot."""

    snapshot: Snapshot
    opportunities: OpportunityIndex
    rows: Mapping[str, match.Opportunity]
    cards: Mapping[str, OpportunityCard]
    actors: Mapping[str, match.Actor]
    deadlines: Mapping[str, date | None]

    @classmethod
    def of(cls, desk: Desk, snapshot: Snapshot) -> "Outside":
        public = [one for one in snapshot.opportunities.opportunities if one.id not in snapshot.confidential]
        cards = {one.id: snapshot.opportunity_cards[one.id] for one in public}
        cards |= {one.id: _teaser_card(one, snapshot.teaser_texts[one.id]) for one in snapshot.teasers.values()}
        actors = {actor.id: actor for actor in snapshot.actors.actors if actor.id not in snapshot.confidential}
        rows = {one.id: one for one in (*public, *snapshot.teasers.values())}
        teasers = snapshot.teasers.values()
        # As built anew of what outsiders know, and nothing else: of a secret row nothing is left.
        index = snapshot.opportunities.updated(teasers, snapshot.confidential, desk.vectors.rows)
        deadlines = {one.id: one.deadline for one in snapshot.opportunities.opportunities}
        return cls(snapshot, index, rows, cards, actors, deadlines)

    def followed(
        self, *, subscription_id: str, actor_id: str | None, search: str | None, departments: frozenset[str]
    ) -> Followed | None:
        """Return what a subscription follows; None where its actor is not there, or confidential today."""
        if search is not None:
            words = match.Actor(
                subscription_id, match.ActorKind.COMPANY, activities=(search,), area_departments=departments
            )
            return Followed(ActorCard(subscription_id, search, SEARCH, None, None), words)
        actor = self.actors.get(actor_id or "")
        return Followed(self.snapshot.actor_cards[actor.id], actor) if actor else None

    def compare(self, desk: Desk, followed: Followed, today: date) -> Comparison:
        """Weigh what is open on a day for what is followed."""
        candidates = self.opportunities
        if followed.is_search:
            # Whoever searches may speak for an actor of any kind: what is unknown never excludes.
            candidates = replace(candidates, reserved=np.zeros_like(candidates.reserved))
        index = ActorIndex.build([followed.actor], desk.vectors.rows)
        return self.snapshot.matcher.compare(index, candidates, today=today, among=self._in_time(today))

    def answer(self, followed: Followed, suggestions: list[match.Suggestion]) -> Answer:
        """Return what is really shown of a comparison, as a list that can be recorded."""
        card = followed.card
        direction = "opportunities_for_search" if followed.is_search else "opportunities_for_actor"
        entries = tuple(
            Entry(
                followed.suggestion_id(self.cards[one.candidate_id]),
                self.cards[one.candidate_id],
                self.snapshot.actor_cards.get(one.via_member or ""),
                one,
            )
            for one in sorted(suggestions, key=lambda one: one.rank)
        )
        subject = f"{SEARCH if followed.is_search else 'actor'}:{card.id}"
        return Answer(direction, subject, card, entries, (), len(self.opportunities))

    def _in_time(self, today: date) -> BoolArray:
        """Return which candidates' deadlines have not passed `(n,)`: a teaser tells none, its case may have one."""
        return np.array([not self.is_past(one.id, today) for one in self.opportunities.opportunities], np.bool_)

    def subject(self, opportunity_id: str) -> str:
        """Return the name of a suggestion's other side."""
        return subject_of(self.cards[opportunity_id])

    def is_past(self, opportunity_id: str, today: date) -> bool:
        deadline = self.deadlines[opportunity_id]
        return deadline is not None and deadline < today


def _teaser_card(case: match.Opportunity, text: str) -> OpportunityCard:
    # The axis that all takeovers have, whatever this one was given: a partner learns the teaser and no more.
    axis = axis_of(None, case.kind, (), ())
    return OpportunityCard(case.id, case.id, None, None, text, None, case.kind, None, None, None, axis)
