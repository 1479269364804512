"""A backup is a whole database in one file; what is damaged, foreign or newer is not restored, and nothing is lost."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import Engine

from api.audit import log
from api.core.errors import ConflictError, SourceError
from api.privacy.database_copies import backup, check, put_in_place
from tests.support.databases import url_of
from tests.support.reads import read_once


def entries(path: Path) -> int:
    with closing(sqlite3.connect(path)) as opened:
        return int(opened.execute("SELECT count(*) FROM audit").fetchone()[0])


def add(engine: Engine) -> None:
    log.note_alone(engine, by="cli", action="tried", kind="thing")


def test_a_backup_is_whole_its_owner_s_alone_and_is_not_written_over(
    engine: Engine, database: Path, tmp_path: Path
) -> None:
    add(engine)
    kept = tmp_path / "kept.db"
    backup(url_of(database), kept)
    assert entries(kept) == 1
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    with pytest.raises(ConflictError):
        backup(url_of(database), kept)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]
    assert not kept.with_name("kept.db-wal").exists()


def test_a_backup_taken_while_others_write_is_of_one_moment(engine: Engine, database: Path, tmp_path: Path) -> None:
    stop = Event()

    def write() -> None:
        while not stop.is_set():
            add(engine)

    writer = Thread(target=write)
    writer.start()
    try:
        for number in range(5):
            backup(url_of(database), tmp_path / f"{number}.db")
    finally:
        stop.set()
        writer.join()
    with closing(sqlite3.connect(tmp_path / "4.db")) as opened:
        assert (
            opened.execute("SELECT count, (SELECT count(*) FROM audit) FROM audit_head").fetchone()
            == (entries(tmp_path / "4.db"),) * 2
        )


def test_a_restored_database_is_what_it_was_and_what_it_replaced_is_kept(
    engine: Engine, database: Path, tmp_path: Path
) -> None:
    """Connections that are open meanwhile see it at their next question."""
    add(engine)
    kept = tmp_path / "kept.db"
    backup(url_of(database), kept)
    for _ in range(3):
        add(engine)
    for number in (4, 1):
        aside = put_in_place(url_of(database), kept)
        assert aside is not None
        assert entries(aside) == number
        assert read_once(engine, log.verify).count == 1
    add(engine)
    assert read_once(engine, log.verify).problem == ""
    assert put_in_place(url_of(tmp_path / "new" / "fresh.db"), kept) is None
    assert entries(tmp_path / "new" / "fresh.db") == 1


@pytest.mark.parametrize("harm", ["cut", "zeros", "text", "empty", "absent", "foreign", "newer", "orphan"])
def test_what_is_damaged_foreign_or_newer_is_refused_and_nothing_changes(
    engine: Engine, database: Path, tmp_path: Path, harm: str
) -> None:
    add(engine)
    bad = tmp_path / "bad.db"
    if harm == "foreign":
        with closing(sqlite3.connect(bad)) as opened:
            opened.execute("CREATE TABLE other (x)")
    elif harm != "absent":
        backup(url_of(database), bad)
    if harm == "cut":
        bad.write_bytes(bad.read_bytes()[: bad.stat().st_size // 2])
    elif harm == "zeros":
        whole = bytearray(bad.read_bytes())
        middle = len(whole) // 2 // 4096 * 4096
        whole[middle : middle + 3 * 4096] = bytes(3 * 4096)
        bad.write_bytes(whole)
    elif harm in ("text", "empty"):
        bad.write_bytes(b"ceci n'est pas une base" * (harm == "text"))
    elif harm in ("newer", "orphan"):
        with closing(sqlite3.connect(bad)) as opened:
            opened.execute(
                "UPDATE alembic_version SET version_num = '9999'"
                if harm == "newer"
                else "INSERT INTO sessions (id, account_id, created_at, expires_at, last_seen_at) "
                "VALUES ('s', 'nobody', '2026', '2026', '2026')"
            )
            opened.commit()
    with pytest.raises(SourceError):
        put_in_place(url_of(database), bad)
    assert read_once(engine, log.verify).count == 1
    assert not list(tmp_path.glob("*avant-restauration*"))


def test_other_databases_have_their_own_tools(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="pg_dump"):
        backup("postgresql://x/y", tmp_path / "x")
    with pytest.raises(SourceError, match="pas de base"):
        backup(url_of(tmp_path / "absent.db"), tmp_path / "x")
    with pytest.raises(SourceError):
        check(tmp_path)
