"""Communes of the two départements and of their neighbours."""

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from models.base import empty_list


class Commune(SQLModel, table=True):
    """A commune of today. Its point is in degrees (WGS 84)."""

    __tablename__ = "communes"

    code: str = Field(primary_key=True, max_length=5)
    name: str = Field(max_length=100)
    department: str = Field(max_length=3, index=True)
    postcodes: list[str] = Field(default_factory=empty_list, sa_type=JSON)
    population: int | None = None
    lat: float
    lon: float
    point_source: str = Field(max_length=20)


class FormerCommune(SQLModel, table=True):
    """A commune that merged into another: its code and name still stand in files."""

    __tablename__ = "former_communes"

    code: str = Field(primary_key=True, max_length=5)
    name: str = Field(max_length=100)
    department: str = Field(max_length=3)
    current_code: str = Field(foreign_key="communes.code", max_length=5)
