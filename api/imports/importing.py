"""A table of rows → validated records → the tables, in one transaction. The same file twice changes nothing."""

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from sqlalchemy import Engine
from sqlmodel import Session

from api.audit import log
from api.catalogue.lowering import refusals
from api.catalogue.places.book import PlacesBook, process_book
from api.catalogue.queries import secret_identifiers
from api.catalogue.row_changes import Record
from api.catalogue.schemas import RecordKind
from api.catalogue.upsert import UpsertResult
from api.contacts.merging import MergePlan, plan_merge, write_merge
from api.core.clock import Clock
from api.core.progress import Progress
from api.imports.columns import Layout, known_labels, recognise
from api.imports.history import ImportHistory
from api.imports.imported_contacts import contacts_by_owner
from api.imports.known_rows import Collision, Sorted, sort_records, write_records
from api.imports.refused_rows import RefusedRow, write_refused_rows
from api.imports.report import (
    ImportReport,
    by_name_in_words,
    closed_in_words,
    contacts_in_words,
    missing_carrier_in_words,
    present_in_words,
    renamed_in_words,
    untold_in_words,
)
from api.imports.row_parser import ParsedRow
from api.imports.rows import Records
from api.imports.spreadsheet import Sheet, open_sheet
from api.open_data.duplicate_search import likely_pairs, propose_pairs
from models.base import utc_now
from models.database import reading, writing

# Rows between two calls of `progress`.
PROGRESS_STEP = 5_000
# Up to how many new opportunities are compared with all others, whatever their numbers are.
COMPARED = 500


# Given the source that the file's name tells and the collisions; returns the source that a person chose.
ChooseSource: TypeAlias = Callable[[str, Sequence[Collision]], str]


def ingest(
    engine: Engine,
    path: Path,
    kind: RecordKind,
    *,
    mapping: Path | None = None,
    dry_run: bool = False,
    source: str | None = None,
    shift_days: int = 0,
    refused_path: Path | None = None,
    progress: Progress | None = None,
    choose_source: ChooseSource | None = None,
    by: str = log.CLI,
    now: Clock = utc_now,
) -> ImportReport:
    """Bring a spreadsheet's actors or opportunities into the tables.

    Refused rows go to `refused_path` (by default `<name>.refuses.csv` beside the file), as they were, with a column
    that says why. `dry_run` decides everything and writes nothing. `progress` gets the rows done and, about, all rows.
    `choose_source`: asked which source it is, where only the file's name says it and new rows bear numbers of others.

    Raises SourceError when the file cannot be read at all; then, as after any interruption, nothing has changed.
    """

    def opened(name: str | None) -> tuple[Sheet, Layout]:
        sheet = open_sheet(path, labels=known_labels(kind))
        return sheet, recognise(sheet.header, kind, path.name, mapping=mapping, source=name, shift_days=shift_days)

    sheet, layout = opened(source)
    if dry_run or (choose_source and not layout.is_source_given):
        with reading(engine) as session:
            outcome = preview_sheet(session, process_book(), path, sheet, layout, progress=progress)
        if dry_run:
            outcome.write_refused(refused_path or path.with_name(f"{path.stem}.refuses.csv"))
            return outcome.report
        collisions = outcome.report.collisions
        sheet, layout = opened(choose_source(layout.source, collisions) if choose_source and collisions else source)
    outcome = import_sheet(engine, process_book(), path, sheet, layout, by=by, now=now(), progress=progress)
    outcome.write_refused(refused_path or path.with_name(f"{path.stem}.refuses.csv"))
    return outcome.report


@dataclass(frozen=True)
class ImportOutcome:
    """What an import did or would do, and the rows that it refuses, as they came."""

    report: ImportReport
    sheet: Sheet
    refused: list[RefusedRow]
    seen: list[ParsedRow] = field(default_factory=list)

    def write_refused(self, path: Path) -> None:
        """Write the refused rows, if any, and note in the report where they are."""
        if not self.refused:
            return
        try:
            write_refused_rows(path, self.sheet, self.refused)
            self.report.refused_path = path
        except OSError as error:
            # The valid rows are already imported: this must not look like a failure.
            why = f"Les lignes refusées n’ont pas pu être écrites dans « {path} » : {error.strerror}."
            self.report.notes.append(why)


def preview_sheet(
    session: Session,
    book: PlacesBook,
    path: Path,
    sheet: Sheet,
    layout: Layout,
    *,
    progress: Progress | None = None,
    shown: range = range(0),
) -> ImportOutcome:
    """Return what `import_sheet` would do. Nothing is written, no writer waits. Raises SourceError.

    shown: places, from 0, of the rows that the outcome gives as they are read.
    """
    with _rare_collections():
        rows = _records(session, sheet, layout, book)
        rows.shown = shown
        incoming = list(_with_progress(rows, progress))
        ready = _sorted(session, layout, incoming)
        result = write_records(session, layout.kind, ready.records, author=None, named=ready.named)
        contacts = _plan_contacts(session, rows, incoming, ready, result)
    return _outcome(path, rows, ready, result, len(contacts), dry_run=True)


