"""Brokerage: a case is what its history says, moves only as the table has it, and is not forgotten while open."""

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import select

from api.accounts import accounts, invitations
from api.audit import log
from api.brokerage import case_history
from api.brokerage.case_changes import Change, Keep
from api.brokerage.case_history import read_case, replay
from api.brokerage.cases import advance, open_case
from api.brokerage.transitions import BACK, CLOSED, FORWARD, OPEN, TRANSITIONS, Standing, State, apply_transition
from api.brokerage.worklist import Group, count_worklist, group_of, read_worklist
from api.core.errors import ConflictError, InvalidError, NotFoundError
from api.learning.ratings import rate
from api.partner_view.marks import Marks
from api.privacy import personal_data
from api.reporting.facts import case_facts
from api.reporting.figures import Subject
from matcher.learning.observations import Objection
from models.base import identifier
from models.database import reading, writing
from models.tables import Account, BrokerageCase, BrokerageStep, Partner, Suggestion
from tests.support.night_world import SIGNER, add_actor, add_need, small
from tests.support.options import OPTIONS
from tests.support.proof_share import examples
from tests.support.reads import read_once

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TODAY = NOW.date()
PASSWORD = "correct cheval pile agrafe"
many = settings(deadline=None, max_examples=examples(80), suppress_health_check=[HealthCheck.function_scoped_fixture])

STATES, DAYS = st.sampled_from(State), st.dates(TODAY - timedelta(days=3), TODAY + timedelta(days=40))
JOBS = st.none() | st.integers(-1, 12)
CHANGES = st.builds(
    Change,
    to=st.none() | STATES,
    note=st.sampled_from(("", "  ", "Rappeler lundi")),
    reasons=st.lists(st.sampled_from(Objection), max_size=2),
    jobs=st.just(Keep.KEEP) | st.tuples(JOBS, JOBS),
    remind_on=st.just(Keep.KEEP) | st.none() | DAYS,
)


@pytest.fixture
def world(engine: Engine) -> Callable[[], str]:
    """Return what makes one more suggestion, all of them of one actor."""
    small(engine)
    actor, need, numbers = add_actor(engine, 1), add_need(engine, 1), itertools.count()

    def suggest() -> str:
        subject = f"opportunity:{next(numbers)}"
        made = identifier("suggestions", actor, subject)
        with writing(engine) as session:
            session.add(Suggestion(id=made, actor_id=actor, subject=subject, opportunity_id=need))
        return made

    return suggest


def account(engine: Engine, email: str = "anim@exemple.invalid") -> str:
    link = invitations.invite(
        engine, email, "facilitator", name=email.partition("@")[0], by="cli", now=NOW, options=OPTIONS
    )
    invitations.accept(engine, link.rpartition("/")[2], PASSWORD, now=NOW)
    return accounts.find_account(engine, email).id


def opened(engine: Engine, suggestion: str, facilitator: str) -> str:
    return open_case(engine, suggestion, facilitator, by=f"account:{facilitator}", now=NOW)


def dump(engine: Engine, case_id: str) -> list[dict[str, Any]]:
    file = read_once(engine, read_case, case_id)
    return [file.row.case.model_dump(), *(step.model_dump() for step in file.steps)]


def go(engine: Engine, case_id: str, *states: State, now: datetime = NOW) -> None:
    """Move a case along, with a reason where one is needed."""
    for state in states:
        reasons = [Objection.TOO_FAR] if state == State.REFUSED else []
        seen = read_once(engine, read_case, case_id).row.case.version
        advance(engine, case_id, Change(to=state, reasons=reasons), seen=seen, by="cli", now=now)


@pytest.mark.slow
@many
@given(changes=st.lists(CHANGES, max_size=12))
def test_history_replays_to_the_state_and_a_refused_change_changes_nothing(
    engine: Engine, world: Callable[[], str], changes: list[Change]
) -> None:
    try:
        facilitator = accounts.find_account(engine, "anim@exemple.invalid").id
    except NotFoundError:
        facilitator = account(engine)
    case_id = opened(engine, world(), facilitator)
    entries = read_once(engine, log.verify).count
    done = 0
    for number, change in enumerate(changes):
        before = dump(engine, case_id)
        moment = NOW + timedelta(minutes=number)
        try:
            advance(engine, case_id, change, seen=before[0]["version"], by="cli", now=moment)
        except (ConflictError, InvalidError):
            assert dump(engine, case_id) == before
        else:
            done += 1
            assert dump(engine, case_id)[1:-1] == before[1:]
    file = read_once(engine, read_case, case_id)
    assert replay(file.steps) == file.standing
    assert len(file.steps) == file.row.case.version == done + 1
    assert read_once(engine, log.verify).count == entries + done
    if not file.standing.is_open:
        assert file.standing.remind_on is None
    waiting = read_once(engine, read_worklist, today=TODAY, quiet_days=14)
    where = [group for group, rows in waiting.groups.items() if case_id in {row.case.id for row in rows}]
    assert len(where) == file.standing.is_open
    if file.standing.state == State.CANCELLED:
        assert not case_facts(file.steps, Subject(1, "26"))


