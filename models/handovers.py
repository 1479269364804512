"""Takeovers to come: companies counted by trade and territory. No company, no person."""

from sqlmodel import Field, SQLModel


class HandoverTally(SQLModel, table=True):
    """Companies counted so far by a reading that goes on; deleted with its end. Nothing of it tells of directors.

    number: of the run. territory: code of an intercommunality, or empty. division: of NAF rev. 2. older, larger: the
    company is old, has many employees (`api.open_data.handovers.counting`).
    """

    __tablename__ = "handover_tallies"

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    territory: str = Field(primary_key=True, max_length=9)
    division: str = Field(primary_key=True, max_length=2)
    older: bool = Field(primary_key=True)
    larger: bool = Field(primary_key=True)
    companies: int


class HandoverGroup(SQLModel, table=True):
    """A group of companies that is shown: ten or more with a director of 60 or more, and ten or more without.

    Groups have no company in common. territory, section, division: where and what; empty (section: 0) for the rest of
    what is above. section: its first division. older, larger: None where fewer than ten are, or are not.
    """

    __tablename__ = "handover_groups"

    territory: str = Field(primary_key=True, max_length=9)
    section: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    division: str = Field(primary_key=True, max_length=2)
    companies: int
    seniors: int
    older: int | None = None
    larger: int | None = None
