"""A unit of work is kept whole or not at all, and keeps its promises to other tables."""

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel

from api.accounts import queries as accounts_queries
from api.learning import queries as learning_queries
from models import database
from models.base import identifier, utc_now
from models.database import open_database, reading, waking_at_commits, writing
from models.tables import Actor, ApiKey, Lot, Membership, Suggestion, WeightsVersion
from tests.support import stored
from tests.support.databases import url_of


def actor(name: str) -> Actor:
    return Actor(
        id=identifier("actors", name), natural_key=name, content_hash=name, source="test", name=name, kind="scop"
    )


def names(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return sorted(one.name for one in stored.all_actors(session))


def outcome(read: Callable[[str], object], text: str) -> object:
    try:
        return repr(read(text))
    except ValueError as error:
        return type(error)


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5), st.lists, max_leaves=5),
    st.sampled_from(("", " ", "\n", "x", "]", "\ufeff")),
    st.sampled_from(("", " ", "\n", "x", "]", "1")),
)
def test_a_json_cell_is_read_as_the_standard_library_reads_it(value: object, before: str, after: str) -> None:
    text = before + json.dumps(value, ensure_ascii=False) + after
    assert outcome(database._from_json_text, text) == outcome(json.loads, text)
    assert outcome(database._from_json_text, text.encode()) == outcome(json.loads, text)


def test_what_is_raised_within_rolls_the_whole_back(engine: Engine) -> None:
    def write() -> None:
        with writing(engine) as session:
            session.add(actor("one"))
            session.flush()
            session.add(actor("two"))
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write()
    assert names(engine) == []
    with writing(engine) as session:
        session.add_all([actor("one"), actor("two")])
    assert names(engine) == ["one", "two"]


def test_a_unit_of_work_within_another_is_a_fault_at_once_and_not_a_wait_for_oneself(engine: Engine) -> None:
    def write() -> None:
        with writing(engine) as session:
            session.add(actor("one"))
            with writing(engine) as inner:
                inner.add(actor("two"))

    with pytest.raises(RuntimeError, match="within another"):
        write()
    assert names(engine) == []
    # The turn was given back.
    with writing(engine) as session:
        session.add(actor("one"))
    assert names(engine) == ["one"]


def test_a_refused_row_takes_the_good_ones_with_it(engine: Engine) -> None:
    twin = actor("one")
    twin.id = "another"
    with pytest.raises(IntegrityError), writing(engine) as session:
        session.add_all([actor("one"), twin])
    assert names(engine) == []


@pytest.mark.parametrize(
    "row",
    [
        Lot(id="lot", opportunity_id="absent", number="1", title="Lot"),
        Membership(carrier_id="absent", member_id="absent"),
        Suggestion(id="suggestion", actor_id="absent", subject="text:0"),
    ],
    ids=lambda row: str(row.__tablename__),
)
def test_foreign_keys_are_enforced(engine: Engine, row: SQLModel) -> None:
    """SQLite forgets them unless each connection asks."""
    with pytest.raises(IntegrityError, match=r"(?i)foreign key"), writing(engine) as session:
        session.add(type(row)(**row.model_dump()))


@pytest.mark.sqlite_only("PostgreSQL's foreign keys cannot be off")
def test_foreign_keys_hold_on_every_connection(engine: Engine) -> None:
    """Not only on the first of the pool."""
    with engine.connect() as one, engine.connect() as two:
        assert [connection.exec_driver_sql("PRAGMA foreign_keys").scalar() for connection in (one, two)] == [1, 1]


def test_a_reader_sees_one_state_while_a_writer_changes_it(engine: Engine) -> None:
    with reading(engine) as session:
        assert stored.all_actors(session) == []
        with writing(engine) as writer:
            writer.add(actor("new"))
        assert stored.all_actors(session) == []
    assert names(engine) == ["new"]


def test_who_asked_for_it_is_woken_by_each_commit_and_by_nothing_else(engine: Engine) -> None:
    woken = threading.Event()

    def fail() -> None:
        with writing(engine):
            raise RuntimeError

    with waking_at_commits(engine, woken):
        with pytest.raises(RuntimeError):
            fail()
        assert not woken.is_set()
        with writing(engine) as session:
            session.get(Actor, "a")
            assert not woken.is_set()
        assert woken.is_set()
        woken.clear()
        with writing(engine, durable=True):
            pass
        assert woken.is_set()
    woken.clear()
    with writing(engine):
        pass
    assert not woken.is_set()


def test_two_writers_that_read_then_write_both_succeed(database: Path) -> None:
    """A read that is upgraded to a write is where SQLite says « locked »: a unit of work takes its lock at once."""
    engine = open_database(url_of(database))
    failures: list[BaseException] = []

    def write(name: str) -> None:
        try:
            for number in range(5):
                with writing(engine) as session:
                    count = len(stored.all_actors(session))
                    session.add(actor(f"{name} {number} after {count}"))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    # Each saw all that was written before it: no two read the same count.
    assert sorted(int(name.rsplit(" ", 1)[1]) for name in names(engine)) == list(range(10))
    engine.dispose()


def test_the_newest_active_weights_are_the_active_ones(engine: Engine) -> None:
    now = utc_now()
    with reading(engine) as session:
        assert learning_queries.active_weights(session) is None
    with writing(engine) as session:
        for hours, status in ((0, "retired"), (1, "active"), (2, "active"), (3, "candidate")):
            session.add(
                WeightsVersion(id=str(hours), status=status, values={}, created_at=now + timedelta(hours=hours))
            )
    with reading(engine) as session:
        active = learning_queries.active_weights(session)
    assert active is not None
    assert active.id == "2"


def test_a_revoked_key_opens_nothing(engine: Engine) -> None:
    with writing(engine) as session:
        later = utc_now() + timedelta(days=1)
        session.add(ApiKey(id="live", name="live", secret_hash="a", role="client", expires_at=later))
        session.add(
            ApiKey(id="dead", name="dead", secret_hash="b", role="client", expires_at=later, revoked_at=utc_now())
        )
        session.add(ApiKey(id="without an end", name="without an end", secret_hash="c", role="client"))
    with reading(engine) as session:
        live = accounts_queries.key_by_hash(session, "a", utc_now())
        assert live is not None
        assert live.id == "live"
        assert accounts_queries.key_by_hash(session, "b", utc_now()) is None
        assert accounts_queries.key_by_hash(session, "c", utc_now()) is None
