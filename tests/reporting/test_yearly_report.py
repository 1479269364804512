"""The report: every figure is what its definition says, parts add up to totals, and no file runs a formula."""

import csv
import io
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlalchemy import Engine

from api.accounts.audience import Audience
from api.audit import log
from api.brokerage.case_changes import Change, Keep
from api.brokerage.case_history import read_case
from api.brokerage.cases import advance, open_case
from api.brokerage.transitions import CLOSED, OPEN, TRANSITIONS, State
from api.catalogue import record_changes, records
from api.catalogue.axes import AXES
from api.catalogue.schemas import OpportunityIn
from api.core.clock import today_in_france
from api.core.table_files import workbook_row
from api.imports.importing import ingest
from api.learning.ratings import rate
from api.reporting import files as report_files
from api.reporting.facts import Fact, milestones
from api.reporting.figures import CONFIDENTIAL, COUNTS, Figures, Report, Subject
from api.reporting.yearly import read_report, tally
from matcher.learning.observations import Objection
from models.base import identifier
from models.database import writing
from models.opportunities import Opportunity
from models.tables import BrokerageStep, Partner, Suggestion
from models.unit_of_work import unit_of_work
from tests.brokerage.test_brokerage_cases import account
from tests.support.night_world import add_actor, add_case, add_need, small
from tests.support.reads import read_once

HOME = ("26", "07")
REASONS = [one.value for one in Objection]
FIGURES = st.builds(
    Figures,
    **{name: st.integers(0, 50) for name in COUNTS},
    reasons=st.dictionaries(st.sampled_from(REASONS), st.integers(1, 9), max_size=3),
)
DEPARTMENTS = st.sampled_from(("26", "07", "38", "2A", None))
VALENCE = "200068781"
TERRITORIES = st.sampled_from((VALENCE, "200040459", CONFIDENTIAL, ""))
SUBJECTS = st.builds(Subject, st.sampled_from(AXES), DEPARTMENTS, st.booleans(), TERRITORIES)
FACTS = st.builds(Fact, st.dates(date(2025, 12, 1), date(2027, 1, 31)), SUBJECTS, FIGURES)


def whole(counts: Mapping[Subject, Figures], year: int = 2026) -> Report:
    return Report(year, None, None, HOME, counts, {}, (0, ""))


@given(st.lists(FACTS, max_size=30))
def test_parts_add_up_to_totals_and_nothing_of_the_year_is_lost(facts: list[Fact]) -> None:
    report = whole(tally(facts, 2026))
    cells = report.cells
    total = report.total()
    assert total == Figures.sum(report.total(axes=[axis]) for axis in report.axes)
    assert total == Figures.sum(report.total(departments=[one]) for one in report.departments)
    assert total == Figures.sum(report.total(territory=one) for one in report.territories)
    assert total == Figures.sum(report.total(assumed=one) for one in (True, False))
    for name in COUNTS:
        assert getattr(total, name) == sum(getattr(one.adds, name) for one in facts if one.day.year == 2026)
    for reason in REASONS:
        expected = sum(one.adds.reasons.get(reason, 0) for one in facts if one.day.year == 2026)
        assert total.reasons.get(reason, 0) == expected
    keys = [(cell.axis, cell.department) for cell in cells]
    assert len(keys) == len(set(keys))
    assert {(axis, code) for axis in AXES for code in HOME} <= set(keys)


@given(st.lists(FACTS, max_size=20), st.sampled_from(AXES), DEPARTMENTS)
def test_a_narrower_report_is_a_part_of_the_whole(facts: list[Fact], axis: int, department: str | None) -> None:
    everything = whole(tally(facts, 2026))
    assert whole(tally(facts, 2026, axis=axis)).total() == everything.total(axes=[axis])
    narrow = tally(facts, 2026, department=department or "")
    assert whole(narrow).total() == everything.total(departments=[department])


@given(st.lists(FACTS, max_size=10))
def test_the_csv_holds_the_cells_and_their_sum(facts: list[Fact]) -> None:
    report = whole(tally(facts, 2026))
    content = report_files.as_csv(report)
    assert content.startswith(b"\xef\xbb\xbf")
    heading, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";")
    assert len(rows) == len(report.cells) + 1
    for column in range(3, len(heading)):
        *parts, total = (int(row[column]) for row in rows)
        assert sum(parts) == total


