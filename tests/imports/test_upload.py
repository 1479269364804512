"""A dropped file is parsed once: its rows are kept beside it, and go when it goes."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import Engine
from sqlmodel import select

from api.catalogue.places.book import PlacesBook
from api.core.errors import NotFoundError, SourceError
from api.imports.kept_rows import sheet_parsed_once
from api.imports.spreadsheet import open_sheet
from api.imports.upload import Preview, Staged, Staging
from models.database import open_database, reading
from models.tables import Actor, metadata

NOW = datetime.now(UTC)
ROWS = [["id", "nom", "type"], ["1", "Les Jardins", "SCOP"], ["2", "L’Atelier ; le « Grand »\nÀ Crest", "SCIC"]]


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    engine = open_database(f"sqlite:///{tmp_path}/test.db")
    metadata.create_all(engine)
    return engine


@pytest.fixture
def staging(tmp_path: Path) -> Staging:
    return Staging(tmp_path / "imports", 2_000_000)


def workbook() -> BytesIO:
    book, content = Workbook(), BytesIO()
    for row in ROWS:
        book.active.append(row)
    book.save(content)
    content.seek(0)
    return content


def drop(staging: Staging, content: BytesIO, name: str = "acteurs.xlsx") -> Staged:
    return staging.keep(content, name, "actors", "owner", NOW)


def files(staging: Staging) -> set[str]:
    return {path.name.partition(".")[2] for path in staging.folder.iterdir()}


def names(engine: Engine) -> set[str]:
    with reading(engine) as session:
        return set(session.exec(select(Actor.name)).all())


def preview(engine: Engine, staging: Staging, staged: Staged, places: PlacesBook) -> Preview:
    with reading(engine) as session:
        return staging.preview(session, staged, places)


@contextmanager
def counted_calls() -> Iterator[list[int]]:
    """Yield a list that gets an item for each call of a Python function meanwhile, in this thread."""
    calls: list[int] = []

    def note(_frame: FrameType, event: str, _argument: Any) -> None:
        if event == "call":
            calls.append(1)

    sys.setprofile(note)
    try:
        yield calls
    finally:
        sys.setprofile(None)


def test_the_import_reads_the_rows_that_the_preview_parsed(engine: Engine, staging: Staging) -> None:
    staged = drop(staging, workbook())
    assert preview(engine, staging, staged, PlacesBook()).report.created == 2
    staged.path.write_bytes(b"PK\x03\x04 no workbook any more")
    assert preview(engine, staging, staged, PlacesBook()).report.created == 2
    # A process that starts later finds them too.
    later = Staging(staging.folder, 2_000_000)
    later.bring_in(engine, later.find(staged.token, "owner", NOW), PlacesBook(), by="test", now=NOW)
    assert names(engine) == {"Les Jardins", "L’Atelier ; le « Grand »\nÀ Crest"}
    assert files(staging) == {"note", "rapport"}


def test_a_row_of_a_closed_establishment_says_that_it_stays_aside(engine: Engine, staging: Staging) -> None:
    content = BytesIO("nom;type;état\nLes Jardins;SCOP;Actif\nL’Atelier;SCOP;Fermé\n".encode())
    staged = drop(staging, content, "acteurs.csv")
    with reading(engine) as session:
        rows = staging.preview(session, staged, PlacesBook(), shown=range(2)).rows
    assert [[cell.text for cell in row.cells] for row in rows] == [
        ["Les Jardins", "SCOP", "Actif"],
        ["L’Atelier", "SCOP", "Fermé"],
    ]
    assert [len(row.warnings) for row in rows] == [0, 1]
    assert "fermé" in rows[1].warnings[0]


def test_a_file_imported_without_a_preview_is_read_itself(engine: Engine, staging: Staging) -> None:
    staging.bring_in(engine, drop(staging, workbook()), PlacesBook(), by="test", now=NOW)
    assert len(names(engine)) == 2
    assert files(staging) == {"note", "rapport"}


def test_kept_rows_are_those_of_the_file_and_only_its_owner_reads_them(tmp_path: Path) -> None:
    source, kept = tmp_path / "f.xlsx", tmp_path / "kept"
    source.write_bytes(workbook().getvalue())
    for _ in ("parsed", "kept"):
        direct = open_sheet(source)
        with sheet_parsed_once(source, kept) as sheet:
            assert [sheet.header, sheet.header_row, sheet.delimiter, sheet.expected] == [
                direct.header,
                direct.header_row,
                direct.delimiter,
                direct.expected,
            ]
            assert list(sheet.rows) == list(direct.rows)
    assert kept.stat().st_mode & 0o077 == 0


def test_a_reading_that_stops_halfway_keeps_nothing(tmp_path: Path) -> None:
    source, kept = tmp_path / "f.csv", tmp_path / "kept"
    source.write_text("id;nom\n1;A\n2;B\n")
    with sheet_parsed_once(source, kept) as sheet:
        assert next(sheet.rows) == (2, ["1", "A"])
        assert len(list(tmp_path.iterdir())) == 2
    assert list(tmp_path.iterdir()) == [source]


def test_a_file_that_breaks_off_keeps_no_rows(engine: Engine, staging: Staging) -> None:
    rows = "".join(f"{number};A;SCOP\n" for number in range(300))
    staged = drop(staging, BytesIO(f'id;nom;type\n{rows}300;"B;SCOP\n{"x" * 1_000_001}'.encode()), "f.csv")
    with pytest.raises(SourceError):
        preview(engine, staging, staged, PlacesBook())
    assert files(staging) == {"note", "csv"}
    staging.drop(staged)
    assert files(staging) == set()


def test_rows_go_with_the_file_that_they_come_from(engine: Engine, staging: Staging) -> None:
    dropped, old = drop(staging, workbook()), drop(staging, workbook())
    aged = (NOW - timedelta(minutes=50)).timestamp()
    for path in (old.path, old.path.with_suffix(".note")):
        os.utime(path, (aged, aged))
    for staged in (dropped, old):
        preview(engine, staging, staged, PlacesBook())
    staging.drop(dropped)
    assert files(staging) == {"note", "xlsx", "lignes"}
    # The preview was asked for ten minutes before the hour was over.
    staging.sweep(NOW + timedelta(minutes=11))
    assert files(staging) == set()
    with pytest.raises(NotFoundError):
        staging.find(old.token, "owner", NOW)


def test_a_preview_of_one_row_enters_few_functions(engine: Engine, staging: Staging) -> None:
    staged, places = drop(staging, workbook()), PlacesBook()
    preview(engine, staging, staged, places)
    with counted_calls() as calls:
        preview(engine, staging, staged, places)
    assert sum(calls) < 2_500


def test_a_file_that_asks_for_too_much_is_refused_by_the_name_that_it_was_dropped_under(
    engine: Engine, staging: Staging
) -> None:
    staged = drop(staging, BytesIO(b"id;nom;type\n" + b";" * 20_000), "annuaire.csv")
    with pytest.raises(SourceError, match=r"« annuaire\.csv »"):
        preview(engine, staging, staged, PlacesBook())
    with pytest.raises(SourceError, match=r"« annuaire\.csv »"):
        staging.bring_in(engine, staged, PlacesBook(), by="test", now=NOW)
    assert names(engine) == set()
    assert files(staging) == {"note", "csv"}
