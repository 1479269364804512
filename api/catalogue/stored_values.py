"""Values of columns that were kept as JSON."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Table

from models.base import UtcDateTime


def from_json(table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of the values that are columns of a table, with days and moments where JSON has texts."""
    stored = {}
    for column in table.columns:
        if column.name not in values:
            continue
        value = values[column.name]
        if isinstance(value, str) and isinstance(column.type, UtcDateTime):
            value = datetime.fromisoformat(value)
        elif isinstance(value, str) and isinstance(column.type, Date):
            value = date.fromisoformat(value)
        stored[column.name] = value
    return stored