@settings(deadline=None)
@given(
    walk=st.lists(st.sampled_from(State), max_size=14), hours=st.lists(st.integers(1, 900), min_size=15, max_size=15)
)
def test_what_was_won_was_introduced_before_and_what_is_open_is_not_closed(walk: list[State], hours: list[int]) -> None:
    moment, former = datetime(2025, 12, 20, tzinfo=UTC), State.PROPOSED
    steps = [BrokerageStep(case_id="c", number=1, at=moment, by="cli", to_state=former.value)]
    for state, passed in zip(walk, hours, strict=False):
        if state in TRANSITIONS[former]:
            moment += timedelta(hours=passed)
            number = len(steps) + 1
            steps.append(
                BrokerageStep(case_id="c", number=number, at=moment, by="cli", from_state=former, to_state=state)
            )
            former = state
    found = milestones(steps)
    assert (found.closed_on is not None) == (former in CLOSED)
    if former in (State.WON, State.INTRODUCED):
        assert found.introduced_on is not None
    if former in OPEN and former != State.INTRODUCED:
        assert found.introduced_on is None
    if found.introduced_on and found.closed_on:
        assert found.opened_on <= found.introduced_on <= found.closed_on


@pytest.fixture
def pair(engine: Engine) -> Callable[[str], str]:
    """Return what makes the suggestion of an opportunity to the one actor."""
    small(engine)
    actor = add_actor(engine, 1)

    def suggest(opportunity_id: str) -> str:
        made = identifier("suggestions", actor, f"opportunity:{opportunity_id}")
        with writing(engine) as session:
            row = Suggestion(
                id=made, actor_id=actor, subject=f"opportunity:{opportunity_id}", opportunity_id=opportunity_id
            )
            session.add(row)
        return made

    return suggest


def at(month: int, day: int = 15, year: int = 2026) -> datetime:
    return datetime(year, month, day, 9, tzinfo=UTC)


def walk(engine: Engine, case_id: str, *steps: tuple[datetime, State], **last: object) -> None:
    for number, (moment, state) in enumerate(steps):
        reasons = [Objection.TOO_FAR] if state == State.REFUSED else []
        jobs = last.get("jobs", Keep.KEEP) if number == len(steps) - 1 else Keep.KEEP
        seen = read_once(engine, read_case, case_id).row.case.version
        change = Change(to=state, reasons=reasons, jobs=jobs)  # type: ignore[arg-type]
        advance(engine, case_id, change, seen=seen, by="cli", now=moment)


def test_each_event_counts_in_its_own_year_in_its_axis_and_place(engine: Engine, pair: Callable[[str], str]) -> None:
    person = account(engine)
    garden = add_need(engine, 1, published_on=date(2025, 12, 20), deadline=None)
    wood = add_need(engine, 2, naf=[{"code": "43.32A"}], commune_code="07186", published_on=date(2026, 1, 2))
    secret = add_case(engine, 3, "Menuiserie, six salariés", commune_code="07010", published_on=date(2026, 5, 1))
    decp = OpportunityIn(source="decp", source_id="d", title="Déjà attribué", published_on=date(2026, 3, 1))
    record_changes.create_opportunity(engine, decp)

    first = open_case(engine, pair(garden), person, by="cli", now=at(12, 28, 2025))
    walk(engine, first, (at(1), State.CONTACTED), (at(2), State.REFUSED))
    second = open_case(engine, pair(wood), person, by="cli", now=at(1))
    met = ((at(2), State.CONTACTED), (at(3), State.INTRODUCED))
    walk(engine, second, *met, (at(12, 31), State.WON), jobs=(2, None))
    third = open_case(engine, pair(secret), person, by="cli", now=at(6))
    walk(engine, third, *((at(6, 16), State.CONTACTED), (at(7), State.INTRODUCED), (at(8), State.INTERESTED)))
    with writing(engine) as session:
        session.add(Partner(id="p", email="p@exemple.invalid", status="active"))
    rate(engine, "p", pair_id(engine, second), interest=0, now=at(2))
    rate(engine, "p", pair_id(engine, second), interest=2, now=at(3))

    report = read_once(engine, read_report, 2026, HOME)
    cells = {(one.axis, one.department): one.figures for one in report.cells}
    assert cells[2, "26"] == Figures(refused=1, reasons={"too_far": 1})
    assert cells[1, "07"] == Figures(
        received=1, taken=1, introduced=1, won=1, jobs_created=2, jobs_unknown=1, answers=1, favourable=1
    )
    assert cells[3, "07"] == Figures(received=1, taken=1)
    assert set(cells) == {(axis, code) for axis in AXES for code in HOME}
    assert (report.assumed, report.sources) == (2, {"saisie": 2})
    before = read_once(engine, read_report, 2025, HOME).total()
    assert before == Figures(received=1, taken=1)
    # Midnight in France, not in Greenwich, ends a year.
    walk(engine, third, (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), State.LOST))
    assert read_once(engine, read_report, 2026, HOME).total().lost == 0
    assert read_once(engine, read_report, 2027, HOME).total().lost == 1


