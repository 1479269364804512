"""Accounts of the house: listed, disabled, enabled, given another role, signed out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session

from api.accounts import queries
from api.accounts.email_address import normalize_email
from api.accounts.tokens import new_mark
from api.audit import log
from api.core.errors import ConflictError, InvalidError, NotFoundError
from api.core.settings import Settings
from api.mailing.retrying import PASSWORD_MAILS
from models.accounts import Account
from models.database import reading, writing

ADMINISTRATOR, FACILITATOR, PARTNER = "administrator", "facilitator", "partner"

# Roles of the house. Partners are invited by `api.accounts.partner_accounts`.
ROLES = (ADMINISTRATOR, FACILITATOR)

NAME_LENGTH = 100

ACCOUNT_ROLES = {"facilitator": "animation", "administrator": "administration", "partner": "partenaire"}


@dataclass(frozen=True)
class AccountWithSessions:
    """An account and the number of its open sessions."""

    account: Account
    sessions: int


def all_accounts(session: Session) -> Sequence[Account]:
    """Return all accounts, disabled ones last."""
    return queries.all_accounts(session)


def list_accounts(session: Session, *, now: datetime, options: Settings) -> Sequence[AccountWithSessions]:
    """Return all accounts with the number of their open sessions, disabled ones last."""
    seen_since = now - timedelta(minutes=options.session_idle_minutes)
    session_counts = queries.open_session_counts(session, seen_since, now)
    return [
        AccountWithSessions(account, session_counts.get(account.id, 0)) for account in queries.all_accounts(session)
    ]


def account_names(session: Session) -> dict[str, str]:
    """Return account id → name, for all accounts."""
    return {account.id: account.name for account in queries.all_accounts(session)}


def find_account(engine: Engine, email: str) -> Account:
    """Return the account of an address. Raises InvalidError, NotFoundError."""
    with reading(engine) as session:
        account = queries.account_by_email(session, normalize_email(email))
    if account is None:
        raise NotFoundError("Aucun compte n’a cette adresse.")
    return account


def disable(engine: Engine, account_id: str, *, by: str, now: datetime) -> None:
    """Disable an account and end its sessions and links. Idempotent.

    Raises NotFoundError, ConflictError for the last administrator.
    """
    with writing(engine, durable=True) as session:
        account = held_account(session, account_id)
        if account.disabled_at:
            return
        keep_an_administrator(session, account)
        account.disabled_at = now
        session.add(account)
        end_sessions(session, account.id, now)
        end_links(session, account, now)
        log.note(session, by=by, action="account.disabled", kind="account", of=account.id, now=now)


def rename(engine: Engine, account_id: str, name: str, *, now: datetime) -> None:
    """Give an account the name that its owner chose. Raises NotFoundError, InvalidError."""
    display_name = " ".join(name.split())
    if not display_name:
        raise InvalidError([("name", "écrivez votre nom")])
    if len(display_name) > NAME_LENGTH:
        raise InvalidError([("name", f"{NAME_LENGTH} caractères au plus")])
    with writing(engine, durable=True) as session:
        account = held_account(session, account_id)
        if account.name == display_name:
            return
        account.name = display_name
        session.add(account)
        by = f"account:{account.id}"
        log.note(session, by=by, action="account.renamed", kind="account", of=account.id, now=now)


def choose_morning_mail(engine: Engine, account_id: str, chosen: bool) -> None:
    """Have « Ma journée » mailed to an account of the house, or no longer. Raises NotFoundError."""
    with writing(engine, durable=True) as session:
        account = held_account(session, account_id)
        account.morning_mail = chosen
        session.add(account)


def has_morning_mail(session: Session, account_id: str) -> bool:
    """Return whether « Ma journée » is mailed to an account."""
    return session.get_one(Account, account_id).morning_mail


def enable(engine: Engine, account_id: str, *, by: str, now: datetime) -> None:
    """Enable a disabled account, with its former password. Raises NotFoundError."""
    with writing(engine, durable=True) as session:
        account = held_account(session, account_id)
        if account.disabled_at is None:
            return
        account.disabled_at = None
        session.add(account)
        log.note(session, by=by, action="account.enabled", kind="account", of=account.id, now=now)


def change_role(engine: Engine, account_id: str, role: str, *, by: str, now: datetime) -> None:
    """Give an account of the house another role, effective at its next request.

    Raises the errors of `disable`, InvalidError, and ConflictError for a partner account.
    """
    check_role(role)
    with writing(engine, durable=True) as session:
        account = held_account(session, account_id)
        if account.role == PARTNER:
            raise ConflictError("Un compte partenaire le reste : invitez la personne à une autre adresse.")
        if account.role == role:
            return
        keep_an_administrator(session, account)
        account.role = role
        session.add(account)
        log.note(
            session, by=by, action="account.role_changed", kind="account", of=account.id, detail={"role": role}, now=now
        )


def revoke_sessions(engine: Engine, account_id: str, *, by: str, now: datetime) -> int:
    """End every session of an account and return their number. Raises NotFoundError."""
    with writing(engine, durable=True) as session:
        account = held_account(session, account_id)
        ended_count = end_sessions(session, account.id, now)
        log.note(session, by=by, action="account.sessions_revoked", kind="account", of=account.id, now=now)
    return ended_count


def end_sessions(session: Session, account_id: str, now: datetime) -> int:
    """End every session of an account within a unit of work."""
    session_rows = queries.open_sessions(session, account_id)
    for session_row in session_rows:
        session_row.revoked_at = now
        session.add(session_row)
    return len(session_rows)


def keep_an_administrator(session: Session, account: Account) -> None:
    """Raises ConflictError if this is the last administrator who can sign in."""
    if account.role == ADMINISTRATOR and not queries.other_administrators(session, account.id):
        raise ConflictError("C’est le dernier compte d’administration : donnez d’abord ce rôle à quelqu’un d’autre.")


def end_links(session: Session, account: Account, now: datetime) -> None:
    """End every link of an account, shown or mailed, and the mails that wait for theirs, within a unit of work."""
    for invitation in queries.invitations_of(session, account.id):
        if invitation.used_at is None:
            invitation.used_at = now
            session.add(invitation)
    account.link_mark = new_mark()
    session.add(account)
    for message in queries.waiting_messages(session, account.email, PASSWORD_MAILS):
        message.status = "cancelled"
        session.add(message)


def held_account(session: Session, account_id: str) -> Account:
    account = queries.account_held(session, account_id)
    if account is None:
        raise NotFoundError("Ce compte n’existe pas.")
    return account


def check_role(role: str) -> None:
    if role not in ROLES:
        raise InvalidError([("role", f"attendu {' ou '.join(ROLES)}")])
