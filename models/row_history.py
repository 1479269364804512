"""What was changed in actors and opportunities, by whom and when; what partners ask to correct in their own card."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index
from sqlmodel import Field, SQLModel

from models.base import UtcDateTime, empty_dict, utc_now


class RowEdit(SQLModel, table=True):
    """One change of an actor or an opportunity.

    number: later edits of a row have a greater one. kind: actors or opportunities. edited_by: as in the journal, or
    `source`. through: what wrote it, empty for a person's own act (`api.catalogue.row_history`). is_new: the row was
    created. changes: field → [before, after], JSON values; of a new row none. lot_links: suggestion → lot, of the lots
    that went. hash_after: the row's content_hash after it; another one now: something changed it that is not noted.
    """

    __tablename__ = "row_edits"
    __table_args__ = (Index("ix_row_edits_edited_by_through", "edited_by", "through"),)

    number: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=20)
    row_id: str = Field(max_length=36, index=True)
    edited_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime, index=True)
    edited_by: str = Field(max_length=60)
    through: str = Field(default="", max_length=80)
    is_new: bool = False
    changes: dict[str, Any] = Field(default_factory=empty_dict, sa_type=JSON)
    lot_links: dict[str, str] = Field(default_factory=empty_dict, sa_type=JSON)
    hash_after: str = Field(max_length=64)


class CardCorrection(SQLModel, table=True):
    """What a partner asks to correct in the card of an actor that it speaks for; a facilitator accepts it or not.

    id: random. changes: field → [what the card held, what it should hold]. note, answer: words of the partner and of
    the facilitator. status: waiting, accepted, declined, withdrawn.
    """

    __tablename__ = "card_corrections"

    id: str = Field(primary_key=True, max_length=36)
    actor_id: str = Field(foreign_key="actors.id", max_length=36, index=True)
    account_id: str = Field(foreign_key="accounts.id", max_length=36, index=True)
    changes: dict[str, Any] = Field(default_factory=empty_dict, sa_type=JSON)
    note: str = Field(default="", max_length=1000)
    status: str = Field(default="waiting", max_length=20, index=True)
    answer: str = Field(default="", max_length=1000)
    proposed_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_by: str = Field(default="", max_length=60)
