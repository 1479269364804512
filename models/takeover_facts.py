"""What a facilitator notes of a company that is to be taken over; versions are added."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, ForeignKeyConstraint
from sqlmodel import Field, SQLModel

from models.base import UtcDateTime, empty_list, utc_now


class TakeoverFacts(SQLModel, table=True):
    """One version of the facts of a case, whole. Versions count from 1 without a gap; the last one holds.

    by: who noted it, as the journal names them. premises: `api.takeovers.company.company_facts.Premises`, empty
    where unknown. key_roles: of the people who matter, without their names.
    """

    __tablename__ = "takeover_facts"

    opportunity_id: str = Field(primary_key=True, foreign_key="opportunities.id", max_length=36)
    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    by: str = Field(max_length=60)
    reason: str = Field(default="", max_length=500)
    premises: str = Field(default="", max_length=20)
    premises_note: str = Field(default="", max_length=500)
    key_roles: list[str] = Field(default_factory=empty_list, sa_type=JSON)


class TakeoverYear(SQLModel, table=True):
    """The figures of one financial year in one version of the facts, in whole euros; None is unknown.

    ebitda_eur: the French « excédent brut d'exploitation » (EBE).
    """

    __tablename__ = "takeover_years"
    __table_args__ = (
        ForeignKeyConstraint(
            ["opportunity_id", "version"],
            ["takeover_facts.opportunity_id", "takeover_facts.version"],
            name="fk_takeover_years_opportunity_id_takeover_facts",
        ),
    )

    opportunity_id: str = Field(primary_key=True, max_length=36)
    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    turnover_eur: int | None = Field(default=None, sa_type=BigInteger)
    result_eur: int | None = Field(default=None, sa_type=BigInteger)
    ebitda_eur: int | None = Field(default=None, sa_type=BigInteger)
