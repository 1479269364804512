"""Sessions: sign in, identify by token, sign out. The tables keep the token's digest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session

from api.accounts import passwords, queries, throttle
from api.accounts.account_keys import open_account_keys
from api.accounts.passwords import Checked
from api.accounts.throttle import Attempt
from api.accounts.tokens import digest, new_token
from api.audit import log
from api.core.errors import NotFoundError, RefusedSignInError
from api.core.settings import Settings
from models.accounts import Account, AccountSession
from models.database import reading, writing

# A session's last use is written at most this often, so that pages need not wait for a write.
NOTED_EVERY = timedelta(minutes=1)
# How long a sign-in waits for the code after the password.
CODE_MINUTES = timedelta(minutes=10)


@dataclass(frozen=True)
class SignedIn:
    """The account of a session, as it is now.

    session_id: set if the use of the session is to be noted. has_factor: its second factor is in use.
    """

    account_id: str
    name: str
    role: str
    session_id: str | None = None
    has_factor: bool = False


@dataclass(frozen=True)
class Begun:
    """A sign-in whose password is still to be compared. stored_hash: None where nobody may sign in."""

    attempt: Attempt
    account_id: str | None
    stored_hash: str | None


@dataclass(frozen=True)
class Opened:
    """A new session. awaits_code: it opens nothing before the code of the second factor."""

    token: str
    awaits_code: bool


@dataclass(frozen=True)
class OwnSession:
    """A session as its owner sees it. mark: names it on the page, and opens nothing."""

    mark: str
    device: str
    began_at: datetime
    seen_at: datetime
    is_current: bool


def attempt_of(email: str, client_address: str, key: bytes, device: str | None = None) -> Attempt:
    """Return an attempt at the e-mail as it was typed."""
    return Attempt(email.strip().lower()[:254], client_address, key, device)


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
    """Sign in within one call, for what serves nobody meanwhile; return the token. Raises as its three steps do."""
    attempt = attempt_of(email, client_address, open_account_keys(options).counters[-1])
    begun = begin_sign_in(engine, attempt, now=now)
    checked = passwords.check_password(password, begun.stored_hash)
    return finish_sign_in(engine, begun, checked, former_token=former_token, now=now, options=options).token


def begin_sign_in(engine: Engine, attempt: Attempt, *, now: datetime) -> Begun:
    """Count an attempt as failed, and return what its password is to be compared with. Raises TooManyError."""
    with reading(engine) as session:
        # Who has to wait takes no writer's place.
        throttle.check(session, attempt, now)
    with writing(engine, durable=True) as session:
        account = queries.account_by_email(session, attempt.email)
        account_id = account.id if account else None
        throttle.record_failure(session, attempt, now, account_id=account_id)
        return Begun(attempt, account_id, account.password_hash if account and not account.disabled_at else None)


def finish_sign_in(
    engine: Engine,
    begun: Begun,
    checked: Checked,
    *,
    former_token: str | None = None,
    device_name: str = "",
    now: datetime,
    options: Settings,
) -> Opened:
    """Open a session where the password was right. former_token: the browser's token, which is revoked.

    Raises RefusedSignInError, the same for an unknown, disabled or unopened account and a wrong password.
    """
    with writing(engine, durable=True) as session:
        account = queries.account_held(session, begun.account_id) if begun.account_id else None
        # During the verification, the account may have been disabled or its password changed.
        if (
            checked.is_right
            and account is not None
            and not account.disabled_at
            and account.password_hash == begun.stored_hash
        ):
            throttle.clear_failures(session, begun.attempt)
            if checked.new_hash:
                account.password_hash = checked.new_hash
                session.add(account)
            awaits_code = account.totp_confirmed_at is not None
            token = open_session(
                session,
                account,
                former_token=former_token,
                device_name=device_name,
                awaits_code=awaits_code,
                now=now,
                options=options,
            )
            return Opened(token, awaits_code)
        log.note(session, by=log.ANONYMOUS, action="sign_in.failed", kind="account", of=begun.account_id or "", now=now)
    raise RefusedSignInError("Adresse ou mot de passe incorrect.")


def open_session(
    session: Session,
    account: Account,
    *,
    former_token: str | None,
    device_name: str,
    awaits_code: bool = False,
    now: datetime,
    options: Settings,
) -> str:
    """Open a session within a unit of work, and return its token; the browser's former one is revoked."""
    if former_token and (former_session := session.get(AccountSession, digest(former_token))):
        former_session.revoked_at = former_session.revoked_at or now
        session.add(former_session)
    token = new_token()
    session.add(
        AccountSession(
            id=digest(token),
            account_id=account.id,
            created_at=now,
            expires_at=now + timedelta(hours=options.session_hours),
            last_seen_at=now,
            device=device_name,
            awaits_code_until=now + CODE_MINUTES if awaits_code else None,
        )
    )
    if not awaits_code:
        log.note(session, by=f"account:{account.id}", action="sign_in.ok", kind="account", of=account.id, now=now)
    return token


