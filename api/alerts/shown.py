"""What a mail shows of an opportunity, kept with its announcement, and why it may no longer be shown like that."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from sqlmodel import Session

from api.alerts import queries
from api.alerts.changes import PROPOSED
from api.alerts.queries import CarriedRow
from api.catalogue import queries as catalogue_queries
from api.catalogue.company_states import state_of_actor
from api.confidentiality.teaser import is_announced
from api.matching.answer import OpportunityCard
from api.takeovers.reach.proposals import is_proposed
from models.actors import Actor
from models.alerts import OutboxMessage
from models.opportunities import Lot, Opportunity
from models.places import Commune

# The key of these facts in `Announcement.told`.
SHOWN = "shown"


def shown_facts(card: OpportunityCard, *, blind: bool) -> dict[str, Any]:
    """Return what a mail shows of an opportunity, as JSON values. blind: it shows a teaser and nothing else.

    The line of a teaser is not kept: it moves with the public records.
    """
    if blind:
        return {"blind": True}
    return {
        "blind": False,
        "title": card.display_title,
        "place": [card.commune, card.department],
        "deadline": card.deadline,
    }


class MailActors:
    """What today's tables say of the actors of one mail: several of its items are about the same, each is asked once.

    public: those that are surely not confidential.
    """

    def __init__(self, session: Session, message: OutboxMessage) -> None:
        drawn_from = {actor_id for actor_ids in (message.drawn_from or {}).values() for actor_id in actor_ids}
        hidden = queries.any_confidential_actor(session, sorted(drawn_from))
        self.public: frozenset[str] = frozenset() if hidden else frozenset(drawn_from)
        self._session = session
        self._left: dict[str, bool] = {}

    def has_left(self, actor: Actor) -> bool:
        """Return whether an actor is closed or insolvent, and nobody keeps it in the lists."""
        if actor.id not in self._left:
            self._left[actor.id] = not actor.stays_listed and state_of_actor(self._session, actor) is not None
        return self._left[actor.id]


def why_not_as_shown(
    session: Session,
    row: CarriedRow,
    message: OutboxMessage,
    *,
    today: date,
    duplicates: Mapping[str, str],
    actors: MailActors,
) -> str | None:
    """Return why what a mail announces may not be told as it stands in it; None if it may.

    duplicates: `hidden_as_duplicates`. Everything is read from today's tables, no snapshot is trusted.
    """
    subscription, opportunity, announcement = row.subscription, row.opportunity, row.announcement
    if subscription is None or subscription.confirmed_at is None or subscription.frequency == "paused":
        return "stopped"
    if opportunity is None or (row.suggestion.lot_id and row.lot is None):
        return "gone"
    shown = announcement.told.get(SHOWN, {})
    followed_id = row.suggestion.actor_id or ""
    drawn_from = (message.drawn_from or {}).get(followed_id, [followed_id])
    if why := why_hidden(session, row, drawn_from, shown_blind=bool(shown.get("blind")), public=actors.public):
        return why
    if announcement.event == PROPOSED and not is_proposed(session, opportunity.id, followed_id):
        return "proposal_withdrawn"
    if is_duplicate(session, row, duplicates):
        return "duplicate"
    if opportunity.archived_at or (row.actor and row.actor.archived_at):
        return "archived"
    if row.actor and actors.has_left(row.actor):
        return "actor_left"
    is_told_cancelled = announcement.event.startswith("cancelled")
    if opportunity.status == "cancelled" and not is_told_cancelled:
        return "opportunity_cancelled"
    if opportunity.status in ("closed", "expected") or (opportunity.deadline and opportunity.deadline < today):
        return "opportunity_closed"
    if is_told_cancelled and opportunity.status != "cancelled":
        return "rectified"
    return None if shown == _facts_now(opportunity, row.lot, row.commune) else "rectified"


def why_hidden(
    session: Session, row: CarriedRow, actor_ids: Sequence[str], *, shown_blind: bool, public: Collection[str] = ()
) -> str | None:
    """Return why these actors or the opportunity may not be told of outside, None if all may.

    public: actors that are known not to be confidential.
    """
    if queries.any_confidential_actor(
        session, [actor_id for actor_id in actor_ids if actor_id and actor_id not in public]
    ):
        return "actor_confidential"
    if row.opportunity is None or not row.opportunity.confidential:
        return None
    if not shown_blind:
        return "confidential"
    return None if is_announced(row.opportunity) else "teaser_withdrawn"


def is_duplicate(session: Session, row: CarriedRow, duplicates: Mapping[str, str]) -> bool:
    """Return whether another row stands on the desk for this opportunity or actor."""
    opportunity, actor = row.opportunity, row.actor
    kept_opportunity_id, kept_actor_id = (duplicates.get(each.id if each else "") for each in (opportunity, actor))
    if not (kept_opportunity_id or kept_actor_id):
        return False
    kept_opportunity = catalogue_queries.opportunity_by_id(session, kept_opportunity_id or "", confidential=True)
    kept_actor = catalogue_queries.actor_by_id(session, kept_actor_id or "", confidential=True)
    # One that is confidential and one that is not are never one thing on the desk.
    return bool(
        (opportunity and kept_opportunity and kept_opportunity.confidential == opportunity.confidential)
        or (actor and kept_actor and kept_actor.confidential == actor.confidential)
    )


def _facts_now(opportunity: Opportunity, lot: Lot | None, commune: Commune | None) -> dict[str, Any]:
    if opportunity.confidential:
        return {"blind": True}
    card_title = f"{opportunity.title} – lot {lot.number} : {lot.title}" if lot else opportunity.title
    return {
        "blind": False,
        "title": card_title,
        "place": [commune.name if commune else opportunity.commune_name, opportunity.department],
        "deadline": opportunity.deadline.isoformat() if opportunity.deadline else None,
    }
