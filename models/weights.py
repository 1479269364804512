"""Versions of the scorer's weights."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from models.base import UtcDateTime, utc_now


class WeightsVersion(SQLModel, table=True):
    __tablename__ = "weights"

    id: str = Field(primary_key=True, max_length=36)
    status: str = Field(max_length=20, index=True)  # candidate, active, retired
    values: dict[str, Any] = Field(sa_type=JSON)
    # The gate's verdict (matcher.learning.gate.Verdict), with its date and number of ratings; None for the prior.
    verdict: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    note: str = ""
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    retired_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
