"""What nobody waits for is written soon, in its order; what is lost is counted, and harms no other."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from models.background import BackgroundWriter
from models.database import LockedError, open_database, reading, writing
from models.group_commit import GroupedWriter
from models.tables import Partner
from models.unit_of_work import UnitOfWork
from tests.support.databases import url_of
from tests.support.lock_holder import held_lock


@pytest.fixture
def impatient(database: Path) -> Iterator[Engine]:
    opened = open_database(url_of(database), wait_s=0.2)
    yield opened
    opened.dispose()


@pytest.fixture
def background(impatient: Engine) -> Iterator[BackgroundWriter]:
    opened = BackgroundWriter(impatient, most_lines=10)
    yield opened
    opened.close()


def partner(name: str) -> Callable[[Session], None]:
    def write(session: Session) -> None:
        session.add(Partner(id=name, email=f"{name}@exemple.invalid"))
        session.flush()

    return write


def names(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return sorted(session.exec(select(Partner.id)).all())


def test_what_is_added_is_written_and_waited_for(impatient: Engine, background: BackgroundWriter) -> None:
    for number in range(10):
        background.add(partner(f"p{number}"), may_be_lost=False)
    assert background.drain(60)
    assert names(impatient) == [f"p{number}" for number in range(10)]
    assert background.waiting == 0
    assert not any(background.lost.values())


def test_what_fails_is_counted_and_harms_no_neighbour(impatient: Engine, background: BackgroundWriter) -> None:
    gate = threading.Event()
    background.add(lambda _session: gate.wait(30), may_be_lost=False)
    for name in ("a", "a", "b"):
        background.add(partner(name), may_be_lost=False)
    gate.set()
    assert background.drain(60)
    assert names(impatient) == ["a", "b"]
    assert background.lost["failed"] == 1


def test_while_the_tables_are_held_it_waits_and_who_reads_does_not(
    database: Path, impatient: Engine, background: BackgroundWriter
) -> None:
    with held_lock(database):
        unit = UnitOfWork(impatient, background)
        unit.later(partner("seen"), may_be_lost=True)
        unit.finish()
        assert not background.drain(0.1)
        assert names(impatient) == []
    assert background.drain(60)
    assert names(impatient) == ["seen"]


def test_without_room_what_may_be_lost_goes_first_and_is_counted(
    database: Path, impatient: Engine, background: BackgroundWriter
) -> None:
    with held_lock(database):
        # Ten lines fit; whatever the writer has in hand counts too.
        background.add(partner("kept"), may_be_lost=False, lines=1)
        background.add(partner("first"), may_be_lost=True, lines=9)
        background.add(partner("too much"), may_be_lost=True, lines=2)
        assert background.lost["no_room"] == 1
    assert background.drain(60)
    assert names(impatient) == ["first", "kept"]


def test_what_may_not_be_lost_is_refused_rather_than_forgotten(
    database: Path, impatient: Engine, background: BackgroundWriter
) -> None:
    with held_lock(database):
        for number in range(10):
            background.add(partner(f"p{number}"), may_be_lost=False)
        with pytest.raises(LockedError):
            background.add(partner("one more"), may_be_lost=False)
    assert background.drain(60)
    assert len(names(impatient)) == 10


def test_what_could_not_be_written_in_the_end_is_counted(database: Path, impatient: Engine) -> None:
    background = BackgroundWriter(impatient)
    with held_lock(database):
        background.add(partner("gone"), may_be_lost=True)
        background.close(0.1)
    assert background.lost["ended"] == 1
    assert names(impatient) == []


def test_what_is_durable_is_written_before_the_answer_and_refused_under_a_lock(
    database: Path, impatient: Engine, background: BackgroundWriter
) -> None:
    def finish(name: str) -> None:
        unit = UnitOfWork(impatient, background)
        unit.later(partner(name), durable=True)
        unit.later(partner(f"{name} aside"))
        unit.finish()

    with held_lock(database), pytest.raises(LockedError):
        finish("refused")
    finish("written")
    assert "written" in names(impatient)
    assert background.drain(60)
    assert names(impatient) == ["written", "written aside"]


def test_who_writes_gives_up_in_time_and_leaves_nothing_whichever_lock_it_waits_for(
    database: Path, impatient: Engine
) -> None:
    """That of another process, that of this one's threads, and that of a group of writers."""
    writer = GroupedWriter(impatient)
    with held_lock(database):
        with pytest.raises(LockedError), writing(impatient) as session:
            partner("a")(session)
        answers = [writer.submit(partner(name)) for name in ("b", "c", "d")]
        for answer in answers:
            with pytest.raises(LockedError):
                answer.result(30)
    entered, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with writing(impatient):
            entered.set()
            leave.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    assert entered.wait(30)
    with pytest.raises(LockedError), writing(impatient) as session:
        partner("e")(session)
    leave.set()
    thread.join()
    writer.close()
    assert names(impatient) == []
    with writing(impatient) as session:
        partner("f")(session)
    assert names(impatient) == ["f"]
