"""Sessions: who signs in gets a token; the tables keep its digest, and a session ends when they say so."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session

from api.accounts import passwords, queries, throttle
from api.accounts.accounts import digest, new_token
from api.accounts.throttle import Attempt
from api.audit import log
from api.core.errors import RefusedSignInError
from api.core.settings import Settings
from models.accounts import Account, AccountSession
from models.database import writing

# A session's last use is written no oftener: each page would else wait for a write.
NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class SignedIn:
    """Whose session this is, as the account is at this moment. session_id: of a session whose use is to be noted."""

    account_id: str
    name: str
    role: str
    session_id: str | None = None


def sign_in(
    engine: Engine,
    email: str,
    password: str,
    *,
    address: str,
    former: str | None = None,
    now: datetime,
    options: Settings,
) -> str:
    """Return the token of a new session; `former`, the token that the browser came with, is good for nothing any more.

    Raises RefusedSignInError, the same for whoever is unknown, disabled, not yet open, or wrong; TooManyError.
    """
    attempt = Attempt(email.strip().lower()[:254], address)
    with writing(engine, durable=True) as session:
        throttle.charge(session, attempt, now)
        account = queries.account_by_email(session, attempt.email)
        kept = account.password_hash if account and not account.disabled_at else None
    # Outside the lock: this takes as long as all else together, on purpose.
    right = passwords.holds(password, kept)
    renewed = passwords.renewed(password, kept) if right and kept else None
    token = new_token()
    with writing(engine, durable=True) as session:
        current = queries.account_held(session, account.id) if account else None
        # While the password was looked at, the account may have been closed or given another one.
        if not right or current is None or current.disabled_at or current.password_hash != kept:
            log.note(
                session,
                by=log.ANONYMOUS,
                action="sign_in.failed",
                kind="account",
                of=account.id if account else "",
                now=now,
            )
        else:
            throttle.give_back(session, attempt)
            if former and (old := session.get(AccountSession, digest(former))):
                old.revoked_at = old.revoked_at or now
                session.add(old)
            if renewed:
                current.password_hash = renewed
                session.add(current)
            expires_at = now + timedelta(hours=options.session_hours)
            session.add(
                AccountSession(
                    id=digest(token), account_id=current.id, created_at=now, expires_at=expires_at, last_seen_at=now
                )
            )
            log.note(session, by=f"account:{current.id}", action="sign_in.ok", kind="account", of=current.id, now=now)
            return token
    raise RefusedSignInError("Adresse ou mot de passe incorrect.")


def who(session: Session, token: str | None, *, now: datetime, options: Settings) -> SignedIn | None:
    """Return whose token this is, if its session still holds. Whoever asks notes its use, where that is due."""
    if not token:
        return None
    idle = timedelta(minutes=options.session_idle_minutes)
    found = queries.session_with_account(session, digest(token))
    if found is None or not _holds(*found, now, idle):
        return None
    stored, account = found
    is_due = now - stored.last_seen_at >= NOTED_EVERY
    return SignedIn(account.id, account.name, account.role, stored.id if is_due else None)


def note_use(session: Session, session_id: str, now: datetime) -> None:
    """Note that a session was used; one that was removed meanwhile needs no note."""
    stored = session.get(AccountSession, session_id)
    if stored:
        stored.last_seen_at = max(stored.last_seen_at, now)
        session.add(stored)


def sign_out(engine: Engine, token: str | None, *, now: datetime) -> None:
    """End a session. An unknown one needs no ending."""
    with writing(engine, durable=True) as session:
        stored = session.get(AccountSession, digest(token or ""))
        if stored and stored.revoked_at is None:
            stored.revoked_at = now
            session.add(stored)


def _holds(stored: AccountSession, account: Account, now: datetime, idle: timedelta) -> bool:
    return (
        stored.revoked_at is None
        and account.disabled_at is None
        and now < stored.expires_at
        and now - stored.last_seen_at < idle
    )
