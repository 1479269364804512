"""A case that was opened by mistake and cancelled counts nowhere, whatever was done in it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from api.accounts import accounts
from api.brokerage import case_history, queries, worklist_queries
from api.brokerage.cases import advance, open_case
from api.brokerage.transitions import FORWARD, OPEN, State
from api.brokerage.worklist import count_worklist, read_cases, read_worklist
from api.core.errors import ConflictError, InvalidError, NotFoundError
from api.day import queries as day_queries
from api.learning import queries as learning_queries
from api.learning.ratings import rate
from api.matching.queries import times_answered
from api.reporting.yearly import read_report
from models.database import reading, writing
from models.tables import Partner, Suggestion
from tests.brokerage.test_brokerage_cases import CHANGES, NOW, TODAY, account, go, world  # noqa: F401 (a fixture)
from tests.support.proof_share import examples
from tests.support.reads import read_once

pytestmark = pytest.mark.slow

some = settings(deadline=None, max_examples=examples(16), suppress_health_check=[HealthCheck.function_scoped_fixture])


def counted(engine: Engine, suggestion_id: str, facilitator_id: str) -> dict[str, Any]:
    """Return whatever counts or lists cases."""
    with reading(engine) as session:
        suggestion = session.get_one(Suggestion, suggestion_id)
        opportunity_id, actor_id = suggestion.opportunity_id or "", suggestion.actor_id or ""
        worklist = read_worklist(session, today=TODAY, quiet_days=0)
        report = read_report(session, NOW.year, ("26", "07"))
        return {
            "report": report.cells,
            "worklist": [row.case.id for rows in worklist.groups.values() for row in rows],
            "answers": [(answer.rating.id, answer.case) for answer in worklist.answers],
            "menu": count_worklist(session, facilitator_id, today=TODAY + timedelta(days=9), quiet_days=0),
            "lists": [row.case.id for row in read_cases(session, [one for one in State if one != State.CANCELLED])],
            "in charge": case_history.in_charge(session, [opportunity_id]),
            "in hand": case_history.cases_in_hand(session, [suggestion_id]),
            "search": queries.cases_about(session, actor_ids=[actor_id], opportunity_ids=[], limit=9),
            "due": worklist_queries.due_cases(
                session, facilitator_id, TODAY + timedelta(days=99), 9, confidential=True
            ),
            "refused by all": day_queries.refused_by_all(session, TODAY, 9, confidential=True)[0],
            "refusals": [refusal.step.case_id for refusal in learning_queries.reported_refusals(session)],
            "judgments": learning_queries.current_ratings_since(session, None),
            "answered": times_answered(session, NOW - timedelta(days=1), NOW + timedelta(days=99)),
        }


@some
@given(changes=st.lists(CHANGES, max_size=8), is_rated=st.booleans())
def test_after_a_cancellation_all_that_counts_cases_is_as_before_the_opening(
    engine: Engine,
    world: Callable[[], str],  # noqa: F811
    changes: list[Any],
    is_rated: bool,
) -> None:
    try:
        facilitator = accounts.find_account(engine, "anim@exemple.invalid").id
    except NotFoundError:
        facilitator = account(engine)
    suggestion = world()
    if is_rated:
        with writing(engine) as session:
            session.merge(Partner(id="p", email="p@exemple.invalid", status="active"))
        rate(engine, "p", suggestion, interest=3, now=NOW - timedelta(hours=1))
    before = counted(engine, suggestion, facilitator)
    case_id = open_case(engine, suggestion, facilitator, by="cli", now=NOW)
    for number, change in enumerate(changes, 1):
        seen = read_once(engine, case_history.read_case, case_id).row.case.version
        try:
            advance(engine, case_id, change, seen=seen, by="cli", now=NOW + timedelta(minutes=number))
        except (ConflictError, InvalidError):
            continue
    later = NOW + timedelta(hours=1)
    state = State(read_once(engine, case_history.read_case, case_id).row.case.state)
    if state not in OPEN and state != State.CANCELLED:
        go(engine, case_id, State.INTRODUCED, now=later)
    if state != State.CANCELLED:
        go(engine, case_id, State.CANCELLED, now=later)
    assert counted(engine, suggestion, facilitator) == before


def test_every_open_case_may_be_cancelled_and_it_begins_anew_when_it_is_opened_again(
    engine: Engine,
    world: Callable[[], str],  # noqa: F811
) -> None:
    assert all(State.CANCELLED in FORWARD[state] for state in OPEN)
    suggestion, first, second = world(), account(engine), account(engine, "autre@exemple.invalid")
    case_id = open_case(engine, suggestion, first, by="cli", now=NOW)
    go(engine, case_id, State.CONTACTED, State.INTRODUCED, State.CANCELLED)
    next_year = NOW + timedelta(days=365)
    assert open_case(engine, suggestion, second, by="cli", now=next_year) == case_id
    file = read_once(engine, case_history.read_case, case_id)
    assert (file.standing.state, file.standing.facilitator_id) == (State.PROPOSED, second)
    assert case_history.replay(file.steps) == file.standing
    years = [read_once(engine, read_report, year, ("26",)).total() for year in (NOW.year, NOW.year + 1)]
    assert [(total.taken, total.introduced) for total in years] == [(0, 0), (1, 0)]
