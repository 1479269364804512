"""The journal tells when it was touched: any change of any row, a row that is gone or added, wherever it stood."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import Session

from api.audit.log import FIRST, journal_page, note, note_alone, verify
from models.database import open_database, writing
from tests.support.databases import SERVER, url_of
from tests.support.journal import unguarded
from tests.support.proof_share import examples
from tests.support.reads import read_once

ENTRIES = 12
COLUMNS = ("seq", "at", "actor", "action", "object_kind", "object_id", "detail", "previous_hash", "hash")
COPIED = "at, actor, action, object_kind, object_id, detail, hash, hash FROM audit"
VALUES = st.text(max_size=12) | st.integers(-5, 400) | st.binary(max_size=4) | st.floats(allow_nan=False)


def fill(engine: Engine, entries: int = ENTRIES) -> None:
    for number in range(entries):
        note_alone(engine, by="cli", action="tried", kind="thing", of=f"t{number}", detail={"n": number})


@pytest.fixture
def journal(engine: Engine) -> Engine:
    """A journal whose tables would let anything be done to them."""
    fill(engine)
    assert read_once(engine, verify).problem == ""
    unguarded(engine)
    return engine


def found_after(journal: Engine, change: str, **values: Any) -> tuple[bool, str]:
    """Change the journal by hand, for a moment; return whether anything did change, and what a reading of it finds."""
    with journal.connect() as connection, connection.begin() as transaction:

        def whole() -> list[Any]:
            return [
                connection.execute(text(f"SELECT * FROM {table} ORDER BY 1")).all() for table in ("audit", "audit_head")
            ]

        before = whole()
        try:
            connection.execute(text(change), values)
        except DBAPIError:
            return False, ""
        changed, problem = whole() != before, verify(Session(connection)).problem
        transaction.rollback()
    return changed, problem


@pytest.mark.slow
@settings(max_examples=examples(200), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seq=st.integers(1, ENTRIES), column=st.sampled_from(COLUMNS), value=VALUES)
def test_any_change_of_any_row_is_found(journal: Engine, seq: int, column: str, value: Any) -> None:
    changed, problem = found_after(
        journal, f"UPDATE audit SET {column} = :value WHERE seq = :seq", value=value, seq=seq
    )
    assert bool(problem) == changed


@pytest.mark.parametrize("seq", range(1, ENTRIES + 1))
def test_a_row_that_is_gone_is_missed_at_the_beginning_in_the_middle_and_at_the_end(journal: Engine, seq: int) -> None:
    assert found_after(journal, "DELETE FROM audit WHERE seq = :seq", seq=seq)[1]
    assert found_after(journal, "DELETE FROM audit WHERE seq >= :seq", seq=seq)[1]


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
def test_what_is_done_to_the_head_or_slipped_in_is_found(journal: Engine, change: str) -> None:
    assert found_after(journal, change)[1]


def test_a_journal_written_wholly_anew_is_found_only_by_a_mark_kept_elsewhere(journal: Engine) -> None:
    """This is the limit of a chain without a secret, and why the command prints its end."""
    kept = read_once(journal, verify)
    with journal.begin() as connection:
        connection.execute(text("DELETE FROM audit"))
        connection.execute(text("UPDATE audit_head SET count = 0, last_hash = :first"), {"first": FIRST})
    fill(journal, ENTRIES + 3)
    assert read_once(journal, verify).problem == ""
    assert "repère" in read_once(journal, verify, anchors=[(kept.count, kept.last_hash)]).problem


def test_a_mark_kept_elsewhere_holds_while_the_journal_grows(engine: Engine) -> None:
    fill(engine)
    kept = read_once(engine, verify)
    fill(engine)
    found = read_once(engine, verify, anchors=[(kept.count, kept.last_hash)])
    assert (found.problem, found.count) == ("", 2 * ENTRIES)


REFUSED = (
    "UPDATE audit SET actor = 'x' WHERE seq = 3",
    "UPDATE audit SET seq = 13 WHERE seq = 12",
    "DELETE FROM audit WHERE seq = 12",
    "DELETE FROM audit",
    f"INSERT INTO audit SELECT 14, {COPIED} WHERE seq = 12",
    f"INSERT INTO audit SELECT 13, {COPIED} WHERE seq = 11",
    "UPDATE audit_head SET count = count - 1",
    "UPDATE audit_head SET count = count + 1, last_hash = 'a'",
    "UPDATE audit_head SET last_hash = 'a'",
    "UPDATE audit_head SET id = 2",
    "DELETE FROM audit_head",
    "INSERT INTO audit_head VALUES (2, 0, '')",
)
OF_SQLITE = (
    f"INSERT OR REPLACE INTO audit SELECT 12, {COPIED} WHERE seq = 11",
    "REPLACE INTO audit_head VALUES (1, 0, '')",
)
OF_POSTGRESQL = ("TRUNCATE audit", "TRUNCATE audit_head", "SET session_replication_role = replica; DELETE FROM audit")


@pytest.mark.parametrize("change", REFUSED + (OF_POSTGRESQL if SERVER else OF_SQLITE))
def test_the_database_itself_refuses_to_change_drop_replace_or_slip_in_an_entry(engine: Engine, change: str) -> None:
    """Also to who owns the tables, as here: an accident, or a statement by hand."""
    fill(engine)
    with engine.connect() as connection, pytest.raises(IntegrityError, match="only added to"):
        connection.execute(text(change))
    found = read_once(engine, verify)
    assert (found.problem, found.count) == ("", ENTRIES)
    fill(engine, 1)
    assert read_once(engine, verify).problem == ""


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


def test_a_journal_that_lost_its_head_takes_no_entry_any_more(journal: Engine) -> None:
    with journal.begin() as connection:
        connection.execute(text("DELETE FROM audit_head"))
    with pytest.raises(RuntimeError, match="lost its head"):
        fill(journal, 1)
