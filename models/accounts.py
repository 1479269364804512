"""Accounts, sessions, invitations, and failed sign-ins.

Only hashes of passwords and tokens are kept.
"""

from datetime import datetime

from sqlmodel import Field, SQLModel

from models.base import UtcDateTime, utc_now


class Account(SQLModel, table=True):
    """A person who signs in. role: administrator, facilitator or partner (`models.reveal`).

    password_hash: None until an invitation was used.
    """

    __tablename__ = "accounts"

    id: str = Field(primary_key=True, max_length=36)
    email: str = Field(unique=True, max_length=254)
    name: str = Field(max_length=100)
    role: str = Field(max_length=20)
    password_hash: str | None = Field(default=None, max_length=200)
    disabled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class AccountSession(SQLModel, table=True):
    """One sign-in. `id` is the SHA-256 of the token in the browser's cookie."""

    __tablename__ = "sessions"

    id: str = Field(primary_key=True, max_length=64)
    account_id: str = Field(foreign_key="accounts.id", max_length=36, index=True)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)
    last_seen_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Invitation(SQLModel, table=True):
    """A link that sets a password, once. `id` is the SHA-256 of its token."""

    __tablename__ = "invitations"

    id: str = Field(primary_key=True, max_length=64)
    account_id: str = Field(foreign_key="accounts.id", max_length=36, index=True)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class Throttle(SQLModel, table=True):
    """Number of failed sign-ins in a row. `id` is a digest of the e-mail address or of the network address."""

    __tablename__ = "throttles"

    id: str = Field(primary_key=True, max_length=64)
    failures: int = 0
    failed_at: datetime = Field(sa_type=UtcDateTime, index=True)
    blocked_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
