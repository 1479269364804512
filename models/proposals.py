"""Takeover cases that a facilitator proposed to an actor; the actors that a published line reaches by itself."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from models.base import UtcDateTime


class CaseProposal(SQLModel, table=True):
    """A facilitator proposed a case to an actor. It is only ever withdrawn; a new proposal is a new row.

    proposed_by, withdrawn_by: accounts, as plain ids, for what was proposed outlives them.
    """

    __tablename__ = "case_proposals"
    __table_args__ = (
        Index(
            "uq_case_proposals_standing",
            "opportunity_id",
            "actor_id",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    id: str = Field(primary_key=True, max_length=36)
    opportunity_id: str = Field(foreign_key="opportunities.id", max_length=36, index=True)
    actor_id: str = Field(foreign_key="actors.id", max_length=36, index=True)
    proposed_at: datetime = Field(sa_type=UtcDateTime)
    proposed_by: str = Field(max_length=36)
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    withdrawn_by: str | None = Field(default=None, max_length=36)


class LineReach(SQLModel, table=True):
    """A line of confidential cases, as outsiders read it, reaches an actor: written anew each night.

    It names no case: cases of which the same is told reach the same actors. actor_id: a plain id, of a public actor.
    """

    __tablename__ = "line_reach"

    line: str = Field(primary_key=True, max_length=300)
    actor_id: str = Field(primary_key=True, max_length=36, index=True)
