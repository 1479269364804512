"""Financing plans of takeover cases."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from models.base import UtcDateTime


class FinancingPlan(SQLModel, table=True):
    """A version of the plan of a case; the last is the plan. Versions are added, never changed.

    number: from 1 on, without a gap. by: who, as the journal names them. content: `api.takeovers.financing.plan.Plan`,
    as JSON values.
    """

    __tablename__ = "financing_plans"

    opportunity_id: str = Field(primary_key=True, foreign_key="opportunities.id", max_length=36)
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=UtcDateTime)
    by: str = Field(max_length=60)
    content: dict[str, Any] = Field(sa_type=JSON)
