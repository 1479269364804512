"""Actors: organisations that may answer a need or take over a company. An actor may have no SIRET."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, false
from sqlmodel import Field, SQLModel

from models.base import UtcDateTime, empty_list, utc_now


class Actor(SQLModel, table=True):
    """stays_listed: a person keeps it in the lists, whatever registers say of its company.

    archived_at: when a person took it from the desk, None while it is there.
    """

    __tablename__ = "actors"

    id: str = Field(primary_key=True, max_length=36)
    natural_key: str = Field(unique=True, max_length=400)
    content_hash: str = Field(max_length=64)
    source: str = Field(max_length=60)
    source_id: str | None = Field(default=None, max_length=300, index=True)
    siret: str | None = Field(default=None, max_length=14, index=True)
    name: str = Field(max_length=300)
    kind: str = Field(max_length=30, index=True)
    legal_category: str | None = Field(default=None, max_length=4)
    activities: list[str] = Field(default_factory=empty_list, sa_type=JSON)
    naf: list[dict[str, Any]] = Field(default_factory=empty_list, sa_type=JSON)
    commune_code: str | None = Field(default=None, max_length=5)
    commune_name: str | None = Field(default=None, max_length=300)
    postcode: str | None = Field(default=None, max_length=5)
    department: str | None = Field(default=None, max_length=3, index=True)
    lat: float | None = None
    lon: float | None = None
    radius_km: float | None = None
    area_departments: list[str] = Field(default_factory=empty_list, sa_type=JSON)
    area_communes: list[str] = Field(default_factory=empty_list, sa_type=JSON)
    headcount: int | None = None
    headcount_band: str | None = Field(default=None, max_length=2)
    turnover_eur: float | None = None
    approvals: list[str] = Field(default_factory=empty_list, sa_type=JSON)
    seeks: list[str] = Field(default_factory=empty_list, sa_type=JSON)
    ess: bool | None = None
    esus: bool | None = None
    website: str | None = Field(default=None, max_length=300)
    confidential: bool = Field(default=False, index=True)
    information_date: date | None = None
    stays_listed: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    archived_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    updated_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class Membership(SQLModel, table=True):
    """A member of a network or CAE, whose skills and capacity count as the carrier's own."""

    __tablename__ = "memberships"

    carrier_id: str = Field(primary_key=True, foreign_key="actors.id", max_length=36)
    member_id: str = Field(primary_key=True, foreign_key="actors.id", max_length=36, index=True)
