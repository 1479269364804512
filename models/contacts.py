"""Contacts: the persons at an actor, at the buyer of an opening, or who own the company of a takeover case."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from models.base import UtcDateTime, utc_now


class Contact(SQLModel, table=True):
    """A person, or a desk to call, of exactly one actor or opportunity; `id` is random.

    name: empty where only a number or an address is known. phone: E.164. source: where it was learned, in words.
    lawful_basis: `api.contacts.schemas.LawfulBasis`. retained_until: the last day on which it is kept; the night after
    deletes it. import_id: the import that added it, as a plain id, for imports are forgotten sooner.
    """

    __tablename__ = "contacts"
    __table_args__ = (CheckConstraint("(actor_id IS NULL) <> (opportunity_id IS NULL)", name="one_owner"),)

    id: str = Field(primary_key=True, max_length=36)
    actor_id: str | None = Field(default=None, foreign_key="actors.id", ondelete="CASCADE", max_length=36, index=True)
    opportunity_id: str | None = Field(
        default=None, foreign_key="opportunities.id", ondelete="CASCADE", max_length=36, index=True
    )
    name: str = Field(default="", max_length=200)
    role: str = Field(default="", max_length=100)
    phone: str = Field(default="", max_length=16, index=True)
    email: str = Field(default="", max_length=254, index=True)
    source: str = Field(max_length=300)
    lawful_basis: str = Field(max_length=30)
    retained_until: date = Field(index=True)
    import_id: str | None = Field(default=None, max_length=36, index=True)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    updated_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
