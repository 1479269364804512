"""The journal tells when it was touched: any change of any row, a row that is gone or added, wherever it stood."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from api.audit.log import journal_page, note, note_alone, verify
from models.database import open_database, writing
from tests.support.databases import copy_database, url_of
from tests.support.reads import read_once

ENTRIES = 12
COLUMNS = ("seq", "at", "actor", "action", "object_kind", "object_id", "detail", "previous_hash", "hash")
COPIED = "at, actor, action, object_kind, object_id, detail, hash, hash FROM audit"
VALUES = st.text(max_size=12) | st.integers(-5, 400) | st.binary(max_size=4) | st.floats(allow_nan=False)


def fill(engine: Engine, entries: int = ENTRIES) -> None:
    for number in range(entries):
        note_alone(engine, by="cli", action="tried", kind="thing", of=f"t{number}", detail={"n": number})


@pytest.fixture
def journal(engine: Engine, database: Path) -> Path:
    fill(engine)
    assert read_once(engine, verify).problem == ""
    with closing(sqlite3.connect(database)) as raw:
        raw.execute("DROP TRIGGER audit_no_update")
        raw.execute("DROP TRIGGER audit_no_delete")
        raw.commit()
    return database


def found_after(database: Path, scratch: Path, change: str, values: tuple[Any, ...] = ()) -> tuple[bool, str]:
    """Change a copy by hand; return whether anything did change, and what a reading of it finds."""
    copy_database(database, scratch)
    with closing(sqlite3.connect(scratch)) as raw:

        def whole() -> list[Any]:
            return [raw.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in ("audit", "audit_head")]

        before = whole()
        try:
            raw.execute(change, values)
        except sqlite3.IntegrityError:
            return False, ""
        raw.commit()
        if whole() == before:
            return False, ""
    engine = open_database(url_of(scratch))
    try:
        return True, read_once(engine, verify).problem
    finally:
        engine.dispose()


@pytest.mark.slow
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seq=st.integers(1, ENTRIES), column=st.sampled_from(COLUMNS), value=VALUES)
def test_any_change_of_any_row_is_found(journal: Path, tmp_path: Path, seq: int, column: str, value: Any) -> None:
    changed, problem = found_after(
        journal, tmp_path / "scratch.db", f"UPDATE audit SET {column} = ? WHERE seq = ?", (value, seq)
    )
    assert bool(problem) == changed


@pytest.mark.parametrize("seq", range(1, ENTRIES + 1))
def test_a_row_that_is_gone_is_missed_at_the_beginning_in_the_middle_and_at_the_end(
    journal: Path, tmp_path: Path, seq: int
) -> None:
    assert found_after(journal, tmp_path / "scratch.db", "DELETE FROM audit WHERE seq = ?", (seq,))[1]
    assert found_after(journal, tmp_path / "scratch.db", "DELETE FROM audit WHERE seq >= ?", (seq,))[1]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_head SET count = count - 1",
        "UPDATE audit_head SET last_hash = 'a'",
        "DELETE FROM audit_head",
        "INSERT INTO audit_head VALUES (2, 0, '')",
        f"INSERT INTO audit SELECT 13, {COPIED} WHERE seq = 12",
        f"INSERT INTO audit SELECT 0, {COPIED} WHERE seq = 1",
        "UPDATE audit SET seq = CASE seq WHEN 3 THEN -4 ELSE seq END",
    ],
)
def test_what_is_done_to_the_head_or_slipped_in_is_found(journal: Path, tmp_path: Path, change: str) -> None:
    assert found_after(journal, tmp_path / "scratch.db", change)[1]


def test_a_journal_written_wholly_anew_is_found_only_by_a_mark_kept_elsewhere(engine: Engine, database: Path) -> None:
    """This is the limit of a chain without a secret, and why the command prints its end."""
    fill(engine)
    kept = read_once(engine, verify)
    with closing(sqlite3.connect(database)) as raw:
        raw.execute("DROP TRIGGER audit_no_delete")
        raw.execute("DELETE FROM audit")
        raw.execute("UPDATE audit_head SET count = 0, last_hash = ?", ("0" * 64,))
        raw.commit()
    fill(engine, ENTRIES + 3)
    assert read_once(engine, verify).problem == ""
    assert "repère" in read_once(engine, verify, anchors=[(kept.count, kept.last_hash)]).problem


def test_a_mark_kept_elsewhere_holds_while_the_journal_grows(engine: Engine) -> None:
    fill(engine)
    kept = read_once(engine, verify)
    fill(engine)
    found = read_once(engine, verify, anchors=[(kept.count, kept.last_hash)])
    assert (found.problem, found.count) == ("", 2 * ENTRIES)


def test_the_tables_themselves_refuse_to_change_or_drop_an_entry(engine: Engine, database: Path) -> None:
    fill(engine)
    with closing(sqlite3.connect(database)) as raw:
        for act in ("UPDATE audit SET actor = 'x'", "DELETE FROM audit WHERE seq = 3"):
            with pytest.raises(sqlite3.IntegrityError, match="only added to"):
                raw.execute(act)


def test_an_entry_stands_exactly_if_what_it_tells_of_does(engine: Engine) -> None:
    def act() -> None:
        with writing(engine) as session:
            note(session, by="cli", action="tried", kind="thing")
            note(session, by="cli", action="tried again", kind="thing")
            raise RuntimeError("never mind")

    with pytest.raises(RuntimeError):
        act()
    assert read_once(engine, verify).count == 0
    with writing(engine) as session:
        note(session, by="cli", action="tried", kind="thing")
        note(session, by="cli", action="tried again", kind="thing")
    assert [entry.action for entry in read_once(engine, journal_page)] == ["tried again", "tried"]
    assert read_once(engine, verify).problem == ""


@pytest.fixture
def several(database: Path) -> Iterator[list[Engine]]:
    """As several processes have it: each its own engine, hence its own queue."""
    engines = [open_database(url_of(database)) for _ in range(4)]
    yield engines
    for engine in engines:
        engine.dispose()


def test_many_who_write_at_once_make_one_chain(several: list[Engine]) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: fill(several[number % 4], 10), range(16)))
    found = read_once(several[0], verify)
    assert (found.problem, found.count) == ("", 160)


def test_a_number_is_never_used_twice(engine: Engine) -> None:
    fill(engine, 1)
    with pytest.raises(IntegrityError), writing(engine) as session:
        session.connection().exec_driver_sql(
            "INSERT INTO audit SELECT seq, at, actor, action, object_kind, object_id, detail, '', '' FROM audit"
        )


def test_a_journal_that_lost_its_head_takes_no_entry_any_more(journal: Path, engine: Engine) -> None:
    with closing(sqlite3.connect(journal)) as raw:
        raw.execute("DELETE FROM audit_head")
        raw.commit()
    with pytest.raises(RuntimeError, match="lost its head"):
        fill(engine, 1)
