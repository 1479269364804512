"""Suggestions, ranked lists, and impressions."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.base import UtcDateTime, utc_now


def subject_name(opportunity_id: str, lot_id: str | None) -> str:
    """Return the subject of a suggestion about an opportunity, or about one of its lots."""
    return f"lot:{lot_id}" if lot_id else f"opportunity:{opportunity_id}"


class Suggestion(SQLModel, table=True):
    """An actor–opportunity pair that the engine proposed; for a pasted text, an actor and that text's hash.

    For a saved search the opportunity is suggested without an actor: `subscription_id` then names the search. It is no
    foreign key, since a suggestion outlives its subscription.
    """

    __tablename__ = "suggestions"
    __table_args__ = (UniqueConstraint("actor_id", "subject"),)

    id: str = Field(primary_key=True, max_length=36)
    actor_id: str | None = Field(default=None, foreign_key="actors.id", max_length=36, index=True)
    subscription_id: str | None = Field(default=None, max_length=36)
    subject: str = Field(max_length=80, index=True)  # opportunity:<id>, lot:<id> or text:<hash>
    opportunity_id: str | None = Field(default=None, foreign_key="opportunities.id", max_length=36, index=True)
    lot_id: str | None = Field(default=None, foreign_key="lots.id", max_length=36)
    confidential: bool = Field(default=False)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class RankedList(SQLModel, table=True):
    """One answer of the engine: which question, by which weights, when."""

    __tablename__ = "ranked_lists"

    id: str = Field(primary_key=True, max_length=36)
    # actors_for_opportunity, opportunities_for_actor, actors_for_text, opportunities_for_search
    direction: str = Field(max_length=30)
    subject: str = Field(max_length=80)
    weights_id: str = Field(foreign_key="weights.id", max_length=36)
    encoder_revision: str = Field(max_length=64)
    api_key_id: str | None = Field(default=None, foreign_key="api_keys.id", max_length=36)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class Impression(SQLModel, table=True):
    """A suggestion shown at a rank (first is 1), with the score taken apart as it was then."""

    __tablename__ = "impressions"
    __table_args__ = (UniqueConstraint("list_id", "rank"),)

    id: str = Field(primary_key=True, max_length=36)
    list_id: str = Field(foreign_key="ranked_lists.id", max_length=36, index=True)
    suggestion_id: str = Field(foreign_key="suggestions.id", max_length=36, index=True)
    rank: int
    score: float
    propensity: float = 1.0
    breakdown: dict[str, Any] = Field(sa_type=JSON)
