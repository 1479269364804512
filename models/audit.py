"""The journal: each entry holds the hash of the entry before."""

from sqlmodel import Field, SQLModel


class AuditEntry(SQLModel, table=True):
    """One act. Nothing in it names a person: `actor` and `object_id` are identifiers.

    actor: `account:<id>`, `key:<id>`, `partner:<id>`, `cli`, `night` or `anonymous`. at: a moment in UTC, in ISO 8601;
    detail: JSON; both are texts, so that the hash is of what is stored, not of a reading of it.
    """

    __tablename__ = "audit"

    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: str = Field(max_length=32)
    actor: str = Field(max_length=60, index=True)
    action: str = Field(max_length=40)
    object_kind: str = Field(max_length=20)
    object_id: str = Field(max_length=80, index=True)
    detail: str
    previous_hash: str = Field(max_length=64)
    hash: str = Field(max_length=64)


class AuditHead(SQLModel, table=True):
    """Length and last hash of the journal: the only row, which each entry locks and updates."""

    __tablename__ = "audit_head"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    count: int
    last_hash: str = Field(max_length=64)
