"""One act on many rows, in one unit of work: archived, given an axis; and undone whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlmodel import Session

from api.audit import log
from api.catalogue.row_changes import Record
from api.catalogue.row_history import ARCHIVED, BULK, UNDONE_BULK, Author, RowDifference, keep_edits
from api.catalogue.schemas import RecordKind
from api.catalogue.upsert import write_opportunities
from api.core.chunks import in_chunks
from models.base import table_of
from models.row_history import RowEdit
from models.tables import Actor, Opportunity

ARCHIVE, AXIS = "archived", "axis"
# Actions of the journal, as `log.note` has them; the object is the act, whose id is random.
ARCHIVED_ROWS, AXIS_SET, UNDONE_ACT = "bulk.archived", "bulk.axis_set", "bulk.undone"


@dataclass(frozen=True)
class BulkRow:
    """A row that an act is about, as it is stored. name: of an actor, or the title of an opportunity."""

    id: str
    name: str
    confidential: bool
    archived: bool
    natural_key: str
    content_hash: str


def bulk_rows(session: Session, kind: RecordKind, row_ids: Sequence[str]) -> Sequence[BulkRow]:
    """Return the stored rows with these ids, confidential or not, in the order given."""
    table = table_of(Actor if kind == "actors" else Opportunity).c
    name = table.name if kind == "actors" else table.title
    columns = (table.id, name, table.confidential, table.archived_at, table.natural_key, table.content_hash)
    rows = {}
    for ids in in_chunks(row_ids):
        for row in session.execute(select(*columns).where(table.id.in_(ids))):
            rows[row[0]] = BulkRow(row[0], row[1], row[2], row[3] is not None, row[4], row[5])
    return [rows[row_id] for row_id in dict.fromkeys(row_ids) if row_id in rows]


def archive_rows(session: Session, kind: RecordKind, row_ids: Sequence[str], act_id: str, author: Author) -> int:
    """Put rows into the archive; return how many were not there yet. act_id: see `row_history.BULK`."""
    rows = [row for row in bulk_rows(session, kind, row_ids) if not row.archived]
    _move(session, kind, rows, archived=True, author=Author(author.by, author.at, f"{BULK}:{act_id}"))
    _note(session, ARCHIVED_ROWS, kind, act_id, {"rows": len(rows)}, author)
    return len(rows)


def set_axes(
    session: Session, opportunity_ids: Sequence[str], axis: int | None, act_id: str, author: Author
) -> Sequence[str]:
    """Give opportunities an axis, None for the one that is assumed; return the ids of those that had another."""
    rows = bulk_rows(session, "opportunities", opportunity_ids)
    records = [Record(0, row.natural_key, {"axis": axis}, {}) for row in rows]
    result = write_opportunities(session, records, author=Author(author.by, author.at, f"{BULK}:{act_id}"))
    _note(session, AXIS_SET, "opportunities", act_id, {"rows": len(result.changed_ids)}, author)
    return result.changed_ids


def rows_of_act(session: Session, act_id: str, by: str) -> Sequence[str]:
    """Return the ids of the rows that an act of somebody changed, as far as their history is kept."""
    return [edit.row_id for edit in _edits(session, act_id, by)]


def undo_act(session: Session, kind: RecordKind, act_id: str, done_by: str, *, by: str, now: datetime) -> int:
    """Undo an act of somebody, but for the rows that something changed since; return how many are as before."""
    author = Author(by, now, f"{UNDONE_BULK}:{act_id}")
    edits = {edit.row_id: edit for edit in _edits(session, act_id, done_by)}
    rows = bulk_rows(session, kind, list(edits))
    newest = _newest_edits(session, kind, list(edits))
    untouched = [
        row for row in rows if newest[row.id] == edits[row.id].number and edits[row.id].hash_after == row.content_hash
    ]
    _move(session, kind, [row for row in untouched if ARCHIVED in edits[row.id].changes], archived=False, author=author)
    records = [
        Record(0, row.natural_key, {AXIS: edits[row.id].changes[AXIS][0]}, {})
        for row in untouched
        if AXIS in edits[row.id].changes
    ]
    if records:
        write_opportunities(session, records, author=author)
    counts = {"restored": len(untouched), "left": len(rows) - len(untouched)}
    _note(session, UNDONE_ACT, kind, act_id, counts, author)
    return len(untouched)


def _move(session: Session, kind: RecordKind, rows: Sequence[BulkRow], *, archived: bool, author: Author) -> None:
    table = table_of(Actor if kind == "actors" else Opportunity)
    for part in in_chunks(rows):
        change = update(table).where(table.c.id.in_([row.id for row in part]))
        session.execute(change.values(archived_at=author.at if archived else None))
        before, after = {ARCHIVED: not archived}, {ARCHIVED: archived}
        keep_edits(session, kind, [RowDifference(row.id, before, after, row.content_hash) for row in part], author)


def _edits(session: Session, act_id: str, by: str) -> Sequence[RowEdit]:
    table = table_of(RowEdit).c
    question = select(RowEdit).where(table.edited_by == by, table.through == f"{BULK}:{act_id}")
    return session.execute(question.order_by(table.number)).scalars().all()


def _newest_edits(session: Session, kind: RecordKind, row_ids: Sequence[str]) -> Mapping[str, int]:
    table = table_of(RowEdit).c
    newest: dict[str, int] = {}
    for ids in in_chunks(row_ids):
        question = select(table.row_id, func.max(table.number)).where(table.row_id.in_(ids), table.kind == kind)
        newest |= {row[0]: row[1] for row in session.execute(question.group_by(table.row_id))}
    return newest


def _note(
    session: Session, action: str, kind: RecordKind, act_id: str, counts: Mapping[str, int], author: Author
) -> None:
    log.note(session, by=author.by, action=action, kind=kind, of=act_id, detail=counts, now=author.at)
