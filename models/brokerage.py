"""Brokerage cases, from a suggestion until it is won or lost, and their steps."""

from datetime import date, datetime

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from models.base import UtcDateTime, empty_list, utc_now


class BrokerageCase(SQLModel, table=True):
    """Present state of a suggestion in a facilitator's charge; its steps give its history.

    state: `api.brokerage.transitions.State`. facilitator_id: who is in charge, None once their account was erased.
    remind_on: when it is to be looked at again; None where it is closed. reasons: why it was refused or lost
    (`matcher.learning.observations.Objection`). jobs_created, jobs_kept: of a case that was won, None where not known.
    version: the number of its last step. touched_at: when that was. origin: `api.brokerage.cases.Origin`.
    """

    __tablename__ = "brokerage_cases"

    id: str = Field(primary_key=True, max_length=36)
    suggestion_id: str = Field(foreign_key="suggestions.id", unique=True, max_length=36)
    state: str = Field(max_length=20, index=True)
    facilitator_id: str | None = Field(default=None, foreign_key="accounts.id", max_length=36, index=True)
    remind_on: date | None = Field(default=None, index=True)
    reasons: list[str] = Field(default_factory=empty_list, sa_type=JSON)
    jobs_created: int | None = None
    jobs_kept: int | None = None
    version: int
    origin: str = Field(default="ranking", max_length=20, sa_column_kwargs={"server_default": "ranking"})
    opened_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    touched_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class BrokerageStep(SQLModel, table=True):
    """An act on a case, and the state of the case after it. Steps are added, never changed.

    number: from 1 on, without a gap. by: who, as the journal names them. from_state: None for the first step.
    facilitator_id is no foreign key: history outlives accounts.
    """

    __tablename__ = "brokerage_steps"

    case_id: str = Field(primary_key=True, foreign_key="brokerage_cases.id", max_length=36)
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    by: str = Field(max_length=60, index=True)
    from_state: str | None = Field(default=None, max_length=20)
    to_state: str = Field(max_length=20)
    note: str = Field(default="", max_length=2000)
    facilitator_id: str | None = Field(default=None, max_length=36)
    remind_on: date | None = None
    reasons: list[str] = Field(default_factory=empty_list, sa_type=JSON)
    jobs_created: int | None = None
    jobs_kept: int | None = None
