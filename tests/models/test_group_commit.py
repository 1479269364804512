"""Writers of one process queue; small writes that queue together share a commit, and none harms another."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from models.database import reading, writing
from models.group_commit import MOST, GroupedWriter
from models.tables import Partner


@pytest.fixture
def writer(engine: Engine) -> Iterator[GroupedWriter]:
    opened = GroupedWriter(engine)
    yield opened
    opened.close()


def add(name: str) -> Callable[[Session], str]:
    def work(session: Session) -> str:
        session.add(Partner(id=name, email=f"{name}@exemple.invalid"))
        session.flush()
        return name

    return work


def fail(session: Session) -> str:
    add("half")(session)
    raise LookupError("no")


def kept(engine: Engine) -> set[str]:
    with reading(engine) as session:
        return set(session.exec(select(Partner.id)).all())


def test_each_gets_its_own_answer_once_it_is_on_the_disk(engine: Engine, writer: GroupedWriter) -> None:
    """More than fit into one group, from many threads; whoever has an answer can read what was written."""

    def speak(number: int) -> None:
        assert writer.submit(add(f"p{number}")).result(30) == f"p{number}"
        assert f"p{number}" in kept(engine)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(speak, range(3 * MOST)))
    assert kept(engine) == {f"p{number}" for number in range(3 * MOST)}


def test_what_fails_changes_nothing_and_harms_no_neighbour(engine: Engine, writer: GroupedWriter) -> None:
    """One raises of itself, one is refused by the tables; held up behind a gate so that all are of one group."""
    gate = threading.Event()
    first = writer.submit(lambda _session: gate.wait(30))
    answers = {name: writer.submit(add(name)) for name in ("a", "b")}
    refused, twin = writer.submit(fail), writer.submit(add("a"))
    last = writer.submit(add("c"))
    gate.set()
    assert first.result(30)
    assert [answers[name].result(30) for name in ("a", "b")] == ["a", "b"]
    assert last.result(30) == "c"
    with pytest.raises(LookupError):
        refused.result(30)
    with pytest.raises(IntegrityError):
        twin.result(30)
    assert kept(engine) == {"a", "b", "c"}


def test_who_went_away_is_not_written_for_and_closing_waits_for_the_others(engine: Engine) -> None:
    writer, gate = GroupedWriter(engine), threading.Event()
    writer.submit(lambda _session: gate.wait(30))
    while writer._waiting:
        pass
    gone, stayed = writer.submit(add("gone")), writer.submit(add("stayed"))
    assert gone.cancel()
    gate.set()
    writer.close()
    assert stayed.result(0) == "stayed"
    assert kept(engine) == {"stayed"}


def test_what_is_durable_waits_for_the_disk_and_the_rest_does_not(engine: Engine) -> None:
    """The same connection is asked for either in turn. SQLite: FULL is 2, NORMAL 1; PostgreSQL: as its server is."""
    asked = "PRAGMA synchronous" if engine.dialect.name == "sqlite" else "SHOW synchronous_commit"
    with engine.connect() as connection:
        usual: str | int = connection.exec_driver_sql(asked).scalar_one()
    best: str | int = 2 if engine.dialect.name == "sqlite" else "on"
    assert usual != best
    for durable, level in ((True, best), (False, usual), (True, best)):
        with writing(engine, durable=durable) as session:
            assert session.connection().exec_driver_sql(asked).scalar_one() == level


def test_writers_of_one_process_wait_for_each_other_without_a_connection(engine: Engine) -> None:
    """More threads than the pool has connections, each longer than none: nobody is refused."""
    inside, most = 0, 0

    def write(number: int) -> None:
        nonlocal inside, most
        with writing(engine) as session:
            inside += 1
            most = max(most, inside)
            session.add(Partner(id=f"w{number}", email=f"w{number}@exemple.invalid"))
            session.flush()
            inside -= 1

    with ThreadPoolExecutor(40) as pool:
        list(pool.map(write, range(120)))
    assert most == 1
    assert len(kept(engine)) == 120
