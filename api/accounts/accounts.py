"""Accounts of the house: invited by an administrator, opened with a link that serves once, disabled, given a role."""

import hashlib
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session

from api.accounts import passwords, queries
from api.accounts.email_address import address
from api.audit import log
from api.core.errors import ConflictError, InvalidError, LinkExpiredError, NotFoundError
from api.core.settings import Settings
from models.accounts import Account, Invitation
from models.database import reading, writing

ADMINISTRATOR, FACILITATOR, PARTNER = "administrator", "facilitator", "partner"

# Those of the house. A partner speaks for actors, and is invited for one: `api.accounts.partner_accounts`.
ROLES = (ADMINISTRATOR, FACILITATOR)

NAME_LENGTH = 100

ACCOUNT_ROLES = {"facilitator": "animation", "administrator": "administration", "partner": "partenaire"}


@dataclass(frozen=True)
class Listed:
    """An account, and how many sessions let it in at this moment."""

    account: Account
    sessions: int


def invite(engine: Engine, email: str, role: str, *, name: str = "", by: str, now: datetime, options: Settings) -> str:
    """Open an account without a password, and return the link that gives it one; the link is kept nowhere.

    Raises InvalidError, ConflictError where there is such an account: `invite_again` is for it.
    """
    plain = address(email)
    _check_role(role)
    with writing(engine, durable=True) as session:
        if queries.account_by_email(session, plain):
            raise ConflictError("Un compte a déjà cette adresse : redonnez-lui un lien plutôt.")
        return open_account(session, plain, role, name, by, now, options)[1]


def open_account(
    session: Session, email: str, role: str, name: str, by: str, now: datetime, options: Settings
) -> tuple[Account, str]:
    """Open an account of a plain address within a unit of work; return it and its link. Raises InvalidError."""
    shown = " ".join(name.split()) or email.partition("@")[0]
    if len(shown) > NAME_LENGTH:
        raise InvalidError([("name", f"{NAME_LENGTH} caractères au plus")])
    account = Account(id=str(uuid.uuid4()), email=email, name=shown, role=role, created_at=now)
    session.add(account)
    session.flush()
    log.note(session, by=by, action="account.invited", kind="account", of=account.id, detail={"role": role}, now=now)
    return account, _new_link(session, account, now, options)


def invite_again(engine: Engine, account_id: str, *, by: str, now: datetime, options: Settings) -> str:
    """Return a new link, for who lost the first or their password; former links no longer hold.

    Raises NotFoundError, ConflictError where the account is disabled.
    """
    with writing(engine, durable=True) as session:
        account = _held(session, account_id)
        if account.disabled_at:
            raise ConflictError("Ce compte est désactivé : réactivez-le d’abord.")
        log.note(session, by=by, action="account.link_given", kind="account", of=account.id)
        return _new_link(session, account, now, options)


def read_invitation(session: Session, token: str, *, now: datetime) -> Account:
    """Return whose link this is. Raises NotFoundError, LinkExpiredError; it uses nothing."""
    return _invited(session, token, now)[1]


def accept(engine: Engine, token: str, password: str, *, now: datetime) -> None:
    """Set the password that the owner of a link chose; the link is used, and all their sessions are over.

    Raises NotFoundError, LinkExpiredError, InvalidError.
    """
    with reading(engine) as session:
        email = read_invitation(session, token, now=now).email
    kept = passwords.keep(password, email)
    with writing(engine, durable=True) as session:
        invitation, account = _invited(session, token, now)
        invitation.used_at, account.password_hash = now, kept
        session.add(invitation)
        session.add(account)
        end_sessions(session, account.id, now)
        log.note(
            session, by=f"account:{account.id}", action="account.password_set", kind="account", of=account.id, now=now
        )


def all_accounts(session: Session) -> Sequence[Account]:
    """Return all accounts, those that are disabled last."""
    return queries.all_accounts(session)


def list_accounts(session: Session, *, now: datetime, options: Settings) -> Sequence[Listed]:
    """Return all accounts, those that are disabled last."""
    seen_since = now - timedelta(minutes=options.session_idle_minutes)
    counts = queries.open_session_counts(session, seen_since, now)
    return [Listed(one, counts.get(one.id, 0)) for one in queries.all_accounts(session)]


