"""Opportunities: market openings, lot by lot, and takeover cases."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.base import UtcDateTime, empty_list, utc_now


class Opportunity(SQLModel, table=True):
    """archived_at: when a person took it from the desk, None while it is there."""

    __tablename__ = "opportunities"

    id: str = Field(primary_key=True, max_length=36)
    natural_key: str = Field(unique=True, max_length=400)
    content_hash: str = Field(max_length=64)
    source: str = Field(max_length=60)
    source_id: str = Field(max_length=300, index=True)
    kind: str = Field(max_length=20, index=True)
    origin: str | None = Field(default=None, max_length=30)
    title: str
    teaser: str | None = None
    description: str | None = None
    buyer_name: str | None = Field(default=None, max_length=300)
    buyer_siret: str | None = Field(default=None, max_length=14)
    naf: list[dict[str, Any]] = Field(default_factory=empty_list, sa_type=JSON)
    cpv: list[str] = Field(default_factory=empty_list, sa_type=JSON)
    amount_eur: float | None = None
    commune_code: str | None = Field(default=None, max_length=5)
    commune_name: str | None = Field(default=None, max_length=300)
    postcode: str | None = Field(default=None, max_length=5)
    department: str | None = Field(default=None, max_length=3, index=True)
    lat: float | None = None
    lon: float | None = None
    published_on: date | None = None
    deadline: date | None = Field(default=None, index=True)
    status: str = Field(default="open", max_length=20, index=True)
    reserved: list[str] = Field(default_factory=empty_list, sa_type=JSON)
    social_clause: bool | None = None
    required_approvals: list[str] = Field(default_factory=empty_list, sa_type=JSON)
    confidential: bool = Field(default=False, index=True)
    # Which of the two départements' axes (1 to 3) it serves; None: it is assumed (`api.catalogue.axes`).
    axis: int | None = None
    url: str | None = Field(default=None, max_length=500)
    archived_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime, index=True)
    updated_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class Lot(SQLModel, table=True):
    """A part of a tender that is awarded separately: matching happens per lot."""

    __tablename__ = "lots"
    __table_args__ = (UniqueConstraint("opportunity_id", "number"),)

    id: str = Field(primary_key=True, max_length=36)
    opportunity_id: str = Field(foreign_key="opportunities.id", max_length=36, index=True)
    number: str = Field(max_length=20)
    title: str
    cpv: list[str] = Field(default_factory=empty_list, sa_type=JSON)
    amount_eur: float | None = None
    reserved: list[str] = Field(default_factory=empty_list, sa_type=JSON)


class TakeoverCase(SQLModel, table=True):
    """What only a takeover case has."""

    __tablename__ = "takeover_cases"

    opportunity_id: str = Field(primary_key=True, foreign_key="opportunities.id", max_length=36)
    cause: str = Field(max_length=20)
    headcount: int | None = None
    turnover_eur: float | None = None
    price_min_eur: float | None = None
    price_max_eur: float | None = None
    transfer_on: date | None = None
    holder_siren: str | None = Field(default=None, max_length=9)
