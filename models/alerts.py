"""The night: what is to be sent, what was announced, and what each night did."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.base import UtcDateTime, utc_now


class OutboxMessage(SQLModel, table=True):
    """A mail, frozen when it was written. The address is the partner's on the day it leaves; it is not kept here.

    purpose: alert, confirmation, follow_up. about: the subscription that a confirmation is for, since a partner may
    be asked about several in a day; empty for the others, of which a night has one.
    status: pending, sent, failed (given up; `last_error` says why), cancelled.
    A lease says that a process is at it; `uncertain`, that it was perhaps handed over without an answer, so that
    the next attempt may be a duplicate (with the same Message-ID).
    """

    __tablename__ = "outbox"
    __table_args__ = (UniqueConstraint("partner_id", "night", "purpose", "about"),)

    id: str = Field(primary_key=True, max_length=36)
    partner_id: str = Field(foreign_key="partners.id", max_length=36, index=True)
    night: date = Field(index=True)
    purpose: str = Field(max_length=20)
    about: str = Field(default="", max_length=36)
    message_id: str = Field(unique=True, max_length=200)
    subject: str = Field(max_length=200)
    text: str
    html: str
    headers: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    status: str = Field(default="pending", max_length=20, index=True)
    attempts: int = 0
    uncertain: bool = False
    next_attempt_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    leased_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lease_owner: str | None = Field(default=None, max_length=36)
    last_error: str = Field(default="", max_length=200)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Announcement(SQLModel, table=True):
    """What a partner was told of a suggestion, once: that it is new, or what has changed since.

    event: new, or rectified, cancelled, better, worse with a digest of what is told; follow_up, for the question that
    is asked after the deadline. told: what the partner then knew (deadline, amount, title, level of the score).
    actor_id: whom it is about, None where a search is followed.
    """

    __tablename__ = "announcements"
    __table_args__ = (UniqueConstraint("partner_id", "suggestion_id", "event"),)

    id: str = Field(primary_key=True, max_length=36)
    partner_id: str = Field(foreign_key="partners.id", max_length=36, index=True)
    suggestion_id: str = Field(foreign_key="suggestions.id", max_length=36, index=True)
    actor_id: str | None = Field(default=None, foreign_key="actors.id", max_length=36, index=True)
    message_id: str = Field(foreign_key="outbox.id", max_length=36, index=True)
    impression_id: str | None = Field(default=None, foreign_key="impressions.id", max_length=36)
    event: str = Field(max_length=40)
    night: date = Field(index=True)
    told: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class Night(SQLModel, table=True):
    """One night's work, stage by stage: a stage that is done is not done again. `report` is what people read."""

    __tablename__ = "nights"

    day: date = Field(primary_key=True)
    stages: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    report: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    started_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
