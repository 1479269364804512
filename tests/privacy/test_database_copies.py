"""A backup is a whole database in one file; what is damaged, foreign or newer is not restored, and nothing is lost."""

import stat
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from api.audit import log
from api.core.errors import ConflictError, NotReadyError, SourceError
from api.privacy.database_copies import backup, copies_of, dry_run_copy
from api.privacy.postgres_tools import PostgresTools
from tests.support.databases import SERVER, by_hand, copy_database, make_database, remove_database, url_of
from tests.support.reads import read_once


def count_in(url: str) -> tuple[int, int]:
    """Return how many entries the journal of a database has, and says that it has."""
    with by_hand(url) as opened:
        row = opened.execute(text("SELECT (SELECT count(*) FROM audit), count FROM audit_head")).one()
    return row[0], row[1]


def counts_of(url: str, kept: Path) -> tuple[int, int]:
    """Return that of a backup."""
    with copies_of(url).working_copy(kept) as copy_url:
        return count_in(copy_url)


def put_in_place(url: str, kept: Path) -> str:
    copies_of(url).check(kept)
    with copies_of(url).working_copy(kept) as copy_url:
        return copies_of(url).put_in_place(copy_url)


def url_named(url: str, name: str) -> str:
    """Return the URL of what a database's place was taken from."""
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def add(engine: Engine) -> None:
    log.note_alone(engine, by="cli", action="tried", kind="thing")


def test_a_backup_is_whole_its_owner_s_alone_and_is_not_written_over(
    engine: Engine, database: Path, tmp_path: Path
) -> None:
    add(engine)
    kept = tmp_path / "kept.db"
    backup(url_of(database), kept)
    assert counts_of(url_of(database), kept) == (1, 1)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    with pytest.raises(ConflictError):
        backup(url_of(database), kept)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]
    assert not kept.with_name("kept.db-wal").exists()


def test_a_backup_taken_while_others_write_is_of_one_moment(engine: Engine, database: Path, tmp_path: Path) -> None:
    stop = Event()

    def write() -> None:
        while not stop.wait(0.005):
            add(engine)

    writer = Thread(target=write)
    writer.start()
    try:
        for number in range(3):
            backup(url_of(database), tmp_path / f"{number}.db")
    finally:
        stop.set()
        writer.join()
    entries, said = counts_of(url_of(database), tmp_path / "2.db")
    assert entries == said > 0


def test_a_restored_database_is_what_it_was_and_what_it_replaced_is_kept(
    engine: Engine, database: Path, tmp_path: Path
) -> None:
    """Who had it open before sees it at its next question; on PostgreSQL nobody may meanwhile."""
    add(engine)
    kept, url = tmp_path / "kept.db", url_of(database)
    backup(url, kept)
    for _ in range(3):
        add(engine)
    for number in (4, 1):
        if SERVER:
            engine.dispose()
        aside = put_in_place(url, kept)
        assert count_in(url_named(url, aside))[0] == number
        assert read_once(engine, log.verify).count == 1
    add(engine)
    assert read_once(engine, log.verify).problem == ""
    assert put_in_place(url_of(tmp_path / "new" / "fresh.db"), kept) == ""
    assert count_in(url_of(tmp_path / "new" / "fresh.db")) == (1, 1)


def test_a_rehearsal_is_a_copy_that_leaves_nothing_behind(engine: Engine) -> None:
    add(engine)
    with dry_run_copy(engine) as copy:
        add(copy)
        assert read_once(copy, log.verify).count == 2
        url = copy.url
    assert read_once(engine, log.verify).count == 1
    with pytest.raises(OperationalError), create_engine(url).connect():
        pass


ORPHAN = pytest.param("orphan", marks=pytest.mark.sqlite_only("PostgreSQL holds its own keys"))


@pytest.mark.parametrize("harm", ["cut", "zeros", "text", "empty", "absent", "foreign", "newer", ORPHAN])
def test_what_is_damaged_foreign_or_newer_is_refused_and_nothing_changes(
    engine: Engine, database: Path, tmp_path: Path, harm: str
) -> None:
    add(engine)
    bad, url = tmp_path / "bad.db", url_of(database)
    if harm in BY_HAND:
        other = tmp_path / "other.db"
        if harm == "foreign":
            make_database(other)
        else:
            engine.dispose()
            copy_database(database, other)
        with by_hand(url_of(other)) as opened:
            opened.execute(text(BY_HAND[harm]))
        if SERVER:
            PostgresTools().run("pg_dump", "--format=custom", f"--file={bad}", database=make_url(url_of(other)))
        else:
            bad = other
        remove_database(other)
    elif harm != "absent":
        backup(url, bad)
    if harm == "cut":
        bad.write_bytes(bad.read_bytes()[: bad.stat().st_size // 2])
    elif harm == "zeros":
        whole = bytearray(bad.read_bytes())
        middle = len(whole) // 2 // 4096 * 4096
        whole[middle : middle + 3 * 4096] = bytes(3 * 4096)
        bad.write_bytes(whole)
    elif harm in ("text", "empty"):
        bad.write_bytes(b"ceci n'est pas une base" * (harm == "text"))
    with pytest.raises(SourceError):
        put_in_place(url, bad)
    assert read_once(engine, log.verify).count == 1
    assert not list(tmp_path.glob("*avant-restauration*"))


BY_HAND = {
    "foreign": "CREATE TABLE other (x integer)",
    "newer": "UPDATE alembic_version SET version_num = '9999'",
    "orphan": "INSERT INTO sessions (id, account_id, created_at, expires_at, last_seen_at) "
    "VALUES ('s', 'nobody', '2026', '2026', '2026')",
}


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="ni un fichier SQLite, ni PostgreSQL"):
        backup("sqlite://", tmp_path / "x")
    with pytest.raises(SourceError, match=r"pg_dump : |pas de base"):
        backup(url_of(tmp_path / "absent.db"), tmp_path / "x")
    with pytest.raises(NotReadyError, match="ne répond pas"):
        copies_of("postgresql+psycopg://127.0.0.1:1/d").check_unused()
    with pytest.raises(SourceError, match="POLESUD_POSTGRES_TOOLS"):
        backup("postgresql://127.0.0.1:1/d", tmp_path / "x", tools=str(tmp_path))
    with pytest.raises(SourceError):
        copies_of(url_of(tmp_path / "absent.db")).check(tmp_path)
    assert not list(tmp_path.iterdir())