def who(session: Session, token: str | None, *, now: datetime, options: Settings) -> SignedIn | None:
    """Return the account of a token, None if the session is not valid. The caller notes its use, if that is due."""
    if not token:
        return None
    row = queries.session_with_account(session, digest(token))
    if row is None or not _is_valid(*row, now, _idle_limit(options)):
        return None
    session_row, account = row
    is_due = now - session_row.last_seen_at >= NOTED_EVERY
    return SignedIn(
        account.id,
        account.name,
        account.role,
        session_row.id if is_due else None,
        account.totp_confirmed_at is not None,
    )


def owner_of_expired(session: Session, token: str | None, *, now: datetime, options: Settings) -> str | None:
    """Return the account whose session only grew too old, None for one that was closed, or is none.

    It opens nothing: what is sent with such a token is kept for that account, who sees it after signing in again.
    """
    row = queries.session_with_account(session, digest(token)) if token else None
    if row is None:
        return None
    session_row, account = row
    is_closed = session_row.revoked_at or session_row.awaits_code_until or account.disabled_at
    return None if is_closed or _is_valid(*row, now, _idle_limit(options)) else account.id


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


def own_sessions(
    session: Session, account_id: str, token: str | None, *, now: datetime, options: Settings
) -> Sequence[OwnSession]:
    """Return the open sessions of an account, the one of the token first, then the last seen first."""
    account = session.get_one(Account, account_id)
    current_id = digest(token or "")
    rows = [
        OwnSession(
            row.id[:16], row.device or "Navigateur inconnu", row.created_at, row.last_seen_at, row.id == current_id
        )
        for row in queries.open_sessions(session, account_id)
        if _is_valid(row, account, now, _idle_limit(options))
    ]
    return sorted(rows, key=lambda row: (not row.is_current, -row.seen_at.timestamp(), row.mark))


def end_own_session(engine: Engine, account_id: str, mark: str, *, now: datetime) -> None:
    """End one session of an account by its mark. Raises NotFoundError."""
    with writing(engine, durable=True) as session:
        rows = [row for row in queries.open_sessions(session, account_id) if row.id[:16] == mark]
        if not rows:
            raise NotFoundError("Cette session n’existe pas, ou est déjà fermée.")
        _end(session, rows, account_id, now)


def end_other_sessions(session: Session, account_id: str, token: str | None, *, now: datetime) -> int:
    """End all sessions of an account but that of the token, within a unit of work; return their number."""
    rows = [row for row in queries.open_sessions(session, account_id) if row.id != digest(token or "")]
    _end(session, rows, account_id, now)
    return len(rows)


def _end(session: Session, rows: Sequence[AccountSession], account_id: str, now: datetime) -> None:
    for row in rows:
        row.revoked_at = now
        session.add(row)
    if rows:
        by = f"account:{account_id}"
        log.note(session, by=by, action="account.sessions_revoked", kind="account", of=account_id, now=now)


def _idle_limit(options: Settings) -> timedelta:
    return timedelta(minutes=options.session_idle_minutes)


def _is_valid(session_row: AccountSession, account: Account, now: datetime, idle_limit: timedelta) -> bool:
    return (
        session_row.revoked_at is None
        and session_row.awaits_code_until is None
        and account.disabled_at is None
        and now < session_row.expires_at
        and now - session_row.last_seen_at < idle_limit
    )
