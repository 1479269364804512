"""Partners' accounts: invited for an actor, for which they then speak; they see it, and what is proposed to it."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session

from api.accounts import queries
from api.accounts.accounts import PARTNER, open_account
from api.accounts.email_address import address
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
    by: str,
    now: datetime,
    options: Settings,
) -> str | None:
    """Have an account speak for an actor. Return the link that opens it, None where the account was there already.

    Raises InvalidError, NotFoundError for an unknown actor, ConflictError where the address is one of the house.
    """
    plain = address(email)
    with writing(engine, durable=True) as session:
        if session.get(Actor, actor_id) is None:
            raise NotFoundError("Cet acteur n’existe pas.")
        account, link = queries.account_by_email(session, plain), None
        if account is None:
            account, link = open_account(session, plain, PARTNER, name, by, now, options)
        elif account.role != PARTNER:
            raise ConflictError("Cette adresse est celle d’un compte de l’équipe : il voit déjà tous les acteurs.")
        if queries.speaks_for(session, account.id, actor_id) is None:
            session.add(AccountActor(account_id=account.id, actor_id=actor_id, created_at=now))
            _note(session, by, "account.actor_given", account.id, actor_id, now)
    return link


def take_actor(engine: Engine, account_id: str, actor_id: str, *, by: str, now: datetime) -> None:
    """Have an account speak for an actor no more, from its next request. Twice is as once."""
    with writing(engine, durable=True) as session:
        if found := queries.speaks_for(session, account_id, actor_id):
            session.delete(found)
            _note(session, by, "account.actor_taken", account_id, actor_id, now)


def partners_of(session: Session, actor_id: str) -> Sequence[Account]:
    """Return the accounts that speak for an actor, by name."""
    return queries.accounts_of_actor(session, actor_id)


def email_of(session: Session, account_id: str) -> str:
    """Return the address of an account that is signed in."""
    return session.get_one(Account, account_id).email


def _note(session: Session, by: str, action: str, account_id: str, actor_id: str, now: datetime) -> None:
    log.note(session, by=by, action=action, kind="account", of=account_id, detail={"actor": actor_id}, now=now)


def partner_of(engine: Engine, account_id: str, *, now: datetime) -> str:
    """Return the id of the partner with an account's address: its answers by mail and here are those of one person.

    Where there is none yet it is made; nothing is written to it, for it follows nothing.
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
