"""The blind sheet of a takeover case, version by version, with the owner's agreement to it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.base import UtcDateTime, utc_now


class BlindSheet(SQLModel, table=True):
    """One version of a case's sheet. What it says never changes; the agreement and the withdrawal are noted on it.

    number: 1, 2, … of its case. line: the teaser's line that it was approved with. choices: what the form held
    (`api.takeovers.sheet.sheet_facts.SheetChoices`). told, strengths: what an outsider reads beside the line; told:
    pairs of name and words. approved_by: `api.takeovers.sheet.approval.ApprovedBy`, empty without an agreement;
    approved_contact_id: the person, where it is a contact of the case. `id` is random.
    """

    __tablename__ = "blind_sheets"
    __table_args__ = (UniqueConstraint("opportunity_id", "number"),)

    id: str = Field(primary_key=True, max_length=36)
    opportunity_id: str = Field(foreign_key="opportunities.id", max_length=36, index=True)
    number: int
    code_name: str = Field(max_length=60)
    line: str = Field(max_length=300)
    choices: dict[str, Any] = Field(sa_type=JSON)
    told: list[list[str]] = Field(sa_type=JSON)
    strengths: str = Field(default="", max_length=600)
    saved_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    saved_by: str = Field(max_length=60)
    approved_on: date | None = None
    approved_by: str = Field(default="", max_length=20)
    approved_contact_id: str | None = Field(
        default=None, foreign_key="contacts.id", ondelete="SET NULL", max_length=36, index=True
    )
    approved_how: str = Field(default="", max_length=20)
    noted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    noted_by: str = Field(default="", max_length=60)
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    withdrawn_by: str = Field(default="", max_length=60)
