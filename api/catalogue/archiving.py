"""Rows in the archive: off the lists, the ranking and the alerts, kept with all that hangs on them until restored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session

from api.audit import log
from api.catalogue.row_history import ARCHIVED, Author, RowDifference, keep_edits
from api.catalogue.rows_by_kind import SUBJECTS, row_of
from api.catalogue.schemas import RecordKind
from models.base import table_of
from models.tables import Actor, Opportunity


@dataclass(frozen=True)
class ArchivedRow:
    """A row in the archive. kind: of the actor or of the opportunity."""

    id: str
    name: str
    kind: str
    commune: str | None
    department: str | None
    archived_at: datetime


def set_archived(session: Session, kind: RecordKind, row_id: str, archived: bool, author: Author) -> bool:
    """Put a row into the archive or back onto the desk; return whether anything changed. Raises NotFoundError."""
    row = row_of(session, kind, row_id)
    if (row.archived_at is not None) == archived:
        return False
    row.archived_at = author.at if archived else None
    session.add(row)
    session.flush()
    before, after = {ARCHIVED: not archived}, {ARCHIVED: archived}
    keep_edits(session, kind, [RowDifference(row_id, before, after, row.content_hash)], author)
    subject = SUBJECTS[kind]
    action = f"{subject}.archived" if archived else f"{subject}.unarchived"
    log.note(session, by=author.by, action=action, kind=subject, of=row_id, now=author.at)
    return True


def archived_page(
    session: Session, kind: RecordKind, text: str, *, offset: int, limit: int
) -> tuple[Sequence[ArchivedRow], int]:
    """Return a page of the rows in the archive, confidential ones too, the last archived first; and how many there are.

    text: a part of the name or title.
    """
    table = table_of(Actor if kind == "actors" else Opportunity).c
    name = table.name if kind == "actors" else table.title
    wanted: list[ColumnElement[bool]] = [table.archived_at.is_not(None)]
    if text:
        wanted.append(name.icontains(text, autoescape=True))
    columns = (table.id, name, table.kind, table.commune_name, table.department, table.archived_at)
    question = select(*columns).where(*wanted).order_by(table.archived_at.desc(), table.id)
    rows = session.execute(question.offset(offset).limit(limit)).all()
    count = session.execute(select(func.count()).where(*wanted)).scalar_one()
    return [ArchivedRow(*row) for row in rows], count