def import_sheet(
    engine: Engine,
    book: PlacesBook,
    path: Path,
    sheet: Sheet,
    layout: Layout,
    *,
    by: str,
    now: datetime,
    name: str = "",
    progress: Progress | None = None,
) -> ImportOutcome:
    """Write all that is valid, in one transaction. `path` is what the report names; `name`, what the file is called.

    What rows were before is kept (`api.imports.history`). Raises SourceError; nothing has changed then.
    """
    with reading(engine) as session:
        rows = _records(session, sheet, layout, book)
    with _rare_collections():
        # Read every row before the write lock; carriers may also stand below their members.
        incoming = list(_with_progress(rows, progress))
        with writing(engine) as session:
            ready = _sorted(session, layout, incoming)
            history = ImportHistory(session, name or path.name, layout.kind, layout.source, by=by, now=now)
            result = write_records(
                session, layout.kind, ready.records, author=history.author, keep=history.keep, named=ready.named
            )
            counts = {"created": len(result.created), "changed": len(result.changed_ids)}
            contacts = _plan_contacts(session, rows, incoming, ready, result)
            if contacts:
                source = f"Fichier «\N{NO-BREAK SPACE}{name or path.name}\N{NO-BREAK SPACE}»"
                write_merge(session, layout.kind, contacts, source=source, import_id=history.begin(), now=now)
            import_id = history.end(**counts)
            if contacts:
                counts["contacts"] = len(contacts)
            if any(counts.values()):
                log.note(session, by=by, action="file.imported", kind=layout.kind, of=import_id, detail=counts)
        outcome = _outcome(path, rows, ready, result, len(contacts))
        outcome.report.proposed = _propose(engine, layout, ready, result, now)
    return outcome


def _plan_contacts(
    session: Session, rows: Records, incoming: list[Record], ready: Sorted, result: UpsertResult
) -> MergePlan:
    kind = rows.layout.kind
    return plan_merge(session, kind, contacts_by_owner(session, kind, rows.contacts, incoming, ready, result))


def _records(session: Session, sheet: Sheet, layout: Layout, book: PlacesBook) -> Records:
    return Records(sheet, layout, book.current(session).places, secret_identifiers(session, layout.kind))


def _sorted(session: Session, layout: Layout, incoming: list[Record]) -> Sorted:
    return sort_records(session, layout.kind, incoming, by_file=not layout.is_source_told)


def _propose(engine: Engine, layout: Layout, ready: Sorted, result: UpsertResult, now: datetime) -> int:
    """Propose written rows that are like others as duplicates, of whichever source, as a reading of a source does.

    Of very many new opportunities, only those that share their number.
    """
    if layout.kind == "actors":
        written_ids = {*result.created_ids, *result.changed_ids}
    else:
        new = result.created
        if len(new) > COMPARED:
            new = {key: new[key] for key in ready.sharing[:COMPARED] if key in new}
        written_ids = set(new.values())
    if not written_ids:
        return 0
    # The search takes no write lock.
    with reading(engine) as session:
        pairs = likely_pairs(session, layout.kind, written_ids, layout.source)
    if not pairs:
        return 0
    with writing(engine) as session:
        return propose_pairs(session, layout.kind, pairs, now=now)


def _outcome(
    path: Path, rows: Records, ready: Sorted, result: UpsertResult, contacts: int, *, dry_run: bool = False
) -> ImportOutcome:
    for lowering in (*ready.lowered, *result.lowered):
        rows.refuse(lowering.row, refusals(lowering.fields))
    refused = [rows.refused[number] for number in sorted(rows.refused)]
    report = ImportReport(
        path,
        rows.layout.kind,
        dry_run,
        source=rows.layout.source,
        rows=rows.rows,
        created=len(result.created),
        changed=len(result.changed_ids),
        unchanged=result.unchanged + len(ready.present),
        present=len(ready.present),
        refused=len(refused),
        closed=len(rows.closed),
        collisions=[] if rows.layout.is_source_told else ready.collisions,
        notes=[*rows.sheet.notes, *rows.layout.notes, *([closed_in_words(rows.closed)] if rows.closed else ())],
        warnings=[
            *rows.warnings,
            *untold_in_words(rows.untold),
            *map(missing_carrier_in_words, result.missing_carriers),
        ],
        errors=[reason for _, reasons in refused for reason in reasons],
        contacts=contacts,
    )
    if ready.by_name:
        report.notes.append(by_name_in_words(ready.by_name))
    if contacts:
        report.notes.append(contacts_in_words(contacts))
    if ready.present:
        report.notes.append(present_in_words(len(ready.present)))
    if ready.renamed:
        report.notes.insert(0, renamed_in_words(ready.renamed))
    return ImportOutcome(report, rows.sheet, refused, rows.seen)


def _with_progress(rows: Records, progress: Progress | None) -> Iterator[Record]:
    announced = 0
    for record in rows:
        if progress and rows.rows - announced >= PROGRESS_STEP:
            announced = rows.rows
            progress(announced, max(rows.sheet.expected, announced))
        yield record
    if progress:
        progress(rows.rows, rows.rows)


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Collect garbage seldom: all that is read is kept, and each collection would walk through it again."""
    usual = gc.get_threshold()
    gc.set_threshold(100_000, 50, 1_000)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
