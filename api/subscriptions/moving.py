"""A subscription to an actor that a person said is another one follows that other, and comes back when it is undone."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from models.partners import Subscription


def move_subscriptions(session: Session, from_actor_id: str, to_actor_id: str) -> None:
    """Let the followers of an actor follow another one.

    Who follows both keeps both subscriptions (one to what is not on the desk is not served), and is told nothing twice.
    """
    followers = _followers(session, from_actor_id)
    both = {subscription.partner_id: subscription for subscription in _followers(session, to_actor_id)}
    for subscription in followers:
        if twin := both.get(subscription.partner_id):
            _remember(session, twin, from_actor_id)
        else:
            _remember(session, subscription, from_actor_id)
            subscription.actor_id = to_actor_id


def move_subscriptions_back(session: Session, from_actor_id: str, to_actor_id: str) -> None:
    """Undo `move_subscriptions(session, to_actor_id, from_actor_id)`."""
    already = {subscription.partner_id for subscription in _followers(session, to_actor_id)}
    for subscription in _followers(session, from_actor_id):
        if to_actor_id in subscription.formerly and subscription.partner_id not in already:
            _remember(session, subscription, from_actor_id)
            subscription.actor_id = to_actor_id


def _followers(session: Session, actor_id: str) -> Sequence[Subscription]:
    return session.exec(
        select(Subscription).where(Subscription.actor_id == actor_id).order_by(col(Subscription.id))
    ).all()


def _remember(session: Session, subscription: Subscription, actor_id: str) -> None:
    """Note that what was announced about an actor is announced to this subscription's partner."""
    subscription.formerly = sorted({*subscription.formerly, actor_id})
    session.add(subscription)
