"""Sessions: sign in, identify by token, sign out. The tables keep the token's digest."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session

from api.accounts import passwords, queries, throttle
from api.accounts.throttle import Attempt
from api.accounts.tokens import digest, new_token
from api.audit import log
from api.core.errors import RefusedSignInError
from api.core.settings import Settings
from models.accounts import Account, AccountSession
from models.database import writing

# A session's last use is written at most this often, so that pages need not wait for a write.
NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class SignedIn:
    """The account of a session, as it is now. session_id: set if the use of the session is to be noted."""

    account_id: str
    name: str
    role: str
    session_id: str | None = None


def sign_in(
    engine: Engine,
    email: str,
    password: str,
    *,
    client_address: str,
    former_token: str | None = None,
    now: datetime,
    options: Settings,
) -> str:
    """Return the token of a new session. former_token: the browser's token, which is revoked.

    Raises RefusedSignInError, the same for an unknown, disabled or unopened account and a wrong password; TooManyError.
    """
    attempt = Attempt(email.strip().lower()[:254], client_address)
    with writing(engine, durable=True) as session:
        throttle.record_failure(session, attempt, now)
        account = queries.account_by_email(session, attempt.email)
        stored_hash = account.password_hash if account and not account.disabled_at else None
    # Outside the write lock: hashing is slow on purpose.
    is_right = passwords.verify_password(password, stored_hash)
    new_hash = passwords.rehash_if_outdated(password, stored_hash) if is_right and stored_hash else None
    token = new_token()
    with writing(engine, durable=True) as session:
        current_account = queries.account_held(session, account.id) if account else None
        # During the verification, the account may have been disabled or its password changed.
        if (
            not is_right
            or current_account is None
            or current_account.disabled_at
            or current_account.password_hash != stored_hash
        ):
            log.note(
                session,
                by=log.ANONYMOUS,
                action="sign_in.failed",
                kind="account",
                of=account.id if account else "",
                now=now,
            )
        else:
            throttle.clear_failures(session, attempt)
            if former_token and (old_session := session.get(AccountSession, digest(former_token))):
                old_session.revoked_at = old_session.revoked_at or now
                session.add(old_session)
            if new_hash:
                current_account.password_hash = new_hash
                session.add(current_account)
            expires_at = now + timedelta(hours=options.session_hours)
            session.add(
                AccountSession(
                    id=digest(token),
                    account_id=current_account.id,
                    created_at=now,
                    expires_at=expires_at,
                    last_seen_at=now,
                )
            )
            log.note(
                session,
                by=f"account:{current_account.id}",
                action="sign_in.ok",
                kind="account",
                of=current_account.id,
                now=now,
            )
            return token
    raise RefusedSignInError("Adresse ou mot de passe incorrect.")


def who(session: Session, token: str | None, *, now: datetime, options: Settings) -> SignedIn | None:
    """Return the account of a token, None if the session is not valid. The caller notes its use, if that is due."""
    if not token:
        return None
    idle_limit = timedelta(minutes=options.session_idle_minutes)
    row = queries.session_with_account(session, digest(token))
    if row is None or not _is_valid(*row, now, idle_limit):
        return None
    session_row, account = row
    is_due = now - session_row.last_seen_at >= NOTED_EVERY
    return SignedIn(account.id, account.name, account.role, session_row.id if is_due else None)


def note_use(session: Session, session_id: str, now: datetime) -> None:
    """Note the use of a session; a session removed meanwhile is ignored."""
    session_row = session.get(AccountSession, session_id)
    if session_row:
        session_row.last_seen_at = max(session_row.last_seen_at, now)
        session.add(session_row)


def sign_out(engine: Engine, token: str | None, *, now: datetime) -> None:
    """End a session; an unknown token is ignored."""
    with writing(engine, durable=True) as session:
        session_row = session.get(AccountSession, digest(token or ""))
        if session_row and session_row.revoked_at is None:
            session_row.revoked_at = now
            session.add(session_row)


def _is_valid(session_row: AccountSession, account: Account, now: datetime, idle_limit: timedelta) -> bool:
    return (
        session_row.revoked_at is None
        and account.disabled_at is None
        and now < session_row.expires_at
        and now - session_row.last_seen_at < idle_limit
    )
