"""A desk that was kept in a file is the one built anew from the tables; a file that is not right is never believed."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, func, select, update
from sqlmodel import col

from api.core.settings import HOME_DEPARTMENTS, Settings
from api.matching import kept_columns, row_tables
from api.matching.builder import SnapshotBuilder
from api.matching.columns_path import columns_path
from api.matching.desk import Desk
from api.matching.kept_columns import KeptColumns
from api.matching.snapshot import Snapshot
from matcher.matching import Matcher
from matcher.types import FloatArray, Ranking
from models.database import open_database, reading, writing
from models.tables import Actor, ColumnFile, Opportunity
from tests.matching.test_following import Change, an_actor, begin, cases, changes, desks, put
from tests.support.databases import copy_database, remove_database, url_of
from tests.support.night_world import ToyEncoder, small
from tests.support.proof_share import examples
from tests.support.sameness import same


@pytest.fixture
def engine(empty_database: Path, tmp_path: Path) -> Iterator[Engine]:
    opened = open_database(url_of(copy_database(empty_database, tmp_path / "own.db")))
    yield small(opened)
    opened.dispose()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "own.db.columns"


@pytest.fixture(autouse=True)
def nothing_at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let rows be read when they are asked for, as on a desk of the country."""
    monkeypatch.setattr(row_tables, "AT_HAND", 0)
    monkeypatch.setattr(Matcher, "measures_all", lambda *_: False)


class Silent(ToyEncoder):
    """An encoder that is asked for nothing."""

    def encode(self, *_: object) -> FloatArray:  # type: ignore[override]
        raise AssertionError("all vectors are in the file")


def desk(engine: Engine, path: Path, encoder: ToyEncoder | None = None) -> Desk:
    encoder = encoder or ToyEncoder()
    return Desk(engine, encoder, HOME_DEPARTMENTS, kept=KeptColumns(path, encoder.revision, seconds=0))


def keep(engine: Engine, path: Path) -> Snapshot:
    """Write the file as it is now."""
    kept = desk(engine, path)
    snapshot = kept.snapshot()
    kept.keep()
    kept.wait_until_kept()
    return snapshot


def anew(engine: Engine) -> Snapshot:
    return Desk(engine, ToyEncoder(), HOME_DEPARTMENTS).snapshot()


def is_believed(engine: Engine, path: Path) -> bool:
    """Return whether a start reads the file; what it shows is right in any case."""
    read: list[object] = []

    class Watched(KeptColumns):
        def read(self, session, departments):  # type: ignore[no-untyped-def]
            read.append(super().read(session, departments))
            return read[-1]

    started = Desk(engine, ToyEncoder(), HOME_DEPARTMENTS, kept=Watched(path, ToyEncoder().revision))
    assert same(started.snapshot(), anew(engine))
    return read[0] is not None


@pytest.mark.slow
@settings(deadline=None, max_examples=examples(8), suppress_health_check=list(HealthCheck))
@given(desks, cases, st.lists(changes, max_size=3))
def test_a_start_from_the_file_is_one_from_the_tables(
    engine: Engine, path: Path, first: list[Change], then: list[Change], later: list[Change]
) -> None:
    """Whatever was on the desk when it was kept, and whatever changed since, before the start or after it."""
    begin(engine)
    with writing(engine) as session:
        for change in (*first, *then):
            change(session)
            session.flush()
    keep(engine, path)
    started = desk(engine, path)
    assert same(desk(engine, path, Silent()).snapshot(), anew(engine))
    assert started.snapshot()
    with writing(engine) as session:
        for change in later:
            change(session)
            session.flush()
    assert is_believed(engine, path)
    assert same(started.snapshot(), anew(engine))


