"""The history of each row: who changed which fields, when, and what they held before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col, select

from api.catalogue.schemas import RecordKind
from api.core.json_values import to_json
from models.base import table_of, utc_now
from models.bulk_insert import insert_all
from models.row_history import RowEdit

# Fields of the history that are no column of the row itself.
MEMBER_OF, LOTS, TAKEOVER, ARCHIVED = "member_of", "lots", "takeover", "archived"
NATURAL_KEY = "natural_key"
# What an author writes through: `import:ID`, `source:NAME`, `undone:NUMBER`, `undone_import:ID`, `correction:ID`;
# `bulk:ID`, `undone_bulk:ID` of an act on many rows at once.
IMPORT, SOURCE, UNDONE, UNDONE_IMPORT, CORRECTION = "import", "source", "undone", "undone_import", "correction"
BULK, UNDONE_BULK = "bulk", "undone_bulk"


@dataclass(frozen=True, slots=True)
class Author:
    """Who changes rows and when. by: as in the journal, or SOURCE. through: by what, empty for a person's own act."""

    by: str
    at: datetime = field(default_factory=utc_now)
    through: str = ""


def source_author(source: str, at: datetime) -> Author:
    """Return a public source as an author, whoever had it read."""
    return Author(SOURCE, at, f"{SOURCE}:{source}")


@dataclass(frozen=True, slots=True)
class RowDifference:
    """A row that was written. before: what it held, None where it is new; after: what it holds, with its parts.

    hash_after: the hash of its content. lot_links: suggestion → lot, of lots that went.
    """

    row_id: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any]
    hash_after: str
    lot_links: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def changes(self) -> dict[str, list[Any]]:
        """Return the fields that changed, each as [before, after] in JSON values; none of a new row."""
        if self.before is None:
            return {}
        before = self.before
        differing = {name: value for name, value in self.after.items() if before.get(name) != value}
        sides = {name: [to_json(before.get(name)), to_json(value)] for name, value in differing.items()}
        return {name: [former, new] for name, (former, new) in sides.items() if former != new}


def keep_edits(session: Session, kind: RecordKind, differences: Sequence[RowDifference], author: Author) -> None:
    """Keep what was changed, in the caller's unit of work, after the rows: two writers of one row stay in order."""
    edits = []
    for difference in differences:
        is_new, changes = difference.before is None, difference.changes()
        if is_new or changes:
            edits.append(
                {
                    "kind": kind,
                    "row_id": difference.row_id,
                    "edited_at": author.at,
                    "edited_by": author.by,
                    "through": author.through,
                    "is_new": is_new,
                    "changes": changes,
                    "lot_links": dict(difference.lot_links),
                    "hash_after": difference.hash_after,
                }
            )
    insert_all(session.connection(), table_of(RowEdit), edits)


def edits_of(session: Session, kind: RecordKind, row_id: str, limit: int) -> Sequence[RowEdit]:
    """Return the edits of a row, the newest first."""
    question = select(RowEdit).where(RowEdit.row_id == row_id, RowEdit.kind == kind)
    return session.exec(question.order_by(col(RowEdit.number).desc()).limit(limit)).all()


def last_edit(session: Session, kind: RecordKind, row_id: str) -> RowEdit | None:
    """Return the newest edit of a row, None where none is kept."""
    return next(iter(edits_of(session, kind, row_id, 1)), None)


def forget_old_edits(session: Session, before: datetime) -> int:
    """Delete the edits of before a moment; return their number."""
    old = delete(table_of(RowEdit)).where(col(RowEdit.edited_at) < before)
    return session.connection().execute(old).rowcount
