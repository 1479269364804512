"""Shared by all tables: names of constraints, identifiers, times in UTC."""

import uuid
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Table, TypeDecorator
from sqlalchemy.engine import Dialect
from sqlmodel import SQLModel

# Set before the first table is declared: migrations need every constraint to have a name.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
# Rows of tables are not validated: what would is made of a table that is asked for it, not of all at each start.
SQLModel.model_config["defer_build"] = True

NAMESPACE = uuid.UUID("6f1f1f0e-8a0b-5b0a-9d52-2607260726f0")


def identifier(table: str, *natural_key: object) -> str:
    """Return the identifier that a natural key always gets (RFC 9562, version 5).

    The same input gives the same identifiers in every database, so that ties break alike; and nothing can be counted
    from them, as it could from a sequence: a confidential case leaves no gap.
    """
    return str(uuid.uuid5(NAMESPACE, "\x1f".join([table, *map(str, natural_key)])))


def table_of(model: type[SQLModel]) -> Table:
    """Return the table of a model: statements over it avoid the mapper's cost for each row."""
    table: Table = model.__table__  # type: ignore[attr-defined]
    return table


def utc_now() -> datetime:
    return datetime.now(UTC)


def empty_list() -> list[Any]:
    """The default of a JSON column. Pydantic asks a default's signature for each row, and parses that of `list`."""
    return []


def empty_dict() -> dict[str, Any]:
    """The same for an object."""
    return {}


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, stored in UTC; SQLite forgets the time zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 (SQLAlchemy's signature)
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone is ambiguous")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 (SQLAlchemy's signature)
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
