"""Who would hear of what is proposed to an actor: its partner's accounts, and who follows it by mail."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlmodel import Session, col, select

from models.accounts import Account
from models.actors import Actor
from models.partners import Partner, Subscription
from models.reveal import AccountActor


@dataclass(frozen=True)
class Receivers:
    """has_space: an account that may sign in speaks for the actor; has_mail: an active partner follows it."""

    has_space: bool = False
    has_mail: bool = False


def receivers_of(session: Session, actor_ids: Collection[str]) -> Mapping[str, Receivers]:
    """Return actor → who would hear of a proposal; a confidential actor is written to by no mail."""
    ids = sorted(actor_ids)
    accounts = select(AccountActor.actor_id).join(Account, col(Account.id) == AccountActor.account_id)
    with_space = set(
        session.exec(accounts.where(col(AccountActor.actor_id).in_(ids), col(Account.disabled_at).is_(None)))
    )
    followers = (
        select(Subscription.actor_id)
        .join(Partner, col(Partner.id) == Subscription.partner_id)
        .join(Actor, col(Actor.id) == Subscription.actor_id)
        .where(
            col(Subscription.actor_id).in_(ids),
            col(Subscription.confirmed_at).is_not(None),
            Subscription.frequency != "paused",
            Partner.status == "active",
            ~col(Actor.confidential),
        )
    )
    with_mail = set(session.exec(followers))
    return {actor_id: Receivers(actor_id in with_space, actor_id in with_mail) for actor_id in ids}
