"""Partners, what they follow and what they said: every SELECT about them."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from models.actors import Actor
from models.alerts import Announcement, OutboxMessage
from models.partners import Partner, Subscription
from models.ratings import Rating
from models.suggestions import Impression, RankedList, Suggestion


class SubscriptionRow(NamedTuple):
    """A subscription, whose it is, and the actor that it follows, if it follows one."""

    subscription: Subscription
    partner: Partner
    actor: Actor | None


def partner_by_email(session: Session, email: str) -> Partner | None:
    return session.exec(select(Partner).where(Partner.email == email)).first()


def partner_held(session: Session, partner_id: str) -> Partner | None:
    """A partner whose row nobody else may write until this unit of work ends (SQLite has one writer anyway)."""
    return session.exec(select(Partner).where(Partner.id == partner_id).with_for_update()).first()


def subscription_to(
    session: Session, partner_id: str, *, actor_id: str | None, search: str | None
) -> Subscription | None:
    question = select(Subscription).where(Subscription.partner_id == partner_id)
    return session.exec(question.where(Subscription.actor_id == actor_id, Subscription.search == search)).first()


def subscriptions_of(session: Session, partner_id: str) -> Sequence[Subscription]:
    question = select(Subscription).where(Subscription.partner_id == partner_id)
    return session.exec(question.order_by(col(Subscription.created_at), Subscription.id)).all()


def subscription_row(session: Session, subscription_id: str) -> SubscriptionRow | None:
    subscription = session.get(Subscription, subscription_id)
    if subscription is None:
        return None
    partner = session.get_one(Partner, subscription.partner_id)
    return SubscriptionRow(subscription, partner, session.get(Actor, subscription.actor_id or ""))


def subscription_page(
    session: Session, *, partner_id: str | None = None, actor_id: str | None = None, after: str = "", limit: int = 50
) -> Sequence[SubscriptionRow]:
    question = (
        select(Subscription, Partner, Actor)
        .join(Partner, col(Partner.id) == Subscription.partner_id)
        .join(Actor, col(Actor.id) == Subscription.actor_id, isouter=True)
        .where(Subscription.id > after)
    )
    if partner_id:
        question = question.where(Subscription.partner_id == partner_id)
    if actor_id:
        question = question.where(Subscription.actor_id == actor_id)
    return [SubscriptionRow(*row) for row in session.exec(question.order_by(Subscription.id).limit(limit)).all()]


def confirmation_under_way(session: Session, subscription_id: str, night: date) -> OutboxMessage | None:
    """A confirmation of this subscription that was written that day, or that has still to leave."""
    question = select(OutboxMessage).where(
        OutboxMessage.purpose == "confirmation",
        OutboxMessage.about == subscription_id,
        (col(OutboxMessage.night) == night) | (col(OutboxMessage.status) == "pending"),
    )
    return session.exec(question).first()


def waiting_messages(session: Session, partner_id: str, *, about: str | None = None) -> Sequence[OutboxMessage]:
    """What has still to leave to a partner and no process is at."""
    question = select(OutboxMessage).where(
        OutboxMessage.partner_id == partner_id,
        OutboxMessage.status == "pending",
        col(OutboxMessage.lease_owner).is_(None),
    )
    if about is not None:
        question = question.where(OutboxMessage.about == about)
    return session.exec(question).all()


def current_rating(session: Session, partner_id: str, suggestion_id: str) -> Rating | None:
    question = select(Rating).where(Rating.partner_id == partner_id, Rating.suggestion_id == suggestion_id)
    return session.exec(question.where(col(Rating.superseded_at).is_(None))).first()


def ratings_of(session: Session, suggestion_id: str, *, history: bool = False) -> Sequence[Rating]:
    """What was said of a suggestion, oldest first; with `history`, also what was said before."""
    question = select(Rating).where(Rating.suggestion_id == suggestion_id)
    if not history:
        question = question.where(col(Rating.superseded_at).is_(None))
    return session.exec(question.order_by(col(Rating.created_at), Rating.id)).all()


class RatingGround(NamedTuple):
    """What a new rating stands on: what its pair is, what is said of it now, and in which list it was seen."""

    known: tuple[bool, bool]  # the partner, the suggestion
    current: Rating | None
    announced_id: str | None
    shown_id: str | None


def rating_ground(session: Session, partner_id: str, suggestion_id: str) -> RatingGround:
    """Read, in one question, all that a new rating needs: many may be waiting behind it."""
    if session.get_bind().dialect.name != "sqlite":
        # Of two answers at once, the second must see the first; SQLite has one writer anyway.
        partner_held(session, partner_id)
    row = session.execute(_RATING_GROUND, {"partner": partner_id, "suggestion": suggestion_id}).first()
    if row is None:
        return RatingGround((session.get(Partner, partner_id) is not None, False), None, None, None)
    return RatingGround((row[0] is not None, True), row[1], row[2], row[3])


def announced_impression(session: Session, partner_id: str, suggestion_id: str) -> Impression | None:
    """How a suggestion stood when this partner was last told of it."""
    question = select(Impression).join(Announcement, col(Announcement.impression_id) == Impression.id)
    question = question.where(Announcement.partner_id == partner_id, Announcement.suggestion_id == suggestion_id)
    return session.exec(question.order_by(col(Announcement.night).desc(), Announcement.id).limit(1)).first()


# Built once: it is asked for every rating.
_RATING_GROUND: Any = (
    select(
        Partner.id,
        Rating,
        select(Announcement.impression_id)
        .where(
            Announcement.partner_id == bindparam("partner"),
            Announcement.suggestion_id == bindparam("suggestion"),
            col(Announcement.impression_id).is_not(None),
        )
        .order_by(col(Announcement.night).desc(), Announcement.id)
        .limit(1)
        .scalar_subquery(),
        select(Impression.id)
        .join(RankedList, col(RankedList.id) == Impression.list_id)
        .where(Impression.suggestion_id == bindparam("suggestion"))
        .order_by(col(RankedList.created_at).desc(), Impression.id)
        .limit(1)
        .scalar_subquery(),
    )
    .select_from(Suggestion)
    .join(Partner, col(Partner.id) == bindparam("partner"), isouter=True)
    .join(
        Rating,
        (col(Rating.suggestion_id) == Suggestion.id)
        & (col(Rating.partner_id) == Partner.id)
        & col(Rating.superseded_at).is_(None),
        isouter=True,
    )
    .where(Suggestion.id == bindparam("suggestion"))
)
