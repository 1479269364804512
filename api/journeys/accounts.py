"""Accounts: by invitation only; passwords hashed by Argon2id; sessions kept by us, so that they can be ended.

What a browser or a link holds is random (256 bits); only its SHA-256 is kept. An unknown address and a wrong password
are answered alike and take alike; after some failures an address waits, whether it is known or not.
"""

import hashlib
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Engine
from sqlmodel import Session

from api.errors import InvalidError, NotFoundError, UnauthorizedError
from api.journeys.wishes import address
from models import account_queries
from models.accounts import Account, Invitation, SignInFailure, SignInSession
from models.database import reading, writing

FACILITATOR, ADMINISTRATOR = "facilitator", "administrator"
ROLES = (FACILITATOR, ADMINISTRATOR)
SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 200
INVITATION_LASTS = timedelta(days=7)
SESSION_LASTS = timedelta(hours=12)
# From this failure on, an address waits; the wait doubles with each, up to the longest.
PATIENCE = 5
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=15)

_hasher = PasswordHasher()
# Verified where there is no account, so that the time taken tells nothing.
_NOBODY = _hasher.hash(secrets.token_urlsafe())


@dataclass(frozen=True)
class Visitor:
    """Who is signed in."""

    account_id: str
    name: str
    role: str


def invite(engine: Engine, email: str, name: str, role: str, *, now: datetime) -> str:
    """Make an account, or invite its holder again, and return the invitation's token: shown once, kept nowhere.

    Earlier invitations of that account end. Raises InvalidError.
    """
    plain = address(email)
    problems = [] if 0 < len(name) <= 100 else [("name", "de 1 à 100 caractères")]
    if role not in ROLES:
        problems.append(("role", f"attendu {', '.join(ROLES)}"))
    if problems:
        raise InvalidError(problems)
    token = secrets.token_urlsafe(32)
    with writing(engine, durable=True) as session:
        account = account_queries.account_by_email(session, plain)
        if account is None:
            account = Account(id=str(uuid.uuid4()), email=plain, name=name, role=role, created_at=now)
        account.name, account.role, account.disabled_at = name, role, None
        session.add(account)
        session.flush()
        for former in account_queries.open_invitations(session, account.id):
            former.used_at = now
            session.add(former)
        session.add(Invitation(token_hash=_hash(token), account_id=account.id, expires_at=now + INVITATION_LASTS))
    return token


def invited(engine: Engine, token: str, *, now: datetime) -> Account:
    """Return whom an invitation is for. Raises NotFoundError."""
    with reading(engine) as session:
        return _invitation(session, token, now)[1]


def accept(engine: Engine, token: str, password: str, *, now: datetime) -> None:
    """Set the password that an invitation lets its holder choose; every session of the account ends.

    Raises NotFoundError, InvalidError.
    """
    with reading(engine) as session:
        _, account = _invitation(session, token, now)
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise InvalidError([("password", f"de {SHORTEST_PASSWORD} à {LONGEST_PASSWORD} caractères")])
    if password.lower() in (account.email, account.name.lower()):
        raise InvalidError([("password", "trop facile à deviner : ni votre nom ni votre adresse")])
    hashed = _hasher.hash(password)
    with writing(engine, durable=True) as session:
        invitation, account = _invitation(session, token, now)
        invitation.used_at, account.password_hash = now, hashed
        session.add_all((invitation, account))
        _end_sessions(session, account.id, now)


def sign_in(engine: Engine, email: str, password: str, *, now: datetime) -> str:
    """Return the token of a new session. Raises UnauthorizedError: wrong, unknown, disabled, or too many failures."""
    plain = email.strip().lower()
    key = _hash(plain)
    with reading(engine) as session:
        account = account_queries.account_by_email(session, plain)
        failure = session.get(SignInFailure, key)
    if failure and failure.blocked_until and failure.blocked_until > now:
        raise UnauthorizedError("Trop d’essais : réessayez dans quelques minutes.")
    known = account if account and account.password_hash and not account.disabled_at else None
    if not _verified(known.password_hash if known else None, password) or known is None:
        _count_failure(engine, key, now)
        raise UnauthorizedError("Adresse ou mot de passe incorrect.")
    token = secrets.token_urlsafe(32)
    with writing(engine, durable=True) as session:
        if failure := session.get(SignInFailure, key):
            session.delete(failure)
        session.add(
            SignInSession(token_hash=_hash(token), account_id=known.id, created_at=now, expires_at=now + SESSION_LASTS)
        )
        if _hasher.check_needs_rehash(known.password_hash or ""):
            known.password_hash = _hasher.hash(password)
            session.add(session.merge(known))
    return token


def visitor(engine: Engine, token: str | None, *, now: datetime) -> Visitor | None:
    """Return who a session is of; None where it is none, has ended, or its account is disabled."""
    if not token:
        return None
    with reading(engine) as session:
        account = account_queries.account_by_session(session, _hash(token), now)
    return Visitor(account.id, account.name, account.role) if account else None


def sign_out(engine: Engine, token: str, *, now: datetime) -> None:
    """End a session; nothing happens where it is none."""
    with writing(engine, durable=True) as session:
        if found := session.get(SignInSession, _hash(token)):
            found.revoked_at = found.revoked_at or now
            session.add(found)


def disable(engine: Engine, account_id: str, *, now: datetime) -> None:
    """Let nobody in any more by an account; its sessions and invitations end at once. Raises NotFoundError."""
    with writing(engine, durable=True) as session:
        account = session.get(Account, account_id)
        if account is None:
            raise NotFoundError("Ce compte n’existe pas.")
        account.disabled_at = account.disabled_at or now
        session.add(account)
        _end_sessions(session, account_id, now)


def list_accounts(engine: Engine) -> Sequence[Account]:
    with reading(engine) as session:
        return account_queries.all_accounts(session)


def state_of(account: Account) -> str:
    """Return invited, open or closed."""
    if account.disabled_at:
        return "closed"
    return "open" if account.password_hash else "invited"


def _invitation(session: Session, token: str, now: datetime) -> tuple[Invitation, Account]:
    found = account_queries.live_invitation(session, _hash(token), now)
    if found is None:
        raise NotFoundError("Cette invitation a déjà servi, a expiré ou n’existe pas. Demandez-en une autre.")
    return found


def _end_sessions(session: Session, account_id: str, now: datetime) -> None:
    for one in account_queries.live_sessions(session, account_id):
        one.revoked_at = now
        session.add(one)


def _count_failure(engine: Engine, key: str, now: datetime) -> None:
    with writing(engine, durable=True) as session:
        failure = session.get(SignInFailure, key) or SignInFailure(address_hash=key)
        failure.failures += 1
        if failure.failures >= PATIENCE:
            wait = FIRST_WAIT * float(2 ** min(failure.failures - PATIENCE, 10))
            failure.blocked_until = now + min(wait, LONGEST_WAIT)
        session.add(failure)


def _verified(hashed: str | None, password: str) -> bool:
    try:
        return _hasher.verify(hashed or _NOBODY, password[:LONGEST_PASSWORD]) and hashed is not None
    except (VerificationError, InvalidHashError):
        return False


def _hash(secret: str) -> str:
    # Tokens have 256 random bits: a fast hash is enough. Of an address it only keeps it out of sight.
    return hashlib.sha256(secret.encode()).hexdigest()
