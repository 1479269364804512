"""An import undone whole: every row as it was before, but for those that somebody changed since, which are named."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlmodel import Session

from api.audit import log
from api.catalogue.confidentiality_acts import note_act
from api.catalogue.lowering import CONFIDENTIAL, KIND, TEASER, lowered_fields
from api.catalogue.memberships import replace_carriers
from api.catalogue.row_changes import Record, Row, RowChanges, content_columns
from api.catalogue.row_history import UNDONE_IMPORT, Author, RowDifference, keep_edits
from api.catalogue.schemas import OpportunityStatus, RecordKind
from api.catalogue.stored_values import from_json
from api.catalogue.upsert import write_opportunities
from api.core.chunks import in_chunks
from api.imports.attachments import attached, delete_traces, members_of, with_other_contacts
from api.imports.history import import_of
from api.imports.imported_contacts import contact_counts
from models.base import table_of
from models.imports import FileImport, ImportedRow
from models.tables import Actor, Contact, Lot, Opportunity, Suggestion, TakeoverCase

CHANGED_SINCE = "changed_since"
WOULD_PUBLISH = "would_publish"
KEY_TAKEN = "key_taken"
IN_USE = "in_use"


@dataclass(frozen=True)
class LeftRow:
    """A row that an undoing leaves as it is, and why; `IN_USE`: an opportunity is cancelled."""

    row_id: str
    name: str
    why: str


@dataclass
class Undoing:
    """What an undoing does or would do: rows restored, deleted, gone already (numbers), and those that it leaves.

    contacts: those that the import added and nobody changed since, deleted.
    """

    restored: int = 0
    deleted: int = 0
    gone: int = 0
    contacts: int = 0
    left: list[LeftRow] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """Return the numbers by name, without the zeros."""
        whole = {"restored": self.restored, "deleted": self.deleted, "left": len(self.left), "contacts": self.contacts}
        return {name: number for name, number in whole.items() if number}


def plan_undoing(session: Session, import_id: str, now: datetime) -> Undoing:
    """Return what undoing an import would do, where nobody is asked to publish anything. Raises as below."""
    return _Undoer(session, import_of(session, import_id), reason="", by="", now=now).plan()


def undo_import(session: Session, import_id: str, *, reason: str, by: str, now: datetime) -> Undoing:
    """Undo an import in the caller's unit of work, and note it in the journal.

    reason: why rows that the import made confidential, or told of no more, are public or told of again, as a person
    says; without it they stay as they are. Raises NotFoundError, ConflictError: it is undone already; InvalidError: the
    reason is too short.
    """
    done = import_of(session, import_id)
    result = _Undoer(session, done, reason=reason, by=by, now=now).undo()
    done.undone_at, done.undone_by, done.undone = now, by, result.counts()
    session.add(done)
    log.note(session, by=by, action="file.undone", kind=done.kind, of=import_id, detail=result.counts(), now=now)
    return result


class _Undoer:
    """Undoes one import, chunk by chunk."""

    def __init__(self, session: Session, done: FileImport, *, reason: str, by: str, now: datetime) -> None:
        self._session, self._import_id = session, done.id
        self._kind: RecordKind = "actors" if done.kind == "actors" else "opportunities"
        self._table = table_of(Actor if self._kind == "actors" else Opportunity)
        self._reason, self._by, self._now = reason, by, now
        self._author = Author(by, now, f"{UNDONE_IMPORT}:{done.id}")
        self._result = Undoing()
        self._rows = self._stored_rows()

    def plan(self) -> Undoing:
        self._sort()
        return self._result

    def undo(self) -> Undoing:
        restored, deleted = self._sort()
        contacts = table_of(Contact)
        self._session.execute(delete(contacts).where(contacts.c.import_id == self._import_id))
        self._cancel([row.row_id for row in self._result.left if row.why == IN_USE])
        if self._kind == "actors":
            # Before any is deleted: restored members may be carried by actors that go.
            replace_carriers(self._session, {row_id: [] for row_id in (*(row_id for row_id, _ in restored), *deleted)})
        for ids in in_chunks(deleted):
            self._delete(ids)
        for chunk in in_chunks(restored):
            # One row's key of before may be what another has now.
            change = update(self._table).where(self._table.c.id.in_([row_id for row_id, _ in chunk]))
            self._session.execute(change.values(natural_key="undoing:" + self._table.c.id))
        for chunk in in_chunks(restored):
            self._restore(dict(chunk))
        return self._result

    def _stored_rows(self) -> dict[str, Mapping[str, Any] | None]:
        """Return what the rows of the import were before it, by id."""
        table = table_of(ImportedRow)
        question = select(table.c.row_id, table.c.before, table.c.hash_after).where(
            table.c.import_id == self._import_id
        )
        rows = self._session.execute(question.order_by(table.c.row_id)).all()
        self._hashes = {row.row_id: row.hash_after for row in rows}
        return {row.row_id: row.before for row in rows}

    def _sort(self) -> tuple[list[tuple[str, Mapping[str, Any]]], list[str]]:
        """Return the rows to restore with what they were, and those to delete; count them and name those left."""
        restored: list[tuple[str, Mapping[str, Any]]] = []
        deleted: dict[str, Row] = {}
        for ids in in_chunks(list(self._rows)):
            now = self._now_stored(ids)
            new = [row_id for row_id in ids if self._rows[row_id] is None and row_id in now]
            in_use = attached(self._session, self._kind, new)
            in_use |= with_other_contacts(self._session, self._kind, new, self._import_id)
            for row_id in ids:
                row, before = now.get(row_id), self._rows[row_id]
                if row is None:
                    self._result.gone += 1
                elif row["content_hash"] != self._hashes[row_id]:
                    self._leave(row, CHANGED_SINCE)
                elif before is None and row_id in in_use:
                    self._leave(row, IN_USE)
                elif before is None:
                    deleted[row_id] = row
                elif lowered_fields(row, before["row"]) and not self._reason:
                    self._leave(row, WOULD_PUBLISH)
                else:
                    restored.append((row_id, before))
        if self._kind == "actors":
            self._keep_carriers(deleted)
        restored = self._with_free_keys(restored, list(deleted))
        self._result.restored, self._result.deleted = len(restored), len(deleted)
        self._result.contacts = contact_counts(self._session, [self._import_id]).get(self._import_id, 0)
        return restored, list(deleted)

    def _keep_carriers(self, deleted: dict[str, Row]) -> None:
        """Leave the actors that carry a member whose memberships this undoing does not undo."""
        members = {
            carrier: own for ids in in_chunks(list(deleted)) for carrier, own in members_of(self._session, ids).items()
        }
        while True:
            left = {row.row_id for row in self._result.left}
            kept = [row_id for row_id in deleted if members.get(row_id, set()) - (self._rows.keys() - left)]
            for row_id in kept:
                self._leave(deleted.pop(row_id), IN_USE)
            if not kept:
                return

    def _now_stored(self, ids: Sequence[str]) -> dict[str, Row]:
        question = select(self._table).where(self._table.c.id.in_(ids))
        return {row["id"]: dict(row) for row in self._session.execute(question).mappings()}

    def _with_free_keys(
        self, restored: list[tuple[str, Mapping[str, Any]]], deleted: Sequence[str]
    ) -> list[tuple[str, Mapping[str, Any]]]:
        """Leave the rows whose former natural key another row has taken since."""
        own = {row_id for row_id, _ in restored} | set(deleted)
        holders: dict[str, str] = {}
        for chunk in in_chunks(restored):
            keys = [before["row"]["natural_key"] for _, before in chunk]
            columns = self._table.c["natural_key", "id"]
            rows = self._session.execute(select(*columns).where(self._table.c.natural_key.in_(keys)))
            holders |= {row.natural_key: row.id for row in rows}
        free = []
        for row_id, before in restored:
            if holders.get(before["row"]["natural_key"], row_id) in own:
                free.append((row_id, before))
            else:
                self._leave(before["row"], KEY_TAKEN)
        return free

    def _leave(self, row: Mapping[str, Any], why: str) -> None:
        self._result.left.append(LeftRow(row["id"], row["name" if self._kind == "actors" else "title"], why))

    def _cancel(self, ids: Sequence[str]) -> None:
        """Cancel opportunities: what people did about them stays, and they are offered to nobody any more."""
        if self._kind == "opportunities":
            rows = [row for chunk in in_chunks(ids) for row in self._now_stored(chunk).values()]
            cancelled = [
                Record(0, row["natural_key"], {"status": OpportunityStatus.CANCELLED.value}, {}) for row in rows
            ]
            write_opportunities(self._session, cancelled, author=self._author)

    def _delete(self, ids: Sequence[str]) -> None:
        delete_traces(self._session, self._kind, ids)
        if self._kind == "opportunities":
            for part in (table_of(Lot), table_of(TakeoverCase)):
                self._session.execute(delete(part).where(part.c.opportunity_id.in_(ids)))
        self._session.execute(delete(self._table).where(self._table.c.id.in_(ids)))

    def _restore(self, images: Mapping[str, Mapping[str, Any]]) -> None:
        """Write rows back as they were. images: by id."""
        now = self._now_stored(list(images))
        rows = {row_id: from_json(self._table, before["row"]) for row_id, before in images.items()}
        for row_id, values in rows.items():
            if lowered_fields(now[row_id], values):
                before, after = (_visibility(row) for row in (now[row_id], values))
                note_act(
                    self._session, self._kind, row_id, before, after, reason=self._reason, by=self._by, now=self._now
                )
        kept = {row_id: {"updated_at": self._now, "archived_at": now[row_id]["archived_at"]} for row_id in rows}
        changed = [row | kept[row_id] for row_id, row in rows.items()]
        RowChanges(self._table, changed=changed).save(self._session)
        if self._kind == "actors":
            self._restore_carriers(images)
        else:
            self._restore_lots(images)
            cases = table_of(TakeoverCase)
            self._session.execute(delete(cases).where(cases.c.opportunity_id.in_(list(images))))
            former = [from_json(cases, before["case"]) for before in images.values() if before["case"]]
            RowChanges(cases, created=former).save(self._session)
        self._note_edits(now, rows)

    def _note_edits(self, now: Mapping[str, Row], rows: Mapping[str, Row]) -> None:
        """Note in the history of each row that it is as before. Members, lots and cases are told of by the import."""
        differences = [
            RowDifference(row_id, now[row_id], content_columns(self._table, row), row["content_hash"])
            for row_id, row in rows.items()
        ]
        keep_edits(self._session, self._kind, differences, self._author)

    def _restore_carriers(self, images: Mapping[str, Mapping[str, Any]]) -> None:
        wanted = sorted({carrier for before in images.values() for carrier in before["carriers"]})
        here = {carrier for chunk in in_chunks(wanted) for carrier in self._now_stored(chunk)}
        own = {row_id: [one for one in before["carriers"] if one in here] for row_id, before in images.items()}
        replace_carriers(self._session, own)

    def _restore_lots(self, images: Mapping[str, Mapping[str, Any]]) -> None:
        lots, links = table_of(Lot), table_of(Suggestion)
        former = {lot["id"]: from_json(lots, lot) for before in images.values() for lot in before["lots"]}
        here = select(lots.c.id).where(lots.c.opportunity_id.in_(list(images)))
        present = set(self._session.execute(here).scalars())
        for gone in in_chunks(sorted(present - former.keys())):
            self._session.execute(update(links).where(links.c.lot_id.in_(gone)).values(lot_id=None))
            self._session.execute(delete(lots).where(lots.c.id.in_(gone)))
        RowChanges(
            lots,
            created=[lot for lot_id, lot in former.items() if lot_id not in present],
            changed=[lot for lot_id, lot in former.items() if lot_id in present],
        ).save(self._session)
        again = [{"row": row, "lot": lot} for image in images.values() for row, lot in image["lot_links"].items()]
        if again:
            change = update(links).where(links.c.id == bindparam("row")).values(lot_id=bindparam("lot"))
            self._session.connection().execute(change, again)


def _visibility(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return who may hear of a row, as an act about it keeps it: whether it has a teaser, not what that says."""
    return {CONFIDENTIAL: row[CONFIDENTIAL], KIND: row[KIND], TEASER: bool(row.get(TEASER))}
