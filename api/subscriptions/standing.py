"""Reads of subscriptions: for facilitators, and for the pages behind the links in mails."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlmodel import Session

from api.core.errors import NotFoundError
from api.subscriptions import queries
from api.subscriptions.queries import SubscriptionRow
from models.actors import Actor
from models.database import reading
from models.partners import Partner

NBSP = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Standing:
    """Whether a partner gets mails: for one subscription or, without `what`, for any.

    all_stopped: the partner unsubscribed from all mails.
    """

    written_to: bool
    all_stopped: bool
    what: str | None


def followed_in_words(actor: Actor | None, search: str | None) -> str:
    """Return the followed actor or search in French, without the name of an actor that is confidential today."""
    if search is not None:
        return f"la recherche «{NBSP}{search}{NBSP}»"
    return actor.name if actor and not actor.confidential else "un acteur"


def list_subscriptions(
    session: Session, *, partner_id: str | None = None, actor_id: str | None = None, after: str = "", limit: int = 50
) -> Sequence[SubscriptionRow]:
    """Return subscriptions by id, with their partners and followed actors."""
    return queries.subscription_page(session, partner_id=partner_id, actor_id=actor_id, after=after, limit=limit)


def read_subscription(session: Session, subscription_id: str) -> SubscriptionRow:
    """Return a subscription, with its partner and followed actor. Raises NotFoundError."""
    subscription_row = queries.subscription_row(session, subscription_id)
    if subscription_row is None:
        raise NotFoundError("Cet abonnement n’existe pas.")
    return subscription_row


def read_standing(engine: Engine, partner_id: str, subscription_id: str | None = None) -> Standing:
    """Return whether a partner gets mails. Raises NotFoundError for an unknown partner.

    An unknown subscription counts as stopped.
    """
    with reading(engine) as session:
        partner = session.get(Partner, partner_id)
        subscription_row = queries.subscription_row(session, subscription_id) if subscription_id else None
    if partner is None:
        raise NotFoundError("Ce partenaire n’existe pas.")
    stopped = partner.status == "unsubscribed"
    if subscription_id is None:
        return Standing(not stopped, stopped, None)
    if subscription_row is None or subscription_row.partner.id != partner_id:
        return Standing(False, stopped, None)
    what = followed_in_words(subscription_row.actor, subscription_row.subscription.search)
    return Standing(not stopped and subscription_row.subscription.confirmed_at is not None, stopped, what)