def test_a_start_without_a_change_reads_no_row(engine: Engine, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(engine)
    before = keep(engine, path)
    started = desk(engine, path, Silent())

    def read_anyway(*_: object) -> None:
        raise AssertionError("an actor was read")

    monkeypatch.setattr("api.matching.queries.actors_among", read_anyway)
    assert same(started.snapshot(), before)


def test_a_list_from_the_file_is_the_one_from_the_tables(engine: Engine, path: Path) -> None:
    """Through what a first look reads, which is in the file too: nothing of it is made anew."""
    begin(engine)
    with writing(engine) as session:
        put(an_opportunity("o0"))(session)
    keep(engine, path)
    from_file, from_tables = desk(engine, path, Silent()).snapshot(), anew(engine)
    assert "retrieval" in vars(from_file.actors)

    def listed(snapshot: Snapshot) -> Ranking:
        opportunity = snapshot.opportunities.row(0)
        return snapshot.matcher.actors_for(opportunity, snapshot.actors, today=date(2026, 11, 24), k=5)

    assert listed(from_file).suggestions
    assert listed(from_file) == listed(from_tables)


def an_opportunity(row_id: str) -> Opportunity:
    known = {"kind": "market", "title": "Tonte des espaces verts", "status": "open", "commune_code": "26362"}
    return Opportunity(id=row_id, natural_key=row_id, content_hash="", source="s", source_id=row_id, **known)


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def open_to_others(path: Path) -> None:
    path.chmod(0o644)


def tear(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def replace_by_words(path: Path) -> None:
    path.write_text("Scierie du Vercors")


@pytest.mark.parametrize("harm", [damage, tear, open_to_others, replace_by_words])
def test_a_file_that_is_not_right_is_made_anew(
    engine: Engine, path: Path, harm: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged, without a word of what stood in it."""
    begin(engine)
    keep(engine, path)
    assert is_believed(engine, path)
    harm(path)
    with caplog.at_level(logging.INFO):
        assert not is_believed(engine, path)
    said = "\n".join(record.getMessage() for record in caplog.records)
    assert "made anew" in said
    assert "Vercors" not in said
    keep(engine, path)
    assert is_believed(engine, path)


def test_a_file_of_another_encoder_or_other_code_is_made_anew(
    engine: Engine, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(engine)
    keep(engine, path)
    with monkeypatch.context() as patched:
        patched.setattr(ToyEncoder, "revision", "another")
        assert not is_believed(engine, path)
    with monkeypatch.context() as patched:
        patched.setattr(kept_columns, "code_revision", lambda: "another")
        assert not is_believed(engine, path)
    assert is_believed(engine, path)


def test_a_file_of_a_desk_of_other_departements_is_made_anew(engine: Engine, path: Path) -> None:
    """Cases are told among the establishments of those that the desk serves."""
    begin(engine)
    keep(engine, path)
    kept = KeptColumns(path, ToyEncoder().revision)
    with reading(engine) as session:
        assert kept.read(session, HOME_DEPARTMENTS)
        assert kept.read(session, ["26"]) is None


def test_a_file_of_a_past_that_was_undone_is_made_anew(engine: Engine, path: Path, tmp_path: Path) -> None:
    """A backup is put back, and as much is written as before: the counter is the same, what it counts is not."""
    begin(engine)
    engine.dispose()
    database, backup = tmp_path / "own.db", tmp_path / "backup.db"
    copy_database(database, backup)
    rename(engine, "one past")
    keep(engine, path)
    engine.dispose()
    remove_database(database)
    copy_database(backup, database)
    rename(engine, "another past")
    assert not is_believed(engine, path)
    keep(engine, path)
    assert is_believed(engine, path)


def rename(engine: Engine, name: str) -> None:
    with writing(engine) as session:
        session.execute(update(Actor).where(col(Actor.id) == "base00").values(name=name))


def test_it_is_the_owner_s_alone_and_a_second_file_takes_the_place_of_the_first(engine: Engine, path: Path) -> None:
    begin(engine)
    keep(engine, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    rename(engine, "later")
    keep(engine, path)
    assert is_believed(engine, path)
    assert [each.name for each in path.parent.iterdir() if "columns" in each.name] == [path.name]


def test_what_is_erased_leaves_the_file_at_the_next_look(engine: Engine, path: Path) -> None:
    """Other changes wait for their turn; what is gone from the tables does not."""
    begin(engine)
    with writing(engine) as session:
        session.add(an_actor("person", name="Camille Erasable"))
    served = Desk(
        engine, ToyEncoder(), HOME_DEPARTMENTS, kept=KeptColumns(path, ToyEncoder().revision, seconds=100_000)
    )
    served.snapshot()
    served.keep()
    served.wait_until_kept()
    written = path.read_bytes()
    assert b"Camille Erasable" in written
    rename(engine, "changed")
    served.snapshot()
    served.keep()
    served.wait_until_kept()
    assert path.read_bytes() == written
    with writing(engine) as session:
        session.execute(delete(Actor).where(col(Actor.id) == "person"))
    served.snapshot()
    served.keep()
    served.wait_until_kept()
    assert b"Camille Erasable" not in path.read_bytes()


def test_a_served_desk_writes_its_file(engine: Engine, path: Path) -> None:
    begin(engine)
    served = desk(engine, path)
    builder = SnapshotBuilder(served)
    builder.start()
    builder.stop()
    served.wait_until_kept()
    assert is_believed(engine, path)
    with writing(engine) as session:
        assert session.execute(select(func.count()).select_from(ColumnFile)).scalar_one() >= 1


def test_a_folder_that_cannot_be_written_leaves_the_desk_served(
    engine: Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    begin(engine)
    (tmp_path / "file").write_text("no folder")
    keep(engine, tmp_path / "file" / "own.columns")
    assert "could not be written" in caplog.text


def test_it_stands_beside_a_file_of_sqlite_and_in_a_folder_for_any_other() -> None:
    def of(url: str) -> Path | None:
        return columns_path(Settings(database_url=url, columns="kept"))

    assert of("sqlite:///var/polesud.db") == Path("var/polesud.db.columns")
    assert of("sqlite://") is None
    server = of("postgresql+psycopg://desk:secret@host/polesud")
    assert server is not None
    assert server.parent == Path("kept")
    assert server == of("postgresql+psycopg://desk:other@host/polesud")
    assert server != of("postgresql+psycopg://desk:secret@host/other")
