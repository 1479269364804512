"""What a database holds, but for the moments at which it was written."""

from typing import Any

from sqlalchemy import Engine, select

from models.base import UtcDateTime
from models.database import reading
from models.tables import metadata

# Their hashes are of moments too: they are counted.
COUNTED = ("audit", "audit_head")


def dump(engine: Engine) -> dict[str, Any]:
    """Return table → its rows in order, without moments; of the journal, how many entries."""
    found: dict[str, Any] = {}
    with reading(engine) as session:
        for table in metadata.sorted_tables:
            if table.name in ("communes", "former_communes"):
                continue
            columns = [column for column in table.columns if not isinstance(column.type, UtcDateTime)]
            rows = sorted(map(repr, session.execute(select(*columns)).all()))
            found[table.name] = len(rows) if table.name in COUNTED else rows
    return found