def test_a_case_counts_though_its_opportunity_is_still_to_come(engine: Engine, pair: Callable[[str], str]) -> None:
    """Who prepares for a notice is followed before it is published; the notice itself did not come yet."""
    person = account(engine)
    notice = add_need(engine, 1, status="expected", published_on=date(2026, 12, 20), deadline=None)
    walk(engine, open_case(engine, pair(notice), person, by="cli", now=at(1)), (at(2), State.CONTACTED))
    assert read_once(engine, read_report, 2026, HOME).total() == Figures(taken=1)
    assert read_once(engine, read_report, 2025, HOME).total() == Figures()


def pair_id(engine: Engine, case_id: str) -> str:
    return read_once(engine, read_case, case_id).row.case.suggestion_id


def test_a_given_axis_wins_over_the_assumed_one(engine: Engine) -> None:
    small(engine)
    made = add_need(engine, 1, published_on=date(2026, 3, 1))
    assert read_once(engine, read_report, 2026, HOME).total(axes=[2]).received == 1
    record_changes.change_opportunity(engine, made, {"axis": 3})
    report = read_once(engine, read_report, 2026, HOME)
    assert (report.total(axes=[3]).received, report.total(axes=[2]).received, report.assumed) == (1, 0, 0)
    record_changes.change_opportunity(engine, made, {"axis": None})
    assert read_once(engine, read_report, 2026, HOME).total(axes=[2]).received == 1
    with unit_of_work(engine) as unit:
        file = records.read_opportunity(unit, made, Audience(confidential=True))
    assert file.opportunity.axis is None


def test_a_confidential_case_is_placed_nowhere_finer_than_its_departement(engine: Engine) -> None:
    """Where it is changes nothing of the report; once it is open to all, its intercommunality counts it."""
    small(engine)
    made = add_case(engine, 1, "Un commerce", commune_code="26113", published_on=date(2026, 3, 1))
    hidden = read_once(engine, read_report, 2026, HOME)
    assert hidden.territories == [CONFIDENTIAL]
    record_changes.change_opportunity(engine, made, {"commune_code": "26362"})
    assert read_once(engine, read_report, 2026, HOME).counts == hidden.counts
    with writing(engine) as session:
        session.get_one(Opportunity, made).confidential = False
    shown = read_once(engine, read_report, 2026, HOME)
    assert shown.territories == [VALENCE]
    assert shown.total() == hidden.total()


def test_a_workbook_opens_again_with_the_same_figures_and_no_formula(tmp_path: Path) -> None:
    facts = [Fact(date(2026, 5, 1), Subject(1, "=cmd|' /C\vcalc'!A0"), Figures(received=3))]
    report = whole(tally(facts, 2026))
    path = tmp_path / "r.xlsx"
    assert report_files.write(report, path, today=date(2026, 11, 25)) == "xlsx"
    book = load_workbook(path)
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    assert [list(row) for row in rows] == [workbook_row(row) for row in report_files.table(report)]
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)
    assert "'=cmd" in report_files.as_csv(report).decode("utf-8-sig")


def test_the_report_does_not_read_the_journal_into_itself(engine: Engine) -> None:
    """Its mark is the journal's own last entry, which `audit-verify --repere` takes."""
    log.note_alone(engine, by="cli", action="tried", kind="thing")
    mark = read_once(engine, read_report, 2026, HOME).mark
    assert read_once(engine, log.verify, anchors=[mark]).problem == ""


def test_an_axis_comes_with_a_file_and_one_that_is_none_is_left_out_and_said(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "besoins.csv"
    path.write_text("id;titre;Axe\nb1;Tonte;Axe 1\nb2;Tonte bis;4\n", "utf-8")
    report = ingest(small(engine), path, "opportunities")
    assert (report.created, report.refused) == (2, 0)
    (warning,) = report.warnings
    assert warning.startswith("Ligne 3, Axe « 4 »")
    assert "1, 2 ou 3" in warning
    found = read_once(engine, read_report, today_in_france().year, HOME)
    assert (found.total(axes=[1]).received, found.assumed) == (1, 1)
    # A file that does not speak of the axis leaves it.
    path.write_text("id;titre\nb1;Tonte du parc\n", "utf-8")
    assert ingest(engine, path, "opportunities").changed == 1
    assert read_once(engine, read_report, today_in_france().year, HOME).assumed == 1
