"""Coalition: an opportunity → the few actors who together answer it, or the one who needs nobody, and what is lacking.

It is computed and shown; nothing of it is recorded: it is no ranked list, and tuning learns from lists.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from api.accounts.audience import Audience
from api.core.errors import InvalidError
from api.matching.answer import ActorCard, OpportunityCard
from api.matching.snapshot import Snapshot
from api.matching.subject import part_index
from matcher.coalition import needs
from matcher.coalition.proposal import Coalition, Proposal, propose
from matcher.coalition.trades import trades_of
from matcher.embedding import Encoder
from matcher.index import ActorIndex, without_rows
from matcher.types import BoolArray, Opportunity, OpportunityKind, Reason

# Figures of reasons that are ids of actors, one or several.
IDS = ("via", "networks", "unknown")


@dataclass(frozen=True)
class Answer:
    """A proposal for an opportunity. Its reasons name actors; `actors` are the cards of its members by their ids."""

    question: OpportunityCard
    proposal: Proposal
    actors: dict[str, ActorCard]

    @property
    def takeover(self) -> bool:
        return self.question.kind == OpportunityKind.TAKEOVER


def coalition_for(
    snapshot: Snapshot,
    encoder: Encoder,
    opportunity_id: str,
    audience: Audience,
    *,
    trades: Sequence[str] = (),
    without: frozenset[str] = frozenset(),
    even_closed: bool = False,
    today: date,
) -> Answer:
    """Propose who together answers an opportunity, all its lots at once, or one lot by its id.

    trades: what one that has no lots asks, in the asker's words; they are not kept. `without`: actors to leave out, as
    members and as whoever a carrier would answer through. A closed opportunity suits nobody, unless it is asked who
    would have suited it (`even_closed`). Raises NotFoundError; InvalidError for trades where lots or roles are asked.
    """
    rows = snapshot.lots_of(opportunity_id, confidential=audience.confidential)
    card = _card(snapshot, rows, opportunity_id)
    if trades and (len(rows) > 1 or card.kind != OpportunityKind.MARKET):
        raise InvalidError([("trades", "seul un débouché sans lots, ou un seul lot, se découpe en métiers")])
    parts, whole_eur = rows, None
    if len(rows) == 1:
        parts, whole_eur = list(trades_of(rows[0], trades)), rows[0].amount_eur
        if len(parts) == 1:
            parts = [replace(parts[0], amount_eur=whole_eur, headcount=rows[0].headcount)]
    indexes = [part_index(snapshot, encoder, part) for part in parts]
    if even_closed:
        indexes = [index.reopened() for index in indexes]
    among, actors = _among(snapshot, audience, without), _without_members(snapshot.actors, without)
    if card.kind == OpportunityKind.TAKEOVER:
        asked = needs.takeover(snapshot.matcher, indexes[0], actors, today=today, among=among)
    else:
        asked = needs.market(snapshot.matcher, indexes, actors, today=today, whole_eur=whole_eur, among=among)
    proposal = propose(asked)
    members = {member.candidate_id for team in (proposal.coalition, proposal.alone) if team for member in team.members}
    return Answer(card, _named(proposal, snapshot), {actor_id: snapshot.actor_cards[actor_id] for actor_id in members})


def _card(snapshot: Snapshot, rows: Sequence[Opportunity], opportunity_id: str) -> OpportunityCard:
    """Return the card of what was asked: a lot's, or the whole's."""
    card = snapshot.opportunity_cards[rows[0].id]
    if card.id == opportunity_id:
        return card
    return replace(card, id=card.opportunity_id, lot_id=None, lot_number=None, lot_title=None)


def _among(snapshot: Snapshot, audience: Audience, without: frozenset[str]) -> BoolArray:
    """Return which actors the asker may see and wants `(n_actors,)`."""
    wanted = np.ones(snapshot.actors.actor_count, np.bool_)
    left_out = snapshot.actors.positions(without)
    wanted[left_out[left_out >= 0]] = False
    return wanted if audience.confidential else wanted & snapshot.public_actors


def _without_members(actors: ActorIndex, without: frozenset[str]) -> ActorIndex:
    """Return the same actors, whose carriers answer through none of those to leave out."""
    if not without:
        return actors
    left_out = np.zeros(len(actors), np.bool_)
    for row in np.flatnonzero(actors.has_members[actors.owner]).tolist():
        member = actors.units[row].member
        left_out[row] = member is not None and member.id in without
    return without_rows(actors, left_out)


def _named(proposal: Proposal, snapshot: Snapshot) -> Proposal:
    """Return a proposal whose reasons give names instead of ids: a reader knows nobody by an id."""

    def named(reason: Reason) -> Reason:
        names = {
            key: ", ".join(snapshot.actor_cards[actor_id].name for actor_id in str(reason.figures[key]).split())
            for key in IDS
            if key in reason.figures
        }
        return replace(reason, figures={**reason.figures, **names})

    def team(coalition: Coalition | None) -> Coalition | None:
        if coalition is None:
            return None
        members = tuple(replace(member, reasons=tuple(map(named, member.reasons))) for member in coalition.members)
        return replace(coalition, members=members, lacks=tuple(map(named, coalition.lacks)))

    return replace(
        proposal,
        coalition=team(proposal.coalition),
        alone=team(proposal.alone),
        lacks=tuple(map(named, proposal.lacks)),
    )
