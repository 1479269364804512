"""Partners, the mailboxes that may be written to, and their subscriptions to alerts."""

from datetime import date, datetime

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.base import UtcDateTime, empty_list, utc_now


class Partner(SQLModel, table=True):
    """A person who receives alerts, or was written to.

    `id` is random: links contain it, and no address may be guessed from them.

    status: pending (no subscription confirmed yet), active, suspended (mail does not arrive; `status_reason` says how),
    unsubscribed.
    """

    __tablename__ = "partners"

    id: str = Field(primary_key=True, max_length=36)
    email: str = Field(unique=True, max_length=254)
    label: str = Field(default="", max_length=100)
    status: str = Field(default="pending", max_length=20, index=True)
    status_reason: str = Field(default="", max_length=40)
    soft_bounces: int = 0
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    updated_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class Subscription(SQLModel, table=True):
    """A partner's subscription to an actor or to a saved search. Nothing is sent before it is confirmed by mail.

    frequency: nightly, weekly (on `weekday`, Monday is 0), paused. least: the lowest section that is announced, by
    its name in `matcher.sections`. most: suggestions a mail. served_on: the last night on which it was looked at.
    formerly: ids of the actors that it followed before, each left for another that a person said is the same.
    """

    __tablename__ = "subscriptions"
    __table_args__ = (UniqueConstraint("partner_id", "actor_id"), UniqueConstraint("partner_id", "search"))

    id: str = Field(primary_key=True, max_length=36)
    partner_id: str = Field(foreign_key="partners.id", max_length=36, index=True)
    actor_id: str | None = Field(default=None, foreign_key="actors.id", max_length=36, index=True)
    formerly: list[str] = Field(default_factory=empty_list, sa_type=JSON, sa_column_kwargs={"server_default": "[]"})
    search: str | None = Field(default=None, max_length=300)
    departments: list[str] = Field(default_factory=empty_list, sa_type=JSON)
    frequency: str = Field(default="nightly", max_length=10)
    weekday: int = 0
    least: str = Field(default="to_study", max_length=20, sa_column_kwargs={"server_default": "to_study"})
    most: int = 5
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    served_on: date | None = None
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
