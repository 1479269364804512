"""What an actor lends, guarantees or brings to a takeover, a product a row."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, false
from sqlmodel import Field, SQLModel

from models.base import UtcDateTime, empty_dict, empty_list, utc_now


class FinanceProduct(SQLModel, table=True):
    """form, audience, grade: `api.catalogue.finance_products`. Amounts in euros, None where none is known.

    most_heads: the most people of a company that may have it. departments: codes, none for any. terms: other
    conditions, in words. source: where it was read, on the day `read_on`. reference: its name in the list of reference
    actors, empty where a person typed it; last_values: what that list last said, so that a person's values are kept.
    removed: a person removed a row of that list, which must not bring it back.
    """

    __tablename__ = "finance_products"

    id: str = Field(primary_key=True, max_length=36)
    actor_id: str = Field(foreign_key="actors.id", ondelete="CASCADE", max_length=36, index=True)
    name: str = Field(max_length=200)
    form: str = Field(max_length=20)
    least_eur: float | None = None
    most_eur: float | None = None
    most_heads: int | None = None
    departments: list[str] = Field(default_factory=empty_list, sa_type=JSON)
    audience: str = Field(max_length=20)
    terms: str = Field(default="", max_length=500)
    source: str = Field(default="", max_length=300)
    read_on: date | None = None
    grade: str = Field(default="", max_length=10)
    reference: str = Field(default="", max_length=60)
    last_values: dict[str, Any] = Field(default_factory=empty_dict, sa_type=JSON)
    removed: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    updated_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
