"""What the demonstration invents holds together; the report's command gives what the page gives."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select
from typer.testing import CliRunner

import api.commands.report
from api.audit.log import journal_page, verify
from api.brokerage.case_history import read_case, replay
from api.brokerage.queries import CaseRow
from api.brokerage.transitions import State
from api.brokerage.worklist import Group, read_cases, read_worklist
from api.brokerage.worklist_queries import NamedCase
from api.cli import app
from api.core.clock import today_in_france
from api.core.settings import HOME_DEPARTMENTS
from api.demo.cases import CASES, invent_cases
from api.demo.interactions import invent_interactions
from api.demo.takeovers import invent_takeovers
from api.matching.desk import Desk
from api.reporting.files import as_csv
from api.reporting.yearly import read_report
from matcher.embedding import Encoder
from models.database import open_database, reading
from models.interactions import Interaction
from models.takeovers import TakeoverStep
from tests.support.databases import copy_database, url_of
from tests.support.options import OPTIONS
from tests.support.reads import read_once


@pytest.fixture(scope="module")
def world(world_database: Path, encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    engine = open_database(url_of(copy_database(world_database, tmp_path_factory.mktemp("demo") / "world.db")))
    assert invent_cases(engine, Desk(engine, encoder, HOME_DEPARTMENTS), now=datetime.now(UTC), options=OPTIONS) == len(
        CASES
    )
    return engine


def test_invented_cases_fill_every_group_replay_and_are_not_invented_twice(world: Engine, encoder: Encoder) -> None:
    assert invent_cases(
        world, Desk(world, encoder, HOME_DEPARTMENTS), now=datetime.now(UTC) + timedelta(days=1), options=OPTIONS
    ) == len(CASES)
    waiting = read_once(world, read_worklist, today=today_in_france(), quiet_days=14)
    assert {group for group, rows in waiting.groups.items() if rows} == set(Group) - {Group.NOBODY}
    assert waiting.answers
    rows = read_once(world, read_cases, list(State))
    assert {State(row.case.state) for row in rows} >= {State.WON, State.LOST, State.REFUSED, State.INTRODUCED}
    for row in rows:
        file = read_once(world, read_case, row.case.id)
        assert replay(file.steps) == file.standing
        assert_says_what_is_stored(row, file.row)
    assert read_once(world, verify).problem == ""


def assert_says_what_is_stored(line: NamedCase, stored: CaseRow) -> None:
    """Fail where a line of a list says something else than the rows that it is about."""
    sides = [(line.case, stored.case)]
    sides += [(getattr(line.pair, side), getattr(stored.pair, side)) for side in ("opportunity", "lot", "actor")]
    for named, row in sides:
        assert named == (row and tuple(getattr(row, name) for name in named._fields))
    assert line.pair.search == stored.pair.search


def test_takeovers_are_played_once_on_both_tracks_to_each_fate(world: Engine) -> None:
    now = datetime.now(UTC)
    first, again = [(invent_takeovers(world, now=now, options=OPTIONS), len(takeover_steps(world))) for _ in range(2)]
    assert first == again
    stages = {step.to_stage for step in takeover_steps(world)}
    assert {"approached", "audit", "preparing", "lost", "withdrawn", "handover"} <= stages
    assert read_once(world, verify).problem == ""


def takeover_steps(world: Engine) -> Sequence[TakeoverStep]:
    with reading(world) as session:
        return session.exec(select(TakeoverStep)).all()


def test_contacts_and_acts_are_invented_once(world: Engine) -> None:
    now = datetime.now(UTC)
    assert [invent_interactions(world, now=now) for _ in range(2)] == [4, 0]
    with reading(world) as session:
        assert len(session.exec(select(Interaction)).all()) == 4
    assert read_once(world, verify).problem == ""


def test_the_command_writes_the_file_of_the_page_and_notes_it(
    world: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.commands.report, "engine", lambda: world)
    year, runner = today_in_france().year, CliRunner()
    expected = as_csv(read_once(world, read_report, year, ["26", "07"], axis=1))
    path = tmp_path / "r.csv"
    done = runner.invoke(app, ["report", str(year), "--out", str(path), "--axe", "1"])
    assert done.exit_code == 0, done.output
    assert path.read_bytes() == expected
    (entry,) = read_once(world, journal_page, limit=1)
    assert (entry.actor, entry.action, entry.detail) == ("cli", "report.exported", '{"axis":1,"format":"csv"}')
    shown = runner.invoke(app, ["report", str(year)])
    assert shown.exit_code == 0
    assert "Total" in shown.output or "Tous" in shown.output
    refused = runner.invoke(app, ["report", str(year), "--out", str(tmp_path / "r.pdf")])
    assert refused.exit_code != 0
    assert not (tmp_path / "r.pdf").exists()