def test_the_table_reaches_every_state_ends_in_four_and_lets_every_mistake_be_mended() -> None:
    assert set(TRANSITIONS) == set(State)
    reached, more = {State.PROPOSED}, True
    while more:
        found = reached.union(*(FORWARD[one] for one in reached))
        reached, more = found, found != reached
    assert reached == set(State)
    for state in State:
        assert not set(FORWARD[state]) & set(BACK[state])
        assert state not in TRANSITIONS[state]
    for state in (*CLOSED, State.CANCELLED):
        assert not FORWARD[state]
        assert set(BACK[state]) <= set(OPEN)
        # Whence it was closed, there it may go back.
        assert {one for one in OPEN if state in FORWARD[one]} <= set(BACK[state])
    assert {one for one in State if State.WON in TRANSITIONS[one]} == {State.INTRODUCED}


@given(state=STATES, to=STATES, reasons=st.lists(st.sampled_from(Objection), max_size=3))
def test_a_move_is_made_exactly_if_it_is_in_the_table(state: State, to: State, reasons: list[Objection]) -> None:
    standing = Standing("f", state)
    fitting = bool(reasons) if to == State.REFUSED else not reasons or to == State.LOST
    if to in TRANSITIONS[state] and fitting:
        assert apply_transition(standing, to, reasons).state == to
    else:
        with pytest.raises((ConflictError, InvalidError)):
            apply_transition(standing, to, reasons)


@given(
    state=STATES,
    remind_in=st.none() | st.integers(-30, 30),
    touched_ago=st.integers(0, 60),
    quiet=st.integers(1, 30),
    in_charge=st.booleans(),
)
def test_an_open_case_is_in_one_group_and_a_closed_one_in_none(
    state: State, remind_in: int | None, touched_ago: int, quiet: int, in_charge: bool
) -> None:
    remind_on = None if remind_in is None else TODAY + timedelta(days=remind_in)
    touched = TODAY - timedelta(days=touched_ago)
    group = group_of(Standing("f", state, remind_on), touched, today=TODAY, quiet_days=quiet, in_charge=in_charge)
    if state not in OPEN:
        assert group is None
    elif not in_charge:
        assert group == Group.NOBODY
    elif remind_in is not None:
        assert group == (Group.LATE if remind_in < 0 else Group.TODAY if remind_in == 0 else Group.LATER)
    else:
        assert group == (Group.QUIET if touched_ago > quiet else Group.LATER)


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(engine: Engine, world: Callable[[], str]) -> None:
    case_id = opened(engine, world(), account(engine))
    advance(engine, case_id, Change(to=State.CONTACTED), seen=1, by="cli", now=NOW)
    before = dump(engine, case_id)
    with pytest.raises(ConflictError, match="entre-temps"):
        advance(engine, case_id, Change(to=State.INTERESTED), seen=1, by="cli", now=NOW)
    assert dump(engine, case_id) == before


def test_taking_in_hand_twice_is_one_case_of_who_came_first(engine: Engine, world: Callable[[], str]) -> None:
    suggestion = world()
    first, second = account(engine), account(engine, "autre@exemple.invalid")
    assert opened(engine, suggestion, first) == opened(engine, suggestion, second)
    file = read_once(engine, read_case, opened(engine, suggestion, second))
    assert (file.row.case.facilitator_id, len(file.steps)) == (first, 1)


