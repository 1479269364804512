"""Accounts, sessions, invitations, saved views, failed sign-ins, API keys, and counts of requests.

Only hashes of passwords, tokens, keys and recovery codes are kept; the secret of a second factor is encrypted.
"""

from datetime import date, datetime

from sqlalchemy import UniqueConstraint, false
from sqlmodel import Field, SQLModel

from models.base import UtcDateTime, utc_now


class Account(SQLModel, table=True):
    """A person who signs in. role: administrator, facilitator or partner (`models.reveal`).

    password_hash: None until an invitation was used. totp_secret: encrypted (`api.accounts.second_factor`); it counts
    once totp_confirmed_at is set. totp_step: the last 30-second step whose code was used (RFC 6238, 5.2).
    link_mark: a random word that a mailed link must carry (`api.accounts.mailed_links`); None before the first ended.
    morning_mail: « Ma journée » is also mailed to it (`api.day.morning_mail`).
    """

    __tablename__ = "accounts"

    id: str = Field(primary_key=True, max_length=36)
    email: str = Field(unique=True, max_length=254)
    name: str = Field(max_length=100)
    role: str = Field(max_length=20)
    password_hash: str | None = Field(default=None, max_length=200)
    totp_secret: str | None = Field(default=None, max_length=200)
    totp_confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    totp_step: int | None = None
    link_mark: str | None = Field(default=None, max_length=22)
    morning_mail: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    disabled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class AccountSession(SQLModel, table=True):
    """One sign-in. `id` is the SHA-256 of the token in the browser's cookie.

    device: a coarse name, e.g. « Firefox, Windows ». awaits_code_until: set while only the password was given.
    """

    __tablename__ = "sessions"

    id: str = Field(primary_key=True, max_length=64)
    account_id: str = Field(foreign_key="accounts.id", max_length=36, index=True)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)
    last_seen_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    device: str | None = Field(default=None, max_length=60)
    awaits_code_until: datetime | None = Field(default=None, sa_type=UtcDateTime)


class RecoveryCode(SQLModel, table=True):
    """A code that stands for the second factor, once. `id` is the SHA-256 of the account's id and the code."""

    __tablename__ = "recovery_codes"

    id: str = Field(primary_key=True, max_length=64)
    account_id: str = Field(foreign_key="accounts.id", max_length=36, index=True)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Invitation(SQLModel, table=True):
    """A link that sets a password, once. `id` is the SHA-256 of its token."""

    __tablename__ = "invitations"

    id: str = Field(primary_key=True, max_length=64)
    account_id: str = Field(foreign_key="accounts.id", max_length=36, index=True)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class SavedView(SQLModel, table=True):
    """A list as somebody narrowed and sorted it. query: of the list's address, as the list reads it."""

    __tablename__ = "saved_views"
    __table_args__ = (UniqueConstraint("account_id", "list_name", "name"),)

    id: str = Field(primary_key=True, max_length=36)
    account_id: str = Field(foreign_key="accounts.id", max_length=36, index=True)
    list_name: str = Field(max_length=20)
    name: str = Field(max_length=60)
    query: str = Field(max_length=2000)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class Throttle(SQLModel, table=True):
    """Number of failed sign-ins in a row. `id` is a keyed hash of what is counted: see `api.accounts.throttle`.

    account_id: of the account that is tried, where there is one, so that an erasure finds it.
    """

    __tablename__ = "throttles"

    id: str = Field(primary_key=True, max_length=64)
    failures: int = 0
    failed_at: datetime = Field(sa_type=UtcDateTime, index=True)
    blocked_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    account_id: str | None = Field(default=None, max_length=36)


class RequestCount(SQLModel, table=True):
    """Requests of one minute. `id` is a keyed hash of a key, an account or a network; minute: since 1970, in UTC."""

    __tablename__ = "request_counts"

    id: str = Field(primary_key=True, max_length=64)
    minute: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False}, index=True)
    requests: int


class ApiKey(SQLModel, table=True):
    """A key of the API. Role `facilitator` reads confidential cases; `client` does not, nor can it tell they exist.

    expires_at: without it a key opens nothing. last_used_on: in UTC, no finer than a day.
    """

    __tablename__ = "api_keys"

    id: str = Field(primary_key=True, max_length=36)
    name: str = Field(unique=True, max_length=100)
    secret_hash: str = Field(unique=True, max_length=64)
    role: str = Field(max_length=20)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_used_on: date | None = None
