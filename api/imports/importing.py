"""Ingest: a file → validated records → the tables, in one transaction. The same file twice changes nothing."""

import csv
import gc
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from api.audit import log
from api.catalogue import queries
from api.catalogue.places.locating import Places
from api.catalogue.schemas import RecordKind
from api.catalogue.upsert import Record, Refusal, Report, write_actors, write_opportunities
from api.core.progress import Progress
from api.imports.columns import REFUSAL_COLUMN, recognise
from api.imports.rows import Records
from api.imports.spreadsheet import Sheet, open_sheet
from models.database import reading, writing

# Progress is told every so many rows.
TOLD_EVERY = 5_000


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
) -> Report:
    """Bring a spreadsheet's actors or opportunities into the tables.

    Refused rows go to `refused_path` (by default `<name>.refuses.csv` beside the file), as they were, with a column
    that says why. `dry_run` does everything but keep it. `progress` is told rows done and, about, rows in all.

    Raises SourceError when the file cannot be read at all; then, as after any interruption, nothing has changed.
    """
    sheet = open_sheet(path)
    layout = recognise(sheet.header, kind, mapping=mapping, source=source, shift_days=shift_days)
    with reading(engine) as session:
        places = Places(queries.all_communes(session), queries.all_former_communes(session))
    records = Records(sheet, layout, places)
    # All is read before the tables are locked, and carriers may stand below their members.
    with _rare_collections():
        incoming = list(_told(records, sheet, progress))
    report = Report(path, kind, dry_run, notes=layout.notes, warnings=records.warnings)
    with _rare_collections(), writing(engine) as session:
        if kind == "actors":
            write_actors(session, incoming, report)
        else:
            write_opportunities(session, incoming, report)
        if dry_run:
            session.rollback()
        elif report.created or report.changed:
            counts = {"created": report.created, "changed": report.changed}
            log.note(session, by=by, action="file.imported", kind=kind, detail=counts)
    report.rows, report.refused, report.closed = records.rows, len(records.refused), len(records.closed)
    if records.closed:
        lines = ", ".join(map(str, records.closed[:10])) + (", …" if len(records.closed) > 10 else "")
        report.notes.append(f"Établissements fermés, laissés de côté : {len(records.closed)} (lignes {lines}).")
    refusals = [records.refused[row] for row in sorted(records.refused)]
    report.errors = [reason for _, reasons in refusals for reason in reasons]
    if refusals:
        target = refused_path or path.with_name(f"{path.stem}.refuses.csv")
        try:
            _write_refused(target, sheet, refusals)
            report.refused_path = target
        except OSError as error:
            # What is valid is already in: this must not look like a failure.
            report.notes.append(f"Les lignes refusées n’ont pas pu être écrites dans « {target} » : {error.strerror}.")
    return report


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Let the garbage collector look seldom: all that is read is kept, and it would walk through it again and again."""
    usual = gc.get_threshold()
    gc.set_threshold(100_000, 50, 1_000)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def _told(records: Records, sheet: Sheet, progress: Progress | None) -> Iterator[Record]:
    told = 0
    for record in records:
        if progress and records.rows - told >= TOLD_EVERY:
            told = records.rows
            progress(told, max(sheet.expected, told))
        yield record
    if progress:
        progress(records.rows, records.rows)


def _write_refused(path: Path, sheet: Sheet, refusals: Iterable[tuple[list[str], list[Refusal]]]) -> None:
    """Write refused rows under the file's own header; under its final name only once whole."""
    kept = [index for index, name in enumerate(sheet.header) if name.strip().lower() != REFUSAL_COLUMN]
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        # With a mark that Excel reads UTF-8 by.
        with partial.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, delimiter=sheet.delimiter)
            writer.writerow([*(sheet.header[index] for index in kept), REFUSAL_COLUMN])
            for cells, reasons in refusals:
                row = [cells[index] if index < len(cells) else "" for index in kept]
                writer.writerow([*row, " ; ".join(_told_reason(reason) for reason in reasons)])
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _told_reason(refusal: Refusal) -> str:
    return f"{refusal.column} : {refusal.reason}" if refusal.column else refusal.reason
