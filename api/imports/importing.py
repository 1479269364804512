"""A table of rows → validated records → the tables, in one transaction. The same file twice changes nothing."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
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
from api.imports.refused_rows import write_refused_rows
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
    that says why. `dry_run` does everything but keep it. `progress` is told rows done and, about, rows in all.

    Raises SourceError when the file cannot be read at all; then, as after any interruption, nothing has changed.
    """
    sheet = open_sheet(path)
    layout = recognise(sheet.header, kind, mapping=mapping, source=source, shift_days=shift_days)
    run = SheetImport(engine, PlacesBook(), sheet, layout, by=by, progress=progress)
    report = run.run(path, dry_run=dry_run)
    run.write_refused(report, refused_path or path.with_name(f"{path.stem}.refuses.csv"))
    return report


class SheetImport:
    """One import of one sheet, whose columns are recognised: `run` it, then `write_refused` if that is wanted."""

    def __init__(
        self,
        engine: Engine,
        places: PlacesBook,
        sheet: Sheet,
        layout: Layout,
        *,
        by: str = log.CLI,
        progress: Progress | None = None,
    ) -> None:
        self._engine, self._sheet, self._layout, self._by, self._progress = engine, sheet, layout, by, progress
        with reading(engine) as session:
            self._records = Records(sheet, layout, places.current(session).places)

    def run(self, path: Path, *, dry_run: bool = False) -> ImportReport:
        """Write all that is valid, in one transaction (`dry_run`: roll it back). `path` is what the report names.

        Raises SourceError; nothing has changed then.
        """
        records, kind = self._records, self._layout.kind
        # All is read before the tables are locked, and carriers may stand below their members.
        with _rare_collections():
            incoming = list(self._with_progress())
        with _rare_collections(), writing(self._engine) as session:
            result = _write(session, kind, incoming)
            created, changed = len(result.created_ids), len(result.changed_ids)
            if dry_run:
                session.rollback()
            elif created or changed:
                counts = {"created": created, "changed": changed}
                log.note(session, by=self._by, action="file.imported", kind=kind, detail=counts)
        report = ImportReport(path, kind, dry_run, created=created, changed=changed, unchanged=result.unchanged)
        report.rows, report.refused, report.closed = records.rows, len(records.refused), len(records.closed)
        report.notes = [*self._layout.notes, *([closed_in_words(records.closed)] if records.closed else ())]
        report.warnings = [*records.warnings, *map(missing_carrier_in_words, result.missing_carriers)]
        report.errors = [reason for row in sorted(records.refused) for reason in records.refused[row][1]]
        return report

    def write_refused(self, report: ImportReport, path: Path, *, neutralised: bool = False) -> None:
        """Write the refused rows, if any, and say in the report where they are."""
        refused = self._records.refused
        if not refused:
            return
        try:
            write_refused_rows(path, self._sheet, (refused[row] for row in sorted(refused)), neutralised=neutralised)
            report.refused_path = path
        except OSError as error:
            # What is valid is already in: this must not look like a failure.
            report.notes.append(f"Les lignes refusées n’ont pas pu être écrites dans « {path} » : {error.strerror}.")

    def _with_progress(self) -> Iterator[Record]:
        records, progress, announced = self._records, self._progress, 0
        for record in records:
            if progress and records.rows - announced >= PROGRESS_STEP:
                announced = records.rows
                progress(announced, max(self._sheet.expected, announced))
            yield record
        if progress:
            progress(records.rows, records.rows)


def _write(session: Session, kind: RecordKind, records: list[Record]) -> UpsertResult:
    return write_actors(session, records) if kind == "actors" else write_opportunities(session, records)


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Collect garbage seldom: all that is read is kept, and each collection would walk through it again."""
    usual = gc.get_threshold()
    gc.set_threshold(100_000, 50, 1_000)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
