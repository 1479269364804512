"""Candidates of a takeover case: who was chosen for which role."""

from sqlmodel import Field, SQLModel


class TakeoverCandidate(SQLModel, table=True):
    """An actor that was chosen for a role of a takeover; its brokerage case says what became of it.

    role: `matcher.types.Role`.
    """

    __tablename__ = "takeover_candidates"

    opportunity_id: str = Field(primary_key=True, foreign_key="opportunities.id", ondelete="CASCADE", max_length=36)
    actor_id: str = Field(primary_key=True, foreign_key="actors.id", ondelete="CASCADE", max_length=36, index=True)
    role: str = Field(primary_key=True, max_length=20)
