"""From the full desk to what outsiders may see: the only module of this package that reads a snapshot.

What is made here holds no snapshot: a `PublicDesk` for everybody, a `PartnerSpace` for one account.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from sqlmodel import Session

from api.catalogue.axes import axis_of
from api.mailing.links import Signer
from api.matching.answer import SEARCH, ActorCard, OpportunityCard
from api.matching.snapshot import Desk, Snapshot
from api.matching.subject import actor_index
from api.partner_view import queries
from api.partner_view.marks import Marks
from api.partner_view.proposals import LEAST_SCORE, PartnerSpace
from api.partner_view.public_desk import PartnerQuery, PublicDesk
from matcher import types as match
from matcher.columns import Encode
from matcher.index import ActorIndex, OpportunityIndex
from matcher.types import BoolArray
from models.partners import Subscription
from models.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class DeskView:
    """One snapshot beside its public part: only `public`, and the queries that are made here, may be handed on."""

    public: PublicDesk
    _snapshot: Snapshot
    _encode: Encode
    _actors: Mapping[str, match.Actor]
    _cases_by_holder: Mapping[str, frozenset[str]]  # SIREN → announced cases

    @classmethod
    def of(cls, desk: Desk, snapshot: Snapshot, day: date) -> "DeskView":
        public = _public_desk(snapshot, day, desk.vectors.rows)
        actors = {one.id: one for one in snapshot.actors.actors}
        cases: dict[str, set[str]] = {}
        for case in snapshot.teasers.values():
            for siren in case.own_sirens:
                cases.setdefault(siren, set()).add(case.id)
        return cls(public, snapshot, desk.vectors.rows, actors, {siren: frozenset(ids) for siren, ids in cases.items()})

    def shows(self, snapshot: Snapshot) -> bool:
        return self._snapshot is snapshot

    def on(self, day: date) -> "DeskView":
        """Return the same on another day: only deadlines pass."""
        return replace(self, public=replace(self.public, day=day, in_time=_in_time(self._snapshot, self.public, day)))

    def own_actor(self, actor_id: str) -> PartnerQuery | None:
        """Return the query of an actor for those who speak for it, confidential or not; None where it is not there."""
        actor = self._actors.get(actor_id)
        return self._query(actor) if actor else None

    def subscribed(self, subscription: Subscription) -> PartnerQuery | None:
        """Return the query of a subscription; None where its actor is not there, or confidential today."""
        if subscription.search is not None:
            search = match.Actor(
                subscription.id,
                match.ActorKind.COMPANY,
                activities=(subscription.search,),
                area_departments=frozenset(subscription.departments),
            )
            card = ActorCard(subscription.id, subscription.search, SEARCH, None, None)
            return PartnerQuery(card, ActorIndex.build([search], self._encode))
        actor = self.public.actors.get(subscription.actor_id or "")
        return self._query(actor) if actor else None

    def _query(self, actor: match.Actor) -> PartnerQuery:
        own: dict[str, frozenset[str]] = {}
        for siren in {one.siren for one in (actor, *actor.members) if one.siren}:
            for case_id in self._cases_by_holder.get(siren, ()):
                own[case_id] = own.get(case_id, frozenset()) | {siren}
        confidential = actor.id in self._snapshot.confidential
        index = actor_index(self._snapshot, actor)
        return PartnerQuery(self._snapshot.actor_cards[actor.id], index, own, confidential)


class PartnerSpaces:
    """Opens the space of each account on the desk of the moment; a view is made once for each snapshot and day."""

    def __init__(self, desk: Desk, *, least_score: float = LEAST_SCORE) -> None:
        self._desk = desk
        self._least_score = least_score
        self._lock = threading.Lock()
        self._view: DeskView | None = None

    def open(
        self, unit: UnitOfWork, account_id: str, signer: Signer, *, today: date, is_looked_at: bool = True
    ) -> PartnerSpace:
        """Return the space of an account, all of it read in one unit of work."""
        view = self._current(unit.session, today)
        rows = queries.actors_of_account(unit.session, account_id)
        own = {row.id: query for row in rows if (query := view.own_actor(row.id))}
        return PartnerSpace(
            unit=unit,
            public=view.public,
            own=own,
            account_id=account_id,
            marks=Marks.of(signer, account_id),
            least_score=self._least_score,
            is_looked_at=is_looked_at,
        )

    def _current(self, session: Session, today: date) -> DeskView:
        snapshot = self._desk.snapshot(session)
        with self._lock:
            if self._view is None or not self._view.shows(snapshot):
                self._view = DeskView.of(self._desk, snapshot, today)
            elif self._view.public.day != today:
                self._view = self._view.on(today)
            return self._view


def _public_desk(snapshot: Snapshot, day: date, encode: Encode) -> PublicDesk:
    public = [one for one in snapshot.opportunities.opportunities if one.id not in snapshot.confidential]
    # Whose case it is is no part of its teaser.
    teasers = [replace(one, own_sirens=frozenset()) for one in snapshot.teasers.values()]
    opportunities = {one.id: one for one in (*public, *teasers)}
    cards = {one.id: snapshot.opportunity_cards[one.id] for one in public}
    cards |= {one.id: _teaser_card(one, snapshot.teaser_texts[one.id]) for one in teasers}
    made = PublicDesk(
        day=day,
        actors={one.id: one for one in snapshot.actors.actors if one.id not in snapshot.confidential},
        actor_cards={key: card for key, card in snapshot.actor_cards.items() if key not in snapshot.confidential},
        opportunities=opportunities,
        cards=cards,
        teasers=frozenset(snapshot.teasers),
        cancelled=snapshot.cancelled & opportunities.keys(),
        index=OpportunityIndex.build(opportunities.values(), encode),
        in_time=np.ones(len(opportunities), np.bool_),
        matcher=snapshot.matcher,
        weights_id=snapshot.weights_id,
        encoder_revision=snapshot.encoder_revision,
    )
    return replace(made, in_time=_in_time(snapshot, made, day))


def _in_time(snapshot: Snapshot, public: PublicDesk, day: date) -> BoolArray:
    deadlines = {one.id: one.deadline for one in snapshot.opportunities.opportunities}
    rows = (deadlines[one.id] for one in public.index.opportunities)
    return np.array([deadline is None or deadline >= day for deadline in rows], np.bool_)


def _teaser_card(case: match.Opportunity, text: str) -> OpportunityCard:
    # The axis that all takeovers have, whatever this one was given: a partner learns the teaser and no more.
    axis = axis_of(None, case.kind, (), ())
    return OpportunityCard(case.id, case.id, None, None, text, None, case.kind, None, None, None, axis)
