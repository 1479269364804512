"""What partners follow, read back: for facilitators, and for the pages behind the links in mails."""

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
    """Whether a partner is written to, about one subscription or, with no `what`, about anything at all.

    `all_stopped`: they are not written to about anything.
    """

    written_to: bool
    all_stopped: bool
    what: str | None


def what_of(actor: Actor | None, search: str | None) -> str:
    """Return what is followed, as it is said to a partner: no name of what is confidential today."""
    if search is not None:
        return f"la recherche «{NBSP}{search}{NBSP}»"
    return actor.name if actor and not actor.confidential else "un acteur"


def list_subscriptions(
    session: Session, *, partner_id: str | None = None, actor_id: str | None = None, after: str = "", limit: int = 50
) -> Sequence[SubscriptionRow]:
    """Return subscriptions by id, with whose they are and what they follow."""
    return queries.subscription_page(session, partner_id=partner_id, actor_id=actor_id, after=after, limit=limit)


def read_subscription(session: Session, subscription_id: str) -> SubscriptionRow:
    """Return a subscription, with whose it is and what it follows. Raises NotFoundError."""
    row = queries.subscription_row(session, subscription_id)
    if row is None:
        raise NotFoundError("Cet abonnement n’existe pas.")
    return row


def read_standing(engine: Engine, partner_id: str, subscription_id: str | None = None) -> Standing:
    """Return whether a partner is written to. Raises NotFoundError for an unknown partner.

    A subscription that is gone is one that nothing is written about.
    """
    with reading(engine) as session:
        partner = session.get(Partner, partner_id)
        row = queries.subscription_row(session, subscription_id) if subscription_id else None
    if partner is None:
        raise NotFoundError("Ce partenaire n’existe pas.")
    stopped = partner.status == "unsubscribed"
    if subscription_id is None:
        return Standing(not stopped, stopped, None)
    if row is None or row.partner.id != partner_id:
        return Standing(False, stopped, None)
    what = what_of(row.actor, row.subscription.search)
    return Standing(not stopped and row.subscription.confirmed_at is not None, stopped, what)
