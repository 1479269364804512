"""An uploaded file: staged under a random name, previewed any number of times, then imported once.

The first preview parses it and keeps its rows beside it; later readings take these. Only its owner reads a staged
file. It is deleted after the import or after an hour, whichever is first.
"""

import json
import os
import re
import secrets
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Engine
from sqlmodel import Session

from api.catalogue.places.book import PlacesBook
from api.catalogue.schemas import RecordKind
from api.core.errors import InvalidError, NotFoundError
from api.imports.columns import ColumnChoice, MissingColumnsError, known_labels, recognise
from api.imports.importing import import_sheet, preview_sheet
from api.imports.kept_rows import sheet_parsed_once
from api.imports.report import ImportReport
from api.imports.shown_rows import ReadColumn, ShownRow, read_columns, shown_row
from api.imports.spreadsheet import Sheet
from models.private_files import keep_private_folder

SUFFIXES = (".csv", ".txt", ".tsv", ".xlsx", ".xlsm", ".xls", ".ods")
KEPT = timedelta(hours=1)
TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")
BLOCK = 1 << 20
GONE = "Ce fichier n’est plus là : il a été importé, ou déposé il y a plus d’une heure. Déposez-le à nouveau."
# Shown of a file of which a column is still missing.
UNREAD_ROWS = 5


@dataclass(frozen=True)
class Staged:
    """A staged file: its token and path, its owner, its name when it was uploaded, and what it holds."""

    token: str
    path: Path
    owner: str
    name: str
    kind: RecordKind


@dataclass(frozen=True)
class Preview:
    """What an import would do, and how the file is read.

    missing: what no column gives; there is no report then. source: where the rows come from; is_source_told: a column
    says it, row by row. asks: new rows bear numbers of other sources, and nobody has said yet that this is another one.
    fitting: the other kind, where the columns are rather those of its files.
    """

    staged: Staged
    columns: Sequence[ReadColumn]
    rows: Sequence[ShownRow]
    choice: ColumnChoice
    report: ImportReport | None = None
    missing: str = ""
    source: str = ""
    is_source_told: bool = True
    asks: bool = False
    fitting: RecordKind | None = None