def account_names(session: Session) -> dict[str, str]:
    """Return account id → name, of everybody there is."""
    return {one.id: one.name for one in queries.all_accounts(session)}


def find_account(engine: Engine, email: str) -> Account:
    """Return the account that has this address. Raises InvalidError, NotFoundError."""
    with reading(engine) as session:
        found = queries.account_by_email(session, address(email))
    if found is None:
        raise NotFoundError("Aucun compte n’a cette adresse.")
    return found


def disable(engine: Engine, account_id: str, *, by: str, now: datetime) -> None:
    """Let an account in no more, from this moment; its links no longer hold either. Twice is as once.

    Raises NotFoundError, ConflictError for the last administrator.
    """
    with writing(engine, durable=True) as session:
        account = _held(session, account_id)
        if account.disabled_at:
            return
        keep_an_administrator(session, account)
        account.disabled_at = now
        session.add(account)
        end_sessions(session, account.id, now)
        _end_links(session, account.id, now)
        log.note(session, by=by, action="account.disabled", kind="account", of=account.id, now=now)


def enable(engine: Engine, account_id: str, *, by: str, now: datetime) -> None:
    """Let a disabled account in again, by the password that it had. Raises NotFoundError."""
    with writing(engine, durable=True) as session:
        account = _held(session, account_id)
        if account.disabled_at is None:
            return
        account.disabled_at = None
        session.add(account)
        log.note(session, by=by, action="account.enabled", kind="account", of=account.id, now=now)


def change_role(engine: Engine, account_id: str, role: str, *, by: str, now: datetime) -> None:
    """Give an account of the house another role; it holds at its next request.

    Raises as `disable` does, InvalidError, and ConflictError for a partner, who never becomes one of the house.
    """
    _check_role(role)
    with writing(engine, durable=True) as session:
        account = _held(session, account_id)
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
    """End every session of an account, and return how many there were. Raises NotFoundError."""
    with writing(engine, durable=True) as session:
        account = _held(session, account_id)
        ended = end_sessions(session, account.id, now)
        log.note(session, by=by, action="account.sessions_revoked", kind="account", of=account.id, now=now)
    return ended


def end_sessions(session: Session, account_id: str, now: datetime) -> int:
    """End every session of an account within a unit of work."""
    found = queries.open_sessions(session, account_id)
    for one in found:
        one.revoked_at = now
        session.add(one)
    return len(found)


def keep_an_administrator(session: Session, account: Account) -> None:
    """Raises ConflictError where, without this account, nobody could administer any more."""
    if account.role == ADMINISTRATOR and not queries.other_administrators(session, account.id):
        raise ConflictError("C’est le dernier compte d’administration : donnez d’abord ce rôle à quelqu’un d’autre.")


def digest(token: str) -> str:
    """Return what is kept of a token."""
    # It has 256 random bits: a fast hash is enough, there is nothing to guess.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def new_token() -> str:
    return secrets.token_urlsafe(32)


def _new_link(session: Session, account: Account, now: datetime, options: Settings) -> str:
    _end_links(session, account.id, now)
    token = new_token()
    expires_at = now + timedelta(days=options.invitation_days)
    session.add(Invitation(id=digest(token), account_id=account.id, expires_at=expires_at, created_at=now))
    return f"{options.public_url.rstrip('/')}/invitation/{token}"


def _end_links(session: Session, account_id: str, now: datetime) -> None:
    for one in queries.invitations_of(session, account_id):
        if one.used_at is None:
            one.used_at = now
            session.add(one)


def _invited(session: Session, token: str, now: datetime) -> tuple[Invitation, Account]:
    found = queries.invitation_with_account(session, digest(token))
    if found is None:
        raise NotFoundError("Cette invitation n’existe pas.")
    if found[0].used_at or found[0].expires_at <= now or found[1].disabled_at:
        raise LinkExpiredError("Cette invitation a déjà servi, ou a expiré.")
    return found


def _held(session: Session, account_id: str) -> Account:
    account = queries.account_held(session, account_id)
    if account is None:
        raise NotFoundError("Ce compte n’existe pas.")
    return account


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise InvalidError([("role", f"attendu {' ou '.join(ROLES)}")])
