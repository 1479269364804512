"""A desk records each line of a case before it shows it, and shows none that would tell more with those before."""

import pytest
from sqlalchemy import Engine, delete, func
from sqlmodel import col, select

from api.catalogue import record_changes
from api.confidentiality.crowd import K_ANONYMITY
from api.confidentiality.told_lines import ToldElsewhereError, last_lines, record_lines
from api.matching.desk import Desk
from models.database import reading, writing
from models.tables import Actor, Lot, Opportunity, TakeoverCase, TeaserLine
from tests.support.night_world import add_actor, add_case, open_desk, small

BAKERS, JOINERS, GARDENERS = "10.71C", "43.32A", "81.30Z"


def add_actors(engine: Engine, naf: str, count: int, first: int) -> None:
    for number in range(first, first + count):
        add_actor(engine, number, naf=[{"code": naf}], headcount=6)


@pytest.fixture
def case(engine: Engine) -> str:
    """A joinery that was told of while the desk knew bakers and gardeners alone."""
    small(engine)
    add_actors(engine, BAKERS, 12, 0)
    add_actors(engine, GARDENERS, 12, 100)
    return add_case(engine, 1, "Menuiserie", naf=[{"code": JOINERS}], commune_code="26362")


def text(desk: Desk) -> str:
    (line,) = desk.snapshot().teaser_texts.values()
    return line


def line_count(engine: Engine) -> int:
    with reading(engine) as session:
        return session.exec(select(func.count()).select_from(TeaserLine)).one()


def test_a_line_is_recorded_once_and_before_it_is_shown(engine: Engine, case: str) -> None:
    desk = open_desk(engine)
    shown = text(desk)
    with reading(engine) as session:
        assert last_lines(session, [case])[case].text == shown
    assert text(desk) == text(open_desk(engine)) == shown
    assert line_count(engine) == 1


def test_what_is_not_announced_is_not_recorded(engine: Engine) -> None:
    add_case(small(engine), 1, None)
    open_desk(engine).snapshot()
    assert line_count(engine) == 0


def test_a_case_that_is_withdrawn_or_deleted_and_returns_is_still_bound_by_its_lines(engine: Engine, case: str) -> None:
    desk = open_desk(engine)
    assert "activité non précisée" in text(desk)
    record_changes.change_opportunity(engine, case, {"teaser": None})
    assert desk.snapshot().teaser_texts == {}
    # Nine more, so that the joiners alone would be ten with a gardener who was not there before.
    add_actors(engine, JOINERS, K_ANONYMITY - 1, 200)
    record_changes.change_opportunity(engine, case, {"teaser": "Menuiserie"})
    assert "activité non précisée" in text(desk)
    with writing(engine) as session:
        for table in (TakeoverCase, Lot):
            session.execute(delete(table))
        session.execute(delete(Opportunity))
    again = add_case(engine, 1, "Menuiserie", naf=[{"code": BAKERS}], commune_code="26362")
    assert again == case
    # A new case of a baker is told precisely; this one was told of as no baker.
    assert "activité non précisée" in text(desk)


def test_an_edited_case_keeps_its_line(engine: Engine, case: str) -> None:
    desk = open_desk(engine)
    before = text(desk)
    record_changes.change_opportunity(engine, case, {"naf": [{"code": BAKERS}]})
    assert text(desk) == before
    another = add_case(engine, 2, "Boulangerie", naf=[{"code": BAKERS}], commune_code="26362")
    assert desk.snapshot().teaser_texts[another] != before


def test_a_line_of_another_process_is_read_first(engine: Engine, case: str) -> None:
    """Two desks that see other actors never tell two lines that say more together."""
    ours, theirs = open_desk(engine), open_desk(engine)
    ours.snapshot()
    theirs.snapshot()
    with reading(engine) as session:
        line = last_lines(session, [case])[case]
    with pytest.raises(ToldElsewhereError):
        record_lines(engine, {case: (line, 12)})
    add_actors(engine, JOINERS, 12, 200)
    finer = text(ours)
    with writing(engine) as session:
        session.execute(delete(Actor).where(col(Actor.source_id).startswith("a2")))
    assert text(theirs) == finer