class Staging:
    """A folder of staged files."""

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self.folder = folder
        self.most_bytes = most_bytes

    def keep(self, file: IO[bytes], name: str, kind: RecordKind, owner: str, now: datetime) -> Staged:
        """Stage a copy of a file. Raises InvalidError: no file, a kind of file that is not read, or one too large."""
        self.sweep(now)
        suffix = Path(name).suffix.lower()
        if suffix not in SUFFIXES:
            raise InvalidError([("fichier", f"choisissez un tableau : {', '.join(suffix[1:] for suffix in SUFFIXES)}")])
        keep_private_folder(self.folder)
        token = secrets.token_urlsafe(24)
        path, size = self.folder / f"{token}{suffix}", 0
        try:
            with path.open("xb") as target:
                path.chmod(0o600)
                while block := file.read(BLOCK):
                    size += len(block)
                    if size > self.most_bytes:
                        raise InvalidError([("fichier", too_large(self.most_bytes))])
                    target.write(block)
            if not size:
                raise InvalidError([("fichier", "ce fichier est vide")])
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        staged = Staged(token, path, owner, Path(name).name[:200], kind)
        self._note(staged)
        return staged

    def find(self, token: str, owner: str, now: datetime) -> Staged:
        """Return a staged file. Raises NotFoundError, for another owner's file as for one that is gone."""
        self.sweep(now)
        note = self._read(token, owner, "note")
        path = self.folder / f"{token}{note['suffix']}"
        if not path.is_file():
            raise NotFoundError(GONE)
        return Staged(token, path, owner, note["name"], note["kind"])

    def preview(
        self, session: Session, staged: Staged, places: PlacesBook, *, source: str = "", shown: range = range(0)
    ) -> Preview:
        """Return what the import would do; it writes nothing. source: as a person named it.

        shown: places, from 0, of the rows to be shown as they are read. Raises SourceError.
        """
        choice = self._choice(staged.token)
        with self._sheet(staged) as sheet:
            try:
                layout = recognise(sheet.header, staged.kind, staged.name, source=source, by_hand=choice)
            except MissingColumnsError as error:
                first = list(islice(sheet.rows, UNREAD_ROWS))
                columns = read_columns(sheet.header, staged.kind, (), [cells for _, cells in first], choice)
                return Preview(staged, columns, (), choice, missing=error.detail, fitting=error.fitting)
            outcome = preview_sheet(session, places, staged.path, sheet, layout, shown=shown)
        report, read = outcome.report, [row.cells for row in outcome.seen]
        return Preview(
            staged,
            read_columns(sheet.header, staged.kind, layout.columns, read, choice),
            [shown_row(row, layout, staged.kind) for row in outcome.seen],
            choice,
            report,
            source=layout.source,
            is_source_told=layout.is_source_told,
            asks=bool(report.collisions) and not layout.is_source_given,
            fitting=layout.fitting,
        )

    def choose(self, staged: Staged, choice: ColumnChoice) -> None:
        """Keep what a person says of the file's columns; the next readings follow it."""
        fields = {str(index): target for index, target in choice.fields.items()}
        self._write(staged.token, "colonnes", {"fields": fields, "constants": dict(choice.constants)})

    def read_as(self, staged: Staged, kind: RecordKind) -> None:
        """Read a staged file as actors or as opportunities from now on; what was said of its columns is forgotten."""
        for kept in (self._rows(staged.token), self.folder / f"{staged.token}.colonnes"):
            kept.unlink(missing_ok=True)
        self._note(replace(staged, kind=kind))

    def bring_in(
        self, engine: Engine, staged: Staged, places: PlacesBook, *, by: str, now: datetime, source: str = ""
    ) -> None:
        """Import a file, note what was done, and delete it. Raises SourceError; nothing has changed then."""
        with self._sheet(staged) as sheet:
            choice = self._choice(staged.token)
            layout = recognise(sheet.header, staged.kind, staged.name, source=source, by_hand=choice)
            outcome = import_sheet(engine, places, staged.path, sheet, layout, by=by, now=now, name=staged.name)
        outcome.write_refused(self._refused(staged.token))
        report = outcome.report
        content = asdict(report) | {"errors": [tuple(refusal) for refusal in report.errors]}
        content |= {"path": staged.name, "refused_path": bool(report.refused_path)}
        self._write(staged.token, "rapport", {"owner": staged.owner, "name": staged.name, "report": content})
        staged.path.unlink(missing_ok=True)
        for kept in (self._rows(staged.token), self.folder / f"{staged.token}.colonnes"):
            kept.unlink(missing_ok=True)

    def report(self, token: str, owner: str, now: datetime) -> tuple[str, dict[str, Any]]:
        """Return a file's name and what its import did. Raises NotFoundError."""
        self.sweep(now)
        content = self._read(token, owner, "rapport")
        return content["name"], content["report"]

    def refused(self, token: str, owner: str, now: datetime) -> Path:
        """Return the refused rows of an import, as a file that a spreadsheet opens safely. Raises NotFoundError."""
        self.sweep(now)
        self._read(token, owner, "rapport")
        path = self._refused(token)
        if not path.is_file():
            raise NotFoundError(GONE)
        return path

    def drop(self, staged: Staged) -> None:
        """Delete a staged file and all that was kept of it."""
        for path in self.folder.glob(f"{staged.token}.*"):
            path.unlink(missing_ok=True)

    def sweep(self, now: datetime) -> None:
        """Delete the files that are older than `KEPT`."""
        oldest = (now - KEPT).timestamp()
        if not self.folder.is_dir():
            return
        with os.scandir(self.folder) as entries:
            for entry in entries:
                # Another request may have deleted it just now.
                with suppress(FileNotFoundError):
                    if entry.stat().st_mtime < oldest:
                        Path(entry).unlink()

    def _sheet(self, staged: Staged) -> AbstractContextManager[Sheet]:
        labels = known_labels(staged.kind)
        return sheet_parsed_once(staged.path, self._rows(staged.token), staged.name, labels=labels)

    def _rows(self, token: str) -> Path:
        return self.folder / f"{token}.lignes"

    def _choice(self, token: str) -> ColumnChoice:
        path = self.folder / f"{token}.colonnes"
        if not path.is_file():
            return ColumnChoice()
        kept = json.loads(path.read_text("utf-8"))
        return ColumnChoice({int(index): target for index, target in kept["fields"].items()}, kept["constants"])

    def _refused(self, token: str) -> Path:
        return self.folder / f"{token}.refuses"

    def _note(self, staged: Staged) -> None:
        note = {"owner": staged.owner, "name": staged.name, "kind": staged.kind, "suffix": staged.path.suffix}
        self._write(staged.token, "note", note)

    def _write(self, token: str, what: str, content: dict[str, Any]) -> None:
        path = self.folder / f"{token}.{what}"
        path.touch(mode=0o600)
        path.write_text(json.dumps(content, ensure_ascii=False), "utf-8")

    def _read(self, token: str, owner: str, what: str) -> dict[str, Any]:
        path = self.folder / f"{token}.{what}"
        if not TOKEN.fullmatch(token) or not path.is_file():
            raise NotFoundError(GONE)
        content: dict[str, Any] = json.loads(path.read_text("utf-8"))
        if content["owner"] != owner:
            raise NotFoundError(GONE)
        return content


def too_large(most_bytes: int) -> str:
    """Return the message for a file over the limit."""
    return f"ce fichier dépasse {most_bytes // 1_000_000} Mo : partagez-le en plusieurs fichiers"
