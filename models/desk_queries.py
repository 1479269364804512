"""What the desk's pages ask about an actor: who follows it, what was told of it and what was answered."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlmodel import Session, col, select

from models.alerts import Announcement
from models.partners import Partner, Subscription
from models.ratings import Rating
from models.suggestions import Suggestion


class AnnouncedRow(NamedTuple):
    """What a partner was told, of which opportunity (or lot), and what they say of it today."""

    announcement: Announcement
    suggestion: Suggestion
    label: str
    rating: Rating | None


def announced_about(session: Session, actor_id: str, *, limit: int) -> Sequence[AnnouncedRow]:
    """What was announced about an actor, newest first."""
    question = (
        select(Announcement, Suggestion, Partner.label, Rating)
        .join(Suggestion, col(Suggestion.id) == Announcement.suggestion_id)
        .join(Partner, col(Partner.id) == Announcement.partner_id)
        .join(
            Rating,
            (col(Rating.suggestion_id) == Announcement.suggestion_id)
            & (col(Rating.partner_id) == Announcement.partner_id)
            & col(Rating.superseded_at).is_(None),
            isouter=True,
        )
        .where(Announcement.actor_id == actor_id)
        .order_by(col(Announcement.night).desc(), Announcement.id)
        .limit(limit)
    )
    return [AnnouncedRow(*row) for row in session.exec(question).all()]


def followers(session: Session, actor_id: str) -> Sequence[tuple[str, bool]]:
    """Whoever follows an actor: its label, and whether its subscription is confirmed."""
    question = (
        select(Partner.label, col(Subscription.confirmed_at).is_not(None))
        .join(Subscription, col(Subscription.partner_id) == Partner.id)
        .where(Subscription.actor_id == actor_id)
        .order_by(Partner.label, Subscription.id)
    )
    return [(label, bool(confirmed)) for label, confirmed in session.exec(question).all()]
