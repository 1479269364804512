"""The actors by name, and what became of what was proposed to one of them."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from api.alerts import queries
from api.matching.answer import OpportunityCard
from api.matching.snapshot import Snapshot
from models.ratings import Rating

EVENTS = {
    "new": "nouveauté",
    "cancelled": "annulation",
    "rectified": "rectification",
    "worse": "devenue moins proche",
    "better": "devenue plus proche",
    "follow_up": "suite demandée",
}


@dataclass(frozen=True)
class Told:
    """What one partner was told of an actor's suggestion, and what they say of it today.

    `opportunity` is None once it is gone, or where the need was a pasted text.
    """

    night: date
    event: str
    opportunity: OpportunityCard | None
    partner: str
    rating: Rating | None


@dataclass(frozen=True)
class Follower:
    """Who follows an actor: how they call themselves, nothing of their address."""

    label: str
    confirmed: bool


def told_of_actor(session: Session, snapshot: Snapshot, actor_id: str, *, most: int = 50) -> list[Told]:
    """Return what was last announced about an actor, the newest first. It is for facilitators: it tells of partners."""
    rows = queries.announced_about(session, actor_id, limit=most)
    return [
        Told(
            night=row.announcement.night,
            event=row.announcement.event.partition(":")[0],
            opportunity=_card(snapshot, row.suggestion.lot_id, row.suggestion.opportunity_id),
            partner=row.label,
            rating=row.rating,
        )
        for row in rows
    ]


def _card(snapshot: Snapshot, lot_id: str | None, opportunity_id: str | None) -> OpportunityCard | None:
    cards = snapshot.opportunity_cards
    return cards.get(lot_id or "") or cards.get(opportunity_id or "")


def followers_of(session: Session, actor_id: str) -> list[Follower]:
    """Return who follows an actor. It is for facilitators."""
    return [Follower(*row) for row in queries.followers(session, actor_id)]
