"""Invitations: an account is opened with a link that sets its password once, shown to who invites, and mailed."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session

from api.accounts import mailed_links, passwords, queries
from api.accounts.accounts import NAME_LENGTH, check_role, end_links, end_sessions, held_account
from api.accounts.email_address import normalize_email
from api.accounts.tokens import digest, new_token
from api.audit import log
from api.core.errors import ConflictError, InvalidError, LinkExpiredError, NotFoundError
from api.core.settings import Settings
from api.mailing.links import Signer
from models.accounts import Account, Invitation
from models.database import reading, writing


def invite(
    engine: Engine,
    email: str,
    role: str,
    *,
    name: str = "",
    mailed: bool = False,
    by: str,
    now: datetime,
    options: Settings,
) -> str:
    """Open an account without a password and return the link that sets it, which is not stored.

    mailed: another one also goes to the address; either sets the password, and ends both.

    Raises InvalidError, ConflictError if the account exists (use `invite_again`).
    """
    account_email = normalize_email(email)
    check_role(role)
    with writing(engine, durable=True) as session:
        if queries.account_by_email(session, account_email):
            raise ConflictError("Un compte a déjà cette adresse : redonnez-lui un lien plutôt.")
        return open_account(session, account_email, role, name, by, now, options, mailed=mailed)[1]


def open_account(
    session: Session,
    email: str,
    role: str,
    name: str,
    by: str,
    now: datetime,
    options: Settings,
    *,
    mailed: bool = False,
) -> tuple[Account, str]:
    """Open an account in the caller's unit of work; email: normalized. Return it and its link. Raises InvalidError."""
    display_name = " ".join(name.split()) or email.partition("@")[0]
    if len(display_name) > NAME_LENGTH:
        raise InvalidError([("name", f"{NAME_LENGTH} caractères au plus")])
    account = Account(id=str(uuid.uuid4()), email=email, name=display_name, role=role, created_at=now)
    session.add(account)
    session.flush()
    log.note(session, by=by, action="account.invited", kind="account", of=account.id, detail={"role": role}, now=now)
    return account, _new_link(session, account, now, options, mailed=mailed)


def invite_again(
    engine: Engine, account_id: str, *, mailed: bool = False, by: str, now: datetime, options: Settings
) -> str:
    """Return a new link, after a lost link or password; former links are no longer valid.

    Raises NotFoundError, ConflictError if the account is disabled.
    """
    with writing(engine, durable=True) as session:
        account = held_account(session, account_id)
        if account.disabled_at:
            raise ConflictError("Ce compte est désactivé : réactivez-le d’abord.")
        log.note(session, by=by, action="account.link_given", kind="account", of=account.id)
        return _new_link(session, account, now, options, mailed=mailed)


def read_invitation(session: Session, token: str, *, now: datetime) -> Account:
    """Return the account of a link, without using the link. Raises NotFoundError, LinkExpiredError."""
    return _open_invitation(session, token, now)[1]


def accept(engine: Engine, token: str, password: str, *, now: datetime) -> None:
    """Set the chosen password; the link is used up, and all sessions of the account end.

    Raises NotFoundError, LinkExpiredError, InvalidError.
    """
    with reading(engine) as session:
        account = read_invitation(session, token, now=now)
    set_password(engine, token, passwords.hash_password(password, account.email, account.name), now=now)


def set_password(engine: Engine, token: str, password_hash: str, *, now: datetime) -> None:
    """Do the same with a password that is hashed already, by `passwords.hash_password`."""
    with writing(engine, durable=True) as session:
        _set_password(session, _open_invitation(session, token, now)[1], password_hash, now)


def set_password_by_mail(engine: Engine, signer: Signer, token: str, password_hash: str, *, now: datetime) -> None:
    """Do the same by a link that was mailed. Raises LinkError, LinkExpiredError."""
    with writing(engine, durable=True) as session:
        _set_password(session, mailed_links.read_link(session, signer, token, now=now), password_hash, now)


def _set_password(session: Session, account: Account, password_hash: str, now: datetime) -> None:
    account.password_hash = password_hash
    end_links(session, account, now)
    end_sessions(session, account.id, now)
    by = f"account:{account.id}"
    log.note(session, by=by, action="account.password_set", kind="account", of=account.id, now=now)


def _new_link(session: Session, account: Account, now: datetime, options: Settings, *, mailed: bool) -> str:
    end_links(session, account, now)
    if mailed:
        mailed_links.mail_invitation(session, account, now, options)
    token = new_token()
    expires_at = now + timedelta(days=options.invitation_days)
    session.add(Invitation(id=digest(token), account_id=account.id, expires_at=expires_at, created_at=now))
    return f"{options.public_url.rstrip('/')}/invitation/{token}"


def _open_invitation(session: Session, token: str, now: datetime) -> tuple[Invitation, Account]:
    invitation_row = queries.invitation_with_account(session, digest(token))
    if invitation_row is None:
        raise NotFoundError("Cette invitation n’existe pas.")
    if invitation_row[0].used_at or invitation_row[0].expires_at <= now or invitation_row[1].disabled_at:
        raise LinkExpiredError("Cette invitation a déjà servi, ou a expiré.")
    return invitation_row
