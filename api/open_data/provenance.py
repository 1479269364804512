"""Provenance of the desk's rows: which record last set each, with which values, and how its source closed it."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import delete, insert
from sqlmodel import Session, SQLModel

from api.open_data import queries
from api.open_data.source_values import FieldValues
from models.base import table_of
from models.open_data import Provenance


@dataclass
class RowProvenance:
    """Provenance of one row, as it changes while a page is read: see `models.open_data.Provenance`."""

    kind: str
    reference: str
    row_id: str | None = None
    last_values: FieldValues = field(default_factory=dict)
    as_of: date | None = None
    closed_on: date | None = None
    closed_as: str | None = None


def read_provenances(session: Session, source: str, source_ids: Iterable[str]) -> dict[str, RowProvenance]:
    """Return the stored provenances by source id."""
    return {row.source_id: RowProvenance(*tuple(row)[1:]) for row in queries.provenances(session, source, source_ids)}


def write_provenances(
    session: Session,
    source: str,
    provenances: Mapping[str, RowProvenance],
    known_ids: Container[str],
    moment: datetime,
) -> None:
    """Write provenances by source id. known_ids: the source ids that have a stored provenance."""
    rows = []
    for source_id, provenance in provenances.items():
        columns = vars(provenance) | {"source_id": source_id, "said": provenance.last_values}
        del columns["last_values"]
        rows.append(columns)
    replace_source_rows(session, Provenance, source, rows, known_ids, moment)


def replace_source_rows(
    session: Session,
    model: type[SQLModel],
    source: str,
    rows: Sequence[FieldValues],
    known_ids: Container[str],
    moment: datetime,
) -> None:
    """Replace the rows of a table keyed by source and source id. known_ids: the source ids that may have a row."""
    table = table_of(model)
    former_ids = [row["source_id"] for row in rows if row["source_id"] in known_ids]
    if former_ids:
        is_former = table.c.source_id.in_(former_ids)
        session.execute(delete(table).where(table.c.source == source, is_former))
    stamp = {"source": source, "said_at": moment}
    session.execute(insert(table), [row | stamp for row in rows])
