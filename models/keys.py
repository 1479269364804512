"""API keys: only their hash is kept."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from models.base import UtcDateTime, utc_now


class ApiKey(SQLModel, table=True):
    """A key of the API. Role `facilitator` reads confidential cases; `client` does not, nor can it tell they exist."""

    __tablename__ = "api_keys"

    id: str = Field(primary_key=True, max_length=36)
    name: str = Field(unique=True, max_length=100)
    secret_hash: str = Field(unique=True, max_length=64)
    role: str = Field(max_length=20)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