def test_a_pasted_text_an_unknown_suggestion_and_whoever_is_not_of_the_house_are_refused(
    engine: Engine, world: Callable[[], str]
) -> None:
    facilitator, suggestion = account(engine), world()
    with writing(engine) as session:
        session.add(Suggestion(id="text", actor_id=session.get_one(Suggestion, suggestion).actor_id, subject="text:1"))
    for wrong in ("text", "absent"):
        with pytest.raises(NotFoundError):
            opened(engine, wrong, facilitator)
    with writing(engine) as session:
        session.get_one(Account, facilitator).role = "partner"
    with pytest.raises(NotFoundError):
        opened(engine, suggestion, facilitator)
    with writing(engine) as session:
        session.get_one(Account, facilitator).role = "facilitator"
    accounts.disable(engine, facilitator, by="cli", now=NOW)
    with pytest.raises(NotFoundError):
        opened(engine, suggestion, facilitator)
    with reading(engine) as session:
        assert [session.exec(select(table)).all() for table in (BrokerageCase, BrokerageStep)] == [[], []]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (Change(), "rien à enregistrer"),
        (Change(to=State.REFUSED), "pourquoi"),
        (Change(reasons=[Objection.TOO_FAR], note="x"), "refus"),
        (Change(jobs=(1, 2)), "gagné"),
        (Change(remind_on=TODAY - timedelta(days=1)), "à venir"),
        (Change(remind_on=date(2099, 1, 1)), "cinq ans"),
        (Change(note="x" * 2001), "2 000"),
        (Change(to=State.WON), "cet état"),
    ],
)
def test_what_is_wrong_is_said_in_words(engine: Engine, world: Callable[[], str], change: Change, why: str) -> None:
    case_id = opened(engine, world(), account(engine))
    with pytest.raises((ConflictError, InvalidError), match=why):
        advance(engine, case_id, change, seen=1, by="cli", now=NOW)


def test_jobs_of_a_success_are_kept_mended_and_go_when_it_turns_out_to_be_none(
    engine: Engine, world: Callable[[], str]
) -> None:
    case_id = opened(engine, world(), account(engine))
    go(engine, case_id, State.CONTACTED, State.INTRODUCED)
    advance(engine, case_id, Change(to=State.WON, jobs=(2, None)), seen=3, by="cli", now=NOW)
    advance(engine, case_id, Change(jobs=(2, 5)), seen=4, by="cli", now=NOW)
    standing = read_once(engine, read_case, case_id).standing
    assert (standing.jobs_created, standing.jobs_kept) == (2, 5)
    go(engine, case_id, State.INTRODUCED)
    standing = read_once(engine, read_case, case_id).standing
    assert (standing.jobs_created, standing.jobs_kept) == (None, None)


def test_an_interested_answer_waits_until_it_is_heeded_and_again_when_a_later_one_comes(
    engine: Engine, world: Callable[[], str]
) -> None:
    suggestion, facilitator = world(), account(engine)
    with writing(engine) as session:
        session.add(Partner(id="p", email="p@exemple.invalid", status="active"))

    def waiting() -> list[tuple[str, bool]]:
        answers = read_once(engine, read_worklist, today=TODAY, quiet_days=14, facilitator_id=facilitator).answers
        assert read_once(engine, count_worklist, facilitator, today=TODAY, quiet_days=14) == len(answers)
        return [(one.rating.suggestion_id, one.case is not None) for one in answers]

    rate(engine, "p", suggestion, interest=0, now=NOW)
    assert waiting() == []
    rate(engine, "p", suggestion, interest=1, now=NOW + timedelta(minutes=1))
    assert waiting() == [(suggestion, False)]
    case_id = open_case(engine, suggestion, facilitator, by="cli", now=NOW + timedelta(minutes=2))
    assert waiting() == []
    go(engine, case_id, State.REFUSED, now=NOW + timedelta(minutes=3))
    rate(engine, "p", suggestion, interest=3, now=NOW + timedelta(minutes=4))
    assert waiting() == [(suggestion, True)]
    note = Change(note="Rappelé")
    advance(engine, case_id, note, seen=2, by="cli", now=NOW + timedelta(minutes=5))
    assert waiting() == []


@pytest.mark.slow
@many
@given(st.lists(st.tuples(st.integers(0, 1), st.none() | st.integers(-3, 3), st.integers(0, 20)), max_size=6))
def test_the_count_in_the_menu_is_the_length_of_one_s_list_but_for_later(
    engine: Engine, world: Callable[[], str], drawn: list[tuple[int, int | None, int]]
) -> None:
    emails = ("un@exemple.invalid", "deux@exemple.invalid")
    try:
        people = [accounts.find_account(engine, email).id for email in emails]
    except NotFoundError:
        people = [account(engine, email) for email in emails]
    for person, remind_in, ago in drawn:
        case_id = opened(engine, world(), people[person])
        with writing(engine) as session:
            case = session.get_one(BrokerageCase, case_id)
            case.remind_on = None if remind_in is None else TODAY + timedelta(days=remind_in)
            case.touched_at = NOW - timedelta(days=ago, hours=9)
    whole = read_once(engine, read_worklist, today=TODAY, quiet_days=7)
    for person in people:
        found = read_once(engine, read_worklist, today=TODAY, quiet_days=7, facilitator_id=person)
        pressing = sum(len(rows) for group, rows in found.groups.items() if group != Group.LATER)
        assert read_once(engine, count_worklist, person, today=TODAY, quiet_days=7) == pressing
        for group, rows in whole.groups.items():
            own = [row.case.id for row in rows if row.case.facilitator_id == person]
            assert [row.case.id for row in found.groups[group]] == own
            assert found.waiting.get((person, group), 0) == whole.waiting.get((person, group), 0) == len(own)


