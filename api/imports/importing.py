"""A table of rows → validated records → the tables, in one transaction. The same file twice changes nothing."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session

from api.audit import log
from api.catalogue.places.book import PlacesBook
from api.catalogue.row_changes import Record
from api.catalogue.schemas import RecordKind
from api.catalogue.upsert import UpsertResult, write_actors, write_opportunities
from api.core.progress import Progress
from api.imports.columns import Layout, recognise
from api.imports.refused_rows import RefusedRow, write_refused_rows
from api.imports.report import ImportReport, closed_in_words, missing_carrier_in_words
from api.imports.rows import Records
from api.imports.spreadsheet import Sheet, open_sheet
from models.database import reading, writing

# Rows between two calls of `progress`.
PROGRESS_STEP = 5_000


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
    by: str = log.CLI,
) -> ImportReport:
    """Bring a spreadsheet's actors or opportunities into the tables.

    Refused rows go to `refused_path` (by default `<name>.refuses.csv` beside the file), as they were, with a column
    that says why. `dry_run` decides everything and writes nothing. `progress` gets the rows done and, about, all rows.

    Raises SourceError when the file cannot be read at all; then, as after any interruption, nothing has changed.
    """
    sheet = open_sheet(path)
    layout = recognise(sheet.header, kind, mapping=mapping, source=source, shift_days=shift_days)
    if dry_run:
        with reading(engine) as session:
            outcome = preview_sheet(session, PlacesBook(), path, sheet, layout, progress=progress)
    else:
        outcome = import_sheet(engine, PlacesBook(), path, sheet, layout, by=by, progress=progress)
    outcome.write_refused(refused_path or path.with_name(f"{path.stem}.refuses.csv"))
    return outcome.report


@dataclass(frozen=True)
class ImportOutcome:
    """What an import did or would do, and the rows that it refuses, as they came."""

    report: ImportReport
    sheet: Sheet
    refused: list[RefusedRow]

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
    session: Session, book: PlacesBook, path: Path, sheet: Sheet, layout: Layout, *, progress: Progress | None = None
) -> ImportOutcome:
    """Return what `import_sheet` would do. Nothing is written, no writer waits. Raises SourceError."""
    with _rare_collections():
        rows = Records(sheet, layout, book.current(session).places)
        result = _upsert(session, layout.kind, list(_with_progress(rows, progress)), dry_run=True)
    return _outcome(path, rows, result, dry_run=True)


def import_sheet(
    engine: Engine,
    book: PlacesBook,
    path: Path,
    sheet: Sheet,
    layout: Layout,
    *,
    by: str,
    progress: Progress | None = None,
) -> ImportOutcome:
    """Write all that is valid, in one transaction. `path` is what the report names.

    Raises SourceError; nothing has changed then.
    """
    with reading(engine) as session:
        rows = Records(sheet, layout, book.current(session).places)
    with _rare_collections():
        # Read every row before the write lock; carriers may also stand below their members.
        incoming = list(_with_progress(rows, progress))
        with writing(engine) as session:
            result = _upsert(session, layout.kind, incoming)
            counts = {"created": len(result.created_ids), "changed": len(result.changed_ids)}
            if any(counts.values()):
                log.note(session, by=by, action="file.imported", kind=layout.kind, detail=counts)
    return _outcome(path, rows, result)


def _outcome(path: Path, rows: Records, result: UpsertResult, *, dry_run: bool = False) -> ImportOutcome:
    refused = [rows.refused[number] for number in sorted(rows.refused)]
    report = ImportReport(
        path,
        rows.layout.kind,
        dry_run,
        rows=rows.rows,
        created=len(result.created_ids),
        changed=len(result.changed_ids),
        unchanged=result.unchanged,
        refused=len(refused),
        closed=len(rows.closed),
        notes=[*rows.layout.notes, *([closed_in_words(rows.closed)] if rows.closed else ())],
        warnings=[*rows.warnings, *map(missing_carrier_in_words, result.missing_carriers)],
        errors=[reason for _, reasons in refused for reason in reasons],
    )
    return ImportOutcome(report, rows.sheet, refused)


def _with_progress(rows: Records, progress: Progress | None) -> Iterator[Record]:
    announced = 0
    for record in rows:
        if progress and rows.rows - announced >= PROGRESS_STEP:
            announced = rows.rows
            progress(announced, max(rows.sheet.expected, announced))
        yield record
    if progress:
        progress(rows.rows, rows.rows)


def _upsert(session: Session, kind: RecordKind, records: list[Record], *, dry_run: bool = False) -> UpsertResult:
    write = write_actors if kind == "actors" else write_opportunities
    return write(session, records, dry_run=dry_run)


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Collect garbage seldom: all that is read is kept, and each collection would walk through it again."""
    usual = gc.get_threshold()
    gc.set_threshold(100_000, 50, 1_000)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
