"""Partner accounts: invited for an actor; they see this actor and its proposals."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session

from api.accounts import queries
from api.accounts.accounts import PARTNER
from api.accounts.email_address import normalize_email
from api.accounts.invitations import open_account
from api.audit import log
from api.core.errors import ConflictError, NotFoundError
from api.core.settings import Settings
from models.accounts import Account
from models.actors import Actor
from models.database import writing
from models.partners import Partner
from models.reveal import AccountActor


def invite_partner(
    engine: Engine,
    email: str,
    actor_id: str,
    *,
    name: str = "",
    mailed: bool = False,
    by: str,
    now: datetime,
    options: Settings,
) -> str | None:
    """Give an actor to a partner account. Return the link that opens the account, None if it existed already.

    mailed: another link also goes to the address of a new account.

    Raises InvalidError, NotFoundError for an unknown actor, ConflictError for an address of the house.
    """
    partner_email = normalize_email(email)
    with writing(engine, durable=True) as session:
        if session.get(Actor, actor_id) is None:
            raise NotFoundError("Cet acteur n’existe pas.")
        account, invitation_link = queries.account_by_email(session, partner_email), None
        if account is None:
            account, invitation_link = open_account(
                session, partner_email, PARTNER, name, by, now, options, mailed=mailed
            )
        elif account.role != PARTNER:
            raise ConflictError("Cette adresse est celle d’un compte de l’équipe : il voit déjà tous les acteurs.")
        if queries.speaks_for(session, account.id, actor_id) is None:
            session.add(AccountActor(account_id=account.id, actor_id=actor_id, created_at=now))
            _note(session, by, "account.actor_given", account.id, actor_id, now)
    return invitation_link


def take_actor(engine: Engine, account_id: str, actor_id: str, *, by: str, now: datetime) -> None:
    """Take an actor from a partner account, effective at its next request. Idempotent."""
    with writing(engine, durable=True) as session:
        if account_actor := queries.speaks_for(session, account_id, actor_id):
            session.delete(account_actor)
            _note(session, by, "account.actor_taken", account_id, actor_id, now)


def partners_of(session: Session, actor_id: str) -> Sequence[Account]:
    """Return the partner accounts of an actor, by name."""
    return queries.accounts_of_actor(session, actor_id)


def email_of(session: Session, account_id: str) -> str:
    """Return the address of an account."""
    return session.get_one(Account, account_id).email


def _note(session: Session, by: str, action: str, account_id: str, actor_id: str, now: datetime) -> None:
    log.note(session, by=by, action=action, kind="account", of=account_id, detail={"actor": actor_id}, now=now)


def partner_of(engine: Engine, account_id: str, *, now: datetime) -> str:
    """Return the id of the partner with the account's address: answers by mail and in the space are one person's.

    It is created if missing; without subscriptions, no mail goes to it.
    """
    with writing(engine, durable=True) as session:
        account = session.get_one(Account, account_id)
        partner = queries.partner_by_email(session, account.email)
        if partner is None:
            partner = Partner(
                id=str(uuid.uuid4()), email=account.email, label=account.name, created_at=now, updated_at=now
            )
            session.add(partner)
        return partner.id
