"""Needs that their own people state: from a partner's space, or on the public page."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from models.base import UtcDateTime, empty_dict, utc_now


class StatedNeed(SQLModel, table=True):
    """What somebody needs, as it was typed, until a facilitator makes an opportunity or a takeover case of it.

    id: random. kind, status: `api.stated_needs.kinds`. account_id: the partner that stated it; None for the public
    page, whose sender is named by name, email and phone (E.164). typed: field of the desk's form → text. answer: words
    of the house to the sender. opportunity_id: what was made of it. decided_at, decided_by: when and by which account
    it was made an opportunity or closed, or its withdrawal noted.
    """

    __tablename__ = "stated_needs"

    id: str = Field(primary_key=True, max_length=36)
    kind: str = Field(max_length=20)
    status: str = Field(max_length=20, index=True)
    account_id: str | None = Field(default=None, foreign_key="accounts.id", max_length=36, index=True)
    name: str = Field(default="", max_length=200)
    email: str = Field(default="", max_length=254, index=True)
    phone: str = Field(default="", max_length=16)
    typed: dict[str, Any] = Field(default_factory=empty_dict, sa_type=JSON)
    answer: str = Field(default="", max_length=1000)
    opportunity_id: str | None = Field(
        default=None, foreign_key="opportunities.id", ondelete="SET NULL", max_length=36, index=True
    )
    stated_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_by: str = Field(default="", max_length=60)
