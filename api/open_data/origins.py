"""Origins of a row: what each public source said of it, and when; which files brought or changed it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlmodel import Session

from api.catalogue.schemas import RecordKind
from api.open_data import queries
from api.open_data.merging import flatten_row, to_json


class Holding(StrEnum):
    """What the row holds of a value that a source gave."""

    AS_SAID = "as_said"
    OTHER_SOURCE = "other_source"
    PERSON = "person"


@dataclass(frozen=True)
class SaidValue:
    """A value that a source last gave. field: a column, a takeover case's under `takeover.…`."""

    field: str
    value: Any
    holding: Holding


@dataclass(frozen=True)
class SourceOrigin:
    """What a public source last said of a row. reference: its record; as_of: the record's own day; values: by field."""

    source: str
    reference: str
    said_at: datetime
    as_of: date | None
    values: Sequence[SaidValue]


@dataclass(frozen=True)
class FileOrigin:
    """A file that created or changed a row. name: the file's, as it was sent."""

    name: str
    imported_at: datetime
    created: bool


@dataclass(frozen=True)
class Origins:
    """Where a row comes from: sources, the latest first; files, the latest first. Both are empty for a typed row."""

    sources: Sequence[SourceOrigin]
    files: Sequence[FileOrigin]


def origins_of(session: Session, kind: RecordKind, row_id: str) -> Origins:
    """Return where a row comes from; nothing for an unknown one."""
    stored_row = queries.row_with_parts(session, kind, row_id)
    if stored_row is None:
        return Origins([], [])
    values = flatten_row(stored_row)
    provenances = queries.provenances_of_row(session, kind, row_id)
    sources = [
        SourceOrigin(
            provenance.source,
            provenance.reference,
            provenance.said_at,
            provenance.as_of,
            [
                SaidValue(name, value, _holding(name, value, values, provenances, provenance.source))
                for name, value in sorted(provenance.last_values.items())
            ],
        )
        for provenance in provenances
    ]
    files = [
        FileOrigin(file.name, file.imported_at, created=row.before is None)
        for file, row in queries.imports_of_row(session, kind, row_id)
    ]
    return Origins(sources, files)


def _holding(
    name: str, value: Any, stored_values: Mapping[str, Any], provenances: Sequence[Any], source: str
) -> Holding:
    stored_value = to_json(stored_values.get(name))
    if stored_value == to_json(value):
        return Holding.AS_SAID
    is_said_elsewhere = any(
        name in other.last_values and to_json(other.last_values[name]) == stored_value
        for other in provenances
        if other.source != source
    )
    return Holding.OTHER_SOURCE if is_said_elsewhere else Holding.PERSON
