"""How far a takeover is: the file of a case, its steps, and the days that were given."""

from datetime import date, datetime

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from models.base import UtcDateTime, empty_list, utc_now


class TakeoverFile(SQLModel, table=True):
    """Present state of a takeover case on its way to a new owner; its steps give its history.

    A case without a row stands at its first stage (`api.takeovers.stages.transitions.first_stage`).
    stage: `api.takeovers.stages.transitions.Stage`. facilitator_id: who is in charge, None for nobody. procedure,
    sells: as that module names them, empty where not known. jobs_kept: of the takeover as a whole, None where not
    known; a won brokerage case of the same opportunity counts the same jobs. version: the number of its last step.
    """

    __tablename__ = "takeover_files"

    opportunity_id: str = Field(primary_key=True, foreign_key="opportunities.id", ondelete="CASCADE", max_length=36)
    stage: str = Field(max_length=20, index=True)
    facilitator_id: str | None = Field(default=None, foreign_key="accounts.id", max_length=36, index=True)
    procedure: str = Field(default="", max_length=20)
    sells: str = Field(default="", max_length=20)
    jobs_kept: int | None = None
    version: int
    opened_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    touched_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class TakeoverStep(SQLModel, table=True):
    """An act on a file, and its stage after it. Steps are added, never changed.

    number: from 1 on, without a gap. by: who, as the journal names them. from_stage: the stage before; the same as
    to_stage where the act moved nothing. reasons: `api.takeovers.stages.reasons.Reason`. note: what was written, and
    which days were given. facilitator_id is no foreign key: history outlives accounts.
    """

    __tablename__ = "takeover_steps"

    opportunity_id: str = Field(primary_key=True, foreign_key="opportunities.id", ondelete="CASCADE", max_length=36)
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    by: str = Field(max_length=60)
    from_stage: str = Field(max_length=20)
    to_stage: str = Field(max_length=20)
    reasons: list[str] = Field(default_factory=empty_list, sa_type=JSON)
    note: str = Field(default="", max_length=4000)
    facilitator_id: str | None = Field(default=None, max_length=36)
    jobs_kept: int | None = None


class TakeoverDate(SQLModel, table=True):
    """A day of a takeover's calendar that somebody gave: it counts before a computed one.

    kind: `api.takeovers.calendar.date_kinds.DateKind`. said_by: who told the house, in words. note: what the day
    alone does not say (the court, the means of proof, what may be said). noted_by: as the journal names them.
    """

    __tablename__ = "takeover_dates"

    opportunity_id: str = Field(primary_key=True, foreign_key="opportunities.id", ondelete="CASCADE", max_length=36)
    kind: str = Field(primary_key=True, max_length=30)
    day: date = Field(index=True)
    said_by: str = Field(default="", max_length=200)
    note: str = Field(default="", max_length=500)
    noted_by: str = Field(max_length=60)
    noted_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
