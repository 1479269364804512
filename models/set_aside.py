"""What an account typed and has not sent on yet, set aside for some hours where every process finds it."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from models.base import UtcDateTime, utc_now


class SetAside(SQLModel, table=True):
    """One text that is not part of the desk. Words are encrypted, names hashed (`api.accounts.set_aside`).

    kind: a form that arrived after its session, or a need that was pasted.
    """

    __tablename__ = "set_aside"

    id: str = Field(primary_key=True, max_length=64)
    kind: str = Field(max_length=10)
    account_id: str = Field(foreign_key="accounts.id", max_length=36, index=True)
    content: bytes
    kept_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime, index=True)
