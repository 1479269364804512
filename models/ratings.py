"""Partners' ratings of suggestions. Nothing is overwritten: a later rating supersedes the former."""

from datetime import datetime

from sqlalchemy import JSON, Index, text
from sqlmodel import Field, SQLModel

from models.base import UtcDateTime, empty_list, utc_now


class Rating(SQLModel, table=True):
    """One act of one partner on one suggestion; the current one is not superseded.

    interest: 0 (no) to 3 (call at once). reasons: why a no. answered, retained: after the deadline, whether the actor
    made an offer, and won; None is not known. impression_id: where it was seen, for its rank and score.
    """

    __tablename__ = "ratings"
    __table_args__ = (
        Index(
            "uq_ratings_current",
            "partner_id",
            "suggestion_id",
            unique=True,
            sqlite_where=text("superseded_at IS NULL"),
            postgresql_where=text("superseded_at IS NULL"),
        ),
    )

    id: str = Field(primary_key=True, max_length=36)
    partner_id: str = Field(foreign_key="partners.id", max_length=36, index=True)
    suggestion_id: str = Field(foreign_key="suggestions.id", max_length=36, index=True)
    impression_id: str | None = Field(default=None, foreign_key="impressions.id", max_length=36)
    interest: int | None = None
    reasons: list[str] = Field(default_factory=empty_list, sa_type=JSON)
    comment: str = Field(default="", max_length=2000)
    answered: bool | None = None
    retained: bool | None = None
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime, index=True)
    superseded_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
