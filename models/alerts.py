"""Tables of the alerts: mails to send, announcements, nights and their parts."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.base import UtcDateTime, empty_dict, empty_list, utc_now


class OutboxMessage(SQLModel, table=True):
    """A mail as it was written. It is sent to the partner's address of that day, which is not kept here.

    It leaves as it may be told at that moment (`api.mailing.departure`). withheld: what was left out of it, or why it
    was cancelled: reasons with their numbers. drawn_from: followed actor → the actors whose facts are in what the mail
    says of it, itself and its members: their reasons may sum them up without naming them. Both are for the house alone.

    purpose: alert, confirmation, follow_up, letter, need. about: the subscription of a confirmation, the interaction of
    a letter, the stated need of a need, since there may be several in a day; empty for the other purposes, which have
    one mail a night.
    status: pending, sent, failed (given up; `last_error` says why), cancelled.
    leased_until, lease_owner: a process is sending it. uncertain: the server may have accepted it without an answer, so
    that the next attempt may be a duplicate (with the same Message-ID).
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
    headers: dict[str, Any] = Field(default_factory=empty_dict, sa_type=JSON)
    status: str = Field(default="pending", max_length=20, index=True)
    attempts: int = 0
    uncertain: bool = False
    next_attempt_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    leased_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lease_owner: str | None = Field(default=None, max_length=36)
    last_error: str = Field(default="", max_length=200)
    withheld: str | None = Field(default=None, max_length=200)
    drawn_from: dict[str, Any] = Field(default_factory=empty_dict, sa_type=JSON, nullable=True)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Announcement(SQLModel, table=True):
    """An announcement of a suggestion to a partner, made once: the suggestion is new, or has changed.

    event: new; proposed, by a facilitator; rectified, cancelled, better or worse, with a digest of the change;
    follow_up, for the question after the deadline. told: the values then known to the partner (deadline, amount, title,
    level of the score); `shown` in it: what the mail shows; `baseline`: where the score stood when the scoring last
    changed. actor_id: the subscription's actor, None for a saved search.
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
    told: dict[str, Any] = Field(default_factory=empty_dict, sa_type=JSON)


class Night(SQLModel, table=True):
    """A night, stage by stage: a stage that is done is not done again. `report`: results of unfinished stages."""

    __tablename__ = "nights"

    day: date = Field(primary_key=True)
    stages: dict[str, Any] = Field(default_factory=empty_dict, sa_type=JSON)
    report: dict[str, Any] = Field(default_factory=empty_dict, sa_type=JSON)
    started_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class NightPart(SQLModel, table=True):
    """A part of a night's stage, which one worker does; forgotten once the night is finished.

    subjects: ids of the partners or accounts that it is about; empty where a stage has one part. leased_until,
    lease_owner: a worker is at it. done_at, result: when it ended, and what it counted.
    """

    __tablename__ = "night_parts"

    night: date = Field(foreign_key="nights.day", primary_key=True)
    stage: str = Field(primary_key=True, max_length=20)
    number: int = Field(primary_key=True)
    subjects: list[str] = Field(default_factory=empty_list, sa_type=JSON)
    leased_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lease_owner: str | None = Field(default=None, max_length=36)
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    result: dict[str, Any] = Field(default_factory=empty_dict, sa_type=JSON)
