"""Queries about partners' subscriptions."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlmodel import Session, col, select

from models.actors import Actor
from models.alerts import OutboxMessage
from models.partners import Partner, Subscription


class SubscriptionRow(NamedTuple):
    """A subscription, its partner, and the followed actor, if any."""

    subscription: Subscription
    partner: Partner
    actor: Actor | None


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
    """A confirmation mail of this subscription that was written that day or is still pending."""
    question = select(OutboxMessage).where(
        OutboxMessage.purpose == "confirmation",
        OutboxMessage.about == subscription_id,
        (col(OutboxMessage.night) == night) | (col(OutboxMessage.status) == "pending"),
    )
    return session.exec(question.order_by(OutboxMessage.id)).first()


def waiting_messages(session: Session, partner_id: str, *, about: str | None = None) -> Sequence[OutboxMessage]:
    """Pending messages to a partner that no process has leased."""
    question = select(OutboxMessage).where(
        OutboxMessage.partner_id == partner_id,
        OutboxMessage.status == "pending",
        col(OutboxMessage.lease_owner).is_(None),
    )
    if about is not None:
        question = question.where(OutboxMessage.about == about)
    return session.exec(question).all()