def test_a_case_whose_facilitator_is_gone_waits_for_somebody(engine: Engine, world: Callable[[], str]) -> None:
    gone, other = account(engine), account(engine, "autre@exemple.invalid")
    case_id = opened(engine, world(), gone)
    told = personal_data.export_person(engine, SIGNER, "anim@exemple.invalid", by="cli", now=NOW)["account"]
    mark = Marks.of(SIGNER, gone).make_single(case_id)
    assert [one["id"] for one in told["cases"]] == [mark]
    assert [one["case_id"] for one in told["steps"]] == [mark]
    with writing(engine) as session:
        session.get_one(Account, gone).role = "partner"

    def nobody() -> list[str]:
        found = read_once(engine, read_worklist, today=TODAY, quiet_days=14, facilitator_id=other)
        assert read_once(engine, count_worklist, other, today=TODAY, quiet_days=14) == 1
        return [row.case.id for row in found.groups[Group.NOBODY]]

    assert nobody() == [case_id]
    with writing(engine) as session:
        session.get_one(Account, gone).role = "facilitator"
    accounts.disable(engine, gone, by="cli", now=NOW)
    assert nobody() == [case_id]
    personal_data.erase_person(engine, "anim@exemple.invalid", by="cli", now=NOW)
    assert nobody() == [case_id]
    file = read_once(engine, read_case, case_id)
    assert file.row.case.facilitator_id is None
    advance(engine, case_id, Change(facilitator_id=other), seen=1, by="cli", now=NOW)
    assert read_once(engine, read_case, case_id).row.case.facilitator_id == other


def test_every_change_is_in_the_journal_without_a_word_of_the_note(engine: Engine, world: Callable[[], str]) -> None:
    case_id = opened(engine, world(), facilitator := account(engine))
    change = Change(to=State.CONTACTED, note="Canari a dit oui")
    advance(engine, case_id, change, seen=1, by=f"account:{facilitator}", now=NOW)
    advance(engine, case_id, Change(note="Canari rappelle"), seen=2, by=f"account:{facilitator}", now=NOW)
    entries = read_once(engine, log.journal_page, limit=3)[::-1]
    assert [(one.action, one.object_id, one.actor) for one in entries] == [
        (f"case.{act}", case_id, f"account:{facilitator}") for act in ("opened", "moved", "noted")
    ]
    assert "anari" not in repr([one.model_dump() for one in entries])


def test_history_of_a_pair_that_does_not_hold_together_is_not_believed(
    engine: Engine, world: Callable[[], str]
) -> None:
    case_id = opened(engine, world(), account(engine))
    go(engine, case_id, State.CONTACTED, State.INTERESTED, State.INTRODUCED)
    steps = list(read_once(engine, read_case, case_id).steps)
    replay(steps)
    for wrong in (steps[1:], steps[:1] + steps[2:], [], [*steps, steps[-1]]):
        with pytest.raises(ValueError, match=r"step|case"):
            replay(wrong)
    assert read_once(engine, case_history.history, opportunity_id="absent") == []


def test_of_those_who_change_a_case_at_once_one_is_first_and_the_others_are_told(
    engine: Engine, world: Callable[[], str]
) -> None:
    case_id = opened(engine, world(), account(engine))

    def attempt(number: int) -> bool:
        try:
            advance(engine, case_id, Change(note=f"note {number}"), seen=1, by="cli", now=NOW)
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(8))) == 1
    assert len(read_once(engine, read_case, case_id).steps) == 2


def test_of_those_who_take_a_suggestion_in_hand_at_once_all_see_the_one_case(
    engine: Engine, world: Callable[[], str]
) -> None:
    suggestion, facilitator = world(), account(engine)
    with ThreadPoolExecutor(8) as pool:
        (case_id,) = set(pool.map(lambda _: opened(engine, suggestion, facilitator), range(8)))
    assert len(read_once(engine, read_case, case_id).steps) == 1
