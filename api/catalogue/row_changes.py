"""Records beside the rows that are stored: found by natural key, merged, compared by a hash of their content."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Table, bindparam, select, update
from sqlmodel import Session

from api.catalogue.contract_holders import takes_over
from models.bulk_insert import insert_all

_META = frozenset({
    *("id", "natural_key", "content_hash", "created_at", "updated_at", "opportunity_id", "stays_listed", "archived_at"),
})  # fmt: skip

# The same text for the same content, whatever the order of its keys.
_CANONICAL = json.JSONEncoder(sort_keys=True, ensure_ascii=False, default=str, separators=(",", ":"))

Row = dict[str, Any]


@dataclass(slots=True)
class Record:
    """A valid actor or opportunity. `weak` holds what is only assumed: it fills a new row, never changes an old one.

    `row` is the line of a file (0: of none). `lots` (number → fields) and `takeover` are None where the source does
    not speak of them, as is `member_of`. `stored_key` is the natural key of its stored row where `key` replaces it.
    """

    row: int
    key: str
    fields: dict[str, Any]
    weak: dict[str, Any]
    member_of: list[str] | None = None
    lots: dict[str, dict[str, Any]] | None = None
    takeover: dict[str, Any] | None = None
    stored_key: str = ""

    @property
    def known_as(self) -> str:
        """The natural key under which its row is stored, if it is."""
        return self.stored_key or self.key

    def over(self, stored: Row | None, defaults: Row) -> Row:
        """Return the own columns of its row as they shall be: what the source says, over what is stored or assumed."""
        if stored is None:
            return defaults | self.weak | self.fields
        values = {name: stored[name] for name in defaults} | self.fields
        if "source" in self.weak and stored["source"] != self.weak["source"]:
            # The pair names where a row comes from: half of it must not change alone.
            if takes_over(stored, self.weak["source"]):
                values["source"] = self.weak["source"]
            else:
                values["source_id"] = stored["source_id"]
        if self.row and self.fields.get("lat") is None and is_elsewhere(stored, self.fields):
            # Of another address of the same SIRET: a point of the former one would be a lie.
            values |= {"lat": None, "lon": None}
        if stored["kind"] != values["kind"] and "confidential" in self.weak:
            # It became another thing (a takeover case): the caution of its new kind holds, beside that of the former.
            values["confidential"] = stored["confidential"] or self.weak["confidential"]
        return values


def is_elsewhere(stored: Mapping[str, Any], changes: Mapping[str, Any]) -> bool:
    """Return whether changes name another commune than the stored one."""
    new_commune = changes.get("commune_code")
    return bool(new_commune and stored["commune_code"] not in (None, new_commune))


def at_new_place(stored: Mapping[str, Any], changes: Row) -> Row:
    """Return changes that take the former place away where they name another commune."""
    if not is_elsewhere(stored, changes):
        return changes
    return dict.fromkeys(("lat", "lon", "postcode", "commune_name", "department")) | changes


@dataclass
class RowChanges:
    """Rows of one table to insert and rows to update."""

    table: Table
    created: list[Row] = field(default_factory=list)
    changed: list[Row] = field(default_factory=list)

    def add(self, values: Row, stored: Row | None, ident: str, key: str, digest: str, now: datetime) -> None:
        """Add a row with a natural key; `stored` is the row that it replaces, if any."""
        whole = values | {"id": ident, "natural_key": key, "content_hash": digest, "updated_at": now}
        if stored:
            self.changed.append(whole)
        else:
            self.created.append(whole | {"created_at": now})

    def save(self, session: Session) -> None:
        connection = session.connection()
        if self.created:
            insert_all(connection, self.table, self.created)
        if self.changed:
            names = [name for name in self.changed[0] if name != "id"]
            statement = update(self.table).where(self.table.c.id == bindparam("_id"))
            statement = statement.values({name: bindparam(f"_{name}") for name in names})
            rows = [{f"_{name}": row[name] for name in ("id", *names)} for row in self.changed]
            connection.execute(statement, rows)


def rows_by_key(session: Session, table: Table, keys: Sequence[str]) -> dict[str, Row]:
    """Return the stored rows with these natural keys, by key."""
    answer = session.execute(select(table).where(table.c.natural_key.in_(keys)))
    names = list(answer.keys())
    rows = (dict(zip(names, row, strict=True)) for row in answer)
    return {row["natural_key"]: row for row in rows}


@cache
def column_defaults(schema: type[Any], table: Table) -> Row:
    """Return what a new row holds where its source says nothing. Shared between callers: not to be changed."""
    names = {column.name for column in table.columns} - _META
    defaults = {}
    for name in sorted(names):
        default = schema.model_fields[name].get_default(call_default_factory=True, validated_data={})
        defaults[name] = None if schema.model_fields[name].is_required() else getattr(default, "value", default)
    return defaults


def content_columns(table: Table, row: Row) -> Row:
    """Return a row without its identifiers, hash and dates."""
    return {column.name: row[column.name] for column in table.columns if column.name not in _META}


def content_digest(*content: Any) -> str:
    """Return the hash by which two contents compare."""
    return hashlib.sha256(_CANONICAL.encode(content).encode()).hexdigest()
