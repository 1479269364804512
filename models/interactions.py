"""What the house did and wrote: interactions, mails to several, and the templates of such mails."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from models.base import UtcDateTime, utc_now


class MailTemplate(SQLModel, table=True):
    """A mail that the house writes often. subject, body: with the placeholders of `api.interactions.placeholders`."""

    __tablename__ = "mail_templates"

    id: str = Field(primary_key=True, max_length=36)
    name: str = Field(unique=True, max_length=100)
    subject: str = Field(max_length=200)
    body: str = Field(max_length=5000)
    updated_by: str = Field(max_length=60)
    updated_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class Mailing(SQLModel, table=True):
    """A mail that was sent to one or several at once: each is an interaction. `id` is random.

    subject: as it was written, before placeholders were filled.
    """

    __tablename__ = "mailings"

    id: str = Field(primary_key=True, max_length=36)
    subject: str = Field(max_length=200)
    opportunity_id: str | None = Field(
        default=None, foreign_key="opportunities.id", ondelete="SET NULL", max_length=36, index=True
    )
    by: str = Field(max_length=60)
    at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime, index=True)


class Interaction(SQLModel, table=True):
    """An act about an actor, an opportunity, or both; `id` is random.

    kind: `api.interactions.kinds.InteractionKind`. at: when it took place. by: who noted it, as the journal names them.
    text: a note, or the mail as it was sent. case_id: the case on which it was noted. contact_id: with whom; empty once
    the contact is gone. mailing_id: of a mail that was sent from here, and of an answer to it.
    """

    __tablename__ = "interactions"
    __table_args__ = (CheckConstraint("actor_id IS NOT NULL OR opportunity_id IS NOT NULL", name="has_subject"),)

    id: str = Field(primary_key=True, max_length=36)
    kind: str = Field(max_length=20)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    by: str = Field(max_length=60, index=True)
    text: str = Field(default="", max_length=6000)
    actor_id: str | None = Field(default=None, foreign_key="actors.id", ondelete="CASCADE", max_length=36, index=True)
    opportunity_id: str | None = Field(
        default=None, foreign_key="opportunities.id", ondelete="CASCADE", max_length=36, index=True
    )
    case_id: str | None = Field(
        default=None, foreign_key="brokerage_cases.id", ondelete="SET NULL", max_length=36, index=True
    )
    contact_id: str | None = Field(
        default=None, foreign_key="contacts.id", ondelete="SET NULL", max_length=36, index=True
    )
    mailing_id: str | None = Field(
        default=None, foreign_key="mailings.id", ondelete="SET NULL", max_length=36, index=True
    )
    noted_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
