"""Announcements about an actor, with today's ratings, and the partners that follow it."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from api.alerts import queries
from api.matching.answer import OpportunityCard
from api.matching.snapshot import Snapshot
from models.ratings import Rating

EVENTS = {
    "new": "nouveauté",
    "proposed": "proposition de l’équipe",
    "cancelled": "annulation",
    "rectified": "rectification",
    "worse": "devenue moins proche",
    "better": "devenue plus proche",
    "follow_up": "suite demandée",
}


@dataclass(frozen=True)
class AnnouncementEntry:
    """An announcement of an actor's suggestion to one partner, and the partner's rating today.

    opportunity: None if it is gone, or if the need was a pasted text.
    """

    night: date
    event: str
    opportunity: OpportunityCard | None
    partner: str
    rating: Rating | None


@dataclass(frozen=True)
class Follower:
    """A partner that follows an actor: the label alone, not the address."""

    label: str
    confirmed: bool


def announcements_about(
    session: Session, snapshot: Snapshot, actor_id: str, *, most: int = 50
) -> list[AnnouncementEntry]:
    """Return the last announcements about an actor, the newest first. For facilitators only: it names partners."""
    announced_rows = queries.announced_about(session, actor_id, limit=most)
    return [
        AnnouncementEntry(
            night=announced_row.announcement.night,
            event=announced_row.announcement.event.partition(":")[0],
            opportunity=_card(snapshot, announced_row.suggestion.lot_id, announced_row.suggestion.opportunity_id),
            partner=announced_row.label,
            rating=announced_row.rating,
        )
        for announced_row in announced_rows
    ]


def _card(snapshot: Snapshot, lot_id: str | None, opportunity_id: str | None) -> OpportunityCard | None:
    cards = snapshot.opportunity_cards
    return cards.get(lot_id or "") or cards.get(opportunity_id or "")


def followers_of(session: Session, actor_id: str) -> list[Follower]:
    """Return the followers of an actor. For facilitators only."""
    return [Follower(*row) for row in queries.followers(session, actor_id)]
