"""From the full desk to what outsiders may see: the only module of this package that reads a snapshot.

What is made here holds no snapshot: a `PublicDesk` for everybody, a `PartnerSpace` for one account.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from sqlmodel import Session

from api.catalogue.axes import axis_of
from api.mailing.links import Signer
from api.matching.answer import SEARCH, ActorCard, OpportunityCard
from api.matching.desk import Desk
from api.matching.snapshot import Snapshot
from api.matching.subject import actor_index
from api.partner_view import queries
from api.partner_view.granted import Granted
from api.partner_view.marks import Marks
from api.partner_view.proposals import LEAST_SECTION, PartnerSpace
from api.partner_view.public_desk import PartnerQuery, PublicDesk, TieKey
from api.partner_view.public_rows import PublicRows
from api.partner_view.ties import Ties
from matcher import types as match
from matcher.columns import Encode
from matcher.index import ActorIndex, OpportunityIndex
from matcher.sections import Section
from matcher.types import BoolArray, IntArray
from models.partners import Subscription
from models.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class DeskView:
    """One snapshot beside its public part: only `public`, and the queries that are made here, may be handed on."""

    public: PublicDesk
    _snapshot: Snapshot
    _encode: Encode

    @classmethod
    def of(cls, desk: Desk, snapshot: Snapshot, day: date, ties: Ties, before: "DeskView | None" = None) -> "DeskView":
        """Return the view of a snapshot. before: that of another, of which is kept what did not change."""
        public_desk = _public_desk(snapshot, day, ties, desk.vectors.rows, before)
        return cls(public_desk, snapshot, desk.vectors.rows)

    def shows(self, snapshot: Snapshot) -> bool:
        return self._snapshot is snapshot

    def changes_until(self, snapshot: Snapshot) -> set[str]:
        """Return the ids of what came, changed or went until a later snapshot, confidential opportunities too."""
        known = {opportunity.id: opportunity for opportunity in self._snapshot.opportunities.opportunities}
        later = {opportunity.id: opportunity for opportunity in snapshot.opportunities.opportunities}
        return {row_id for row_id in known.keys() | later.keys() if known.get(row_id) is not later.get(row_id)}

    def on(self, day: date) -> "DeskView":
        """Return the same on another day: only deadlines pass."""
        return replace(self, public=replace(self.public, day=day, in_time=_in_time(self._snapshot, self.public, day)))

    def own_actor(self, actor_id: str) -> PartnerQuery | None:
        """Return the query of an actor for those who speak for it, confidential or not; None where it is not there."""
        actor = self._snapshot.actor_of(actor_id)
        return self._query(actor) if actor else None

    def subscribed(self, subscription: Subscription) -> PartnerQuery | None:
        """Return the query of a subscription; None where its actor is not there, or confidential today."""
        if subscription.search is not None:
            search_query = match.Actor(
                subscription.id,
                match.ActorKind.COMPANY,
                activities=(subscription.search,),
                area_departments=frozenset(subscription.departments),
            )
            card = ActorCard(subscription.id, subscription.search, SEARCH, None, None)
            return PartnerQuery(card, ActorIndex.build([search_query], self._encode))
        actor = self.public.actors.get(subscription.actor_id or "")
        return self._query(actor) if actor else None

    def _query(self, actor: match.Actor) -> PartnerQuery:
        confidential = actor.id in self._snapshot.confidential
        index = actor_index(self._snapshot, actor)
        return PartnerQuery(self._snapshot.actor_cards[actor.id], index, confidential)


class PartnerSpaces:
    """Opens the space of each account on the desk that is ready; partners never wait for a newer one.

    Where a builder runs, it prepares the view of each snapshot. A request makes one itself where something became
    confidential since, on a new day, and in commands.
    """

    def __init__(self, desk: Desk, ties: Ties, *, least: Section = LEAST_SECTION) -> None:
        self._desk = desk
        self._ties = ties
        self._least = least
        self._lock = threading.Lock()
        self._prepared: DeskView | None = None
        self._view: DeskView | None = None  # that was last opened

    def prepare(self, snapshot: Snapshot) -> None:
        """Make the view of a snapshot that is about to be swapped."""
        before = self._view or self._prepared
        day = before.public.day if before else date.min
        self._prepared = DeskView.of(self._desk, snapshot, day, self._ties, self._prepared)

    def open(
        self, unit: UnitOfWork, account_id: str, signer: Signer, *, today: date, is_looked_at: bool = True
    ) -> PartnerSpace:
        """Return the space of an account, all of it read in one unit of work."""
        view = self._current(unit.session, today)
        actor_rows = queries.actors_of_account(unit.session, account_id)
        own_queries = {actor_row.id: query for actor_row in actor_rows if (query := view.own_actor(actor_row.id))}
        return PartnerSpace(
            unit=unit,
            public=view.public,
            own=own_queries,
            granted=Granted.read(unit.session, list(own_queries)),
            account_id=account_id,
            marks=Marks.of(signer, account_id),
            least=self._least,
            is_looked_at=is_looked_at,
        )

    def _current(self, session: Session, today: date) -> DeskView:
        snapshot = self._desk.public(session)
        with self._lock:
            prepared = self._prepared
            known = next((view for view in (self._view, prepared) if view and view.shows(snapshot)), None)
            view = known or DeskView.of(self._desk, snapshot, today, self._ties, prepared or self._view)
            self._view = view if view.public.day == today else view.on(today)
            return self._view


def _public_desk(snapshot: Snapshot, day: date, ties: Ties, encode: Encode, before: DeskView | None) -> PublicDesk:
    public_opportunities = [
        opportunity
        for opportunity in snapshot.opportunities.opportunities
        if opportunity.id not in snapshot.confidential
    ]
    teaser_cases = snapshot.teasers.values()
    opportunities = {opportunity.id: opportunity for opportunity in (*public_opportunities, *teaser_cases)}
    cards = {opportunity.id: snapshot.opportunity_cards[opportunity.id] for opportunity in public_opportunities}
    cards |= {
        opportunity.id: _teaser_card(opportunity, snapshot.teaser_texts[opportunity.id]) for opportunity in teaser_cases
    }
    index = _index(snapshot, opportunities, encode, before)
    tie_keys = _tie_keys(opportunities, snapshot, ties)
    public_desk = PublicDesk(
        day=day,
        actors=PublicRows(snapshot.actors, snapshot.public_actors, _reader(snapshot.actors)),
        actor_cards=PublicRows(snapshot.actors, snapshot.public_actors, snapshot.actor_cards.__getitem__),
        opportunities=opportunities,
        cards=cards,
        teasers=frozenset(snapshot.teasers),
        cancelled=snapshot.cancelled & opportunities.keys(),
        index=index,
        in_time=np.ones(len(opportunities), np.bool_),
        tie_keys=tie_keys,
        tie_order=_tie_order(index, tie_keys),
        matcher=snapshot.matcher,
        weights_id=snapshot.weights_id,
        encoder_revision=snapshot.encoder_revision,
    )
    return replace(public_desk, in_time=_in_time(snapshot, public_desk, day))


def _reader(actors: ActorIndex) -> Callable[[str], match.Actor]:
    return lambda actor_id: actors.actors[actors.position(actor_id)]


def _index(
    snapshot: Snapshot, opportunities: Mapping[str, match.Opportunity], encode: Encode, before: DeskView | None
) -> OpportunityIndex:
    """Return what outsiders know as arrays. before: whose rows are taken over where they did not change.

    Confidential rows that changed are put in like others, under ids of nothing, and taken out again: who asks
    meanwhile, and waits for this thread, must not feel whether what changed is confidential.
    """
    if before is None:
        # What is public is in the desk's own arrays.
        whole = {opportunity.id: opportunity for opportunity in snapshot.opportunities.opportunities}
        told = [opportunity for opportunity in opportunities.values() if whole.get(opportunity.id) is not opportunity]
        return snapshot.opportunities.updated(told, whole.keys() - opportunities.keys(), encode)
    known = before.public.opportunities
    changed = [opportunity for opportunity in opportunities.values() if known.get(opportunity.id) != opportunity]
    removed = known.keys() - opportunities.keys()
    changed_ids = before.changes_until(snapshot) - {opportunity.id for opportunity in changed}
    if not (changed or removed or changed_ids):
        return before.public.index
    hidden = [
        replace(opportunity, id=f"hidden {opportunity.id}")
        for opportunity in snapshot.opportunities.opportunities
        if opportunity.id in changed_ids
    ]
    with_hidden = before.public.index.updated([*changed, *hidden], removed, encode)
    return with_hidden.updated((), [opportunity.id for opportunity in hidden], encode)


def _tie_keys(opportunities: Iterable[str], snapshot: Snapshot, ties: Ties) -> dict[str, TieKey]:
    """Return the place of each of these opportunities among what scores alike.

    A case's own id counts only between cases whose lines are the same.
    """
    texts = snapshot.teaser_texts
    return {
        opportunity_id: (ties.place(texts[opportunity_id]), ties.place(opportunity_id))
        if opportunity_id in texts
        else (ties.place(opportunity_id), b"")
        for opportunity_id in opportunities
    }


def _tie_order(index: OpportunityIndex, tie_keys: Mapping[str, TieKey]) -> IntArray:
    keys = [tie_keys[opportunity.id] for opportunity in index.opportunities]
    tie_order = np.empty(len(keys), np.int64)
    tie_order[sorted(range(len(keys)), key=keys.__getitem__)] = np.arange(len(keys))
    return tie_order


def _in_time(snapshot: Snapshot, public: PublicDesk, day: date) -> BoolArray:
    deadlines = {opportunity.id: opportunity.deadline for opportunity in snapshot.opportunities.opportunities}
    index_deadlines = (deadlines[opportunity.id] for opportunity in public.index.opportunities)
    return np.array([deadline is None or deadline >= day for deadline in index_deadlines], np.bool_)


def _teaser_card(case: match.Opportunity, text: str) -> OpportunityCard:
    # The axis of all takeovers, not the one chosen for this case: a partner learns nothing but the teaser.
    axis = axis_of(None, case.kind, (), ())
    return OpportunityCard(case.id, case.id, None, None, text, None, case.kind, None, None, None, axis)
