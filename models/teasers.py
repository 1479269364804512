"""What was told of confidential cases, and the counts of a register that teasers are drawn among."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from models.base import UtcDateTime, utc_now


class TeaserLine(SQLModel, table=True):
    """A line that outsiders could read of a case. Lines are only ever added, and outlive the case.

    number: 1, 2, … of its case. text: as it was read. description, conditions: what this line and all before it tell
    together, an `api.confidentiality.crowd.Cell`. fits: how many establishments it fitted when it was told.
    opportunity_id: a plain id, for a case that is deleted may return.
    """

    __tablename__ = "teaser_lines"

    opportunity_id: str = Field(primary_key=True, max_length=36)
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    text: str = Field(max_length=300)
    description: dict[str, Any] = Field(sa_type=JSON)
    conditions: dict[str, Any] = Field(sa_type=JSON)
    fits: int
    told_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class RegisterExtract(SQLModel, table=True):
    """The extract that a département's counts were read from. day: the file's own date."""

    __tablename__ = "register_extracts"

    department: str = Field(primary_key=True, max_length=3)
    day: date
    establishments: int
    loaded_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class RegisterCount(SQLModel, table=True):
    """How many establishments of a register have the same trade, commune and headcount band.

    The desk notices a change by its `RegisterExtract`, which whoever writes here writes too.
    """

    __tablename__ = "register_counts"

    department: str = Field(primary_key=True, foreign_key="register_extracts.department", max_length=3)
    commune_code: str = Field(primary_key=True, max_length=5)
    naf: str = Field(primary_key=True, max_length=6)
    headcount_band: str = Field(primary_key=True, max_length=2)
    establishments: int
