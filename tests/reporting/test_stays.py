"""How long cases stay at each stage: corrections take nothing into account, and a funnel only narrows."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from api.brokerage.transitions import TRANSITIONS, State
from api.reporting.case_stages import ORDER, case_stages
from api.reporting.stays import Move, Stay, stage_figures, stays_of
from models.tables import BrokerageStep

SINCE, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)


def on(day: int) -> datetime:
    return SINCE + timedelta(days=day)


@st.composite
def cases(draw: st.DrawFn) -> Sequence[BrokerageStep]:
    """Draw the steps of a case, each a move of the table of transitions."""
    moment = on(draw(st.integers(-300, 300)))
    steps = [BrokerageStep(case_id="c", number=1, at=moment, by="cli", to_state=State.PROPOSED.value)]
    for number in range(2, draw(st.integers(2, 9))):
        former = State(steps[-1].to_state)
        if not TRANSITIONS[former]:
            break
        moment += timedelta(hours=draw(st.integers(1, 2000)))
        state = draw(st.sampled_from(TRANSITIONS[former]))
        steps.append(
            BrokerageStep(
                case_id="c", number=number, at=moment, by="cli", from_state=former.value, to_state=state.value
            )
        )
    return steps


@given(st.lists(cases(), max_size=8))
def test_a_funnel_only_narrows_and_holds_each_case_at_most_once(drawn: list[Sequence[BrokerageStep]]) -> None:
    for table in case_stages([(1, steps) for steps in drawn], SINCE, UNTIL):
        reached = [figures.reached for figures in table.stages]
        assert reached == sorted(reached, reverse=True)
        assert sum(figures.standing for figures in table.stages) <= table.cases <= len(drawn)
        for figures in table.stages:
            assert figures.standing <= figures.reached
            assert (figures.median_days is None) == (figures.left == 0)
            assert figures.median_days is None or figures.median_days >= 0


@given(cases())
def test_a_case_is_where_its_last_step_left_it(steps: Sequence[BrokerageStep]) -> None:
    last = State(steps[-1].to_state)
    if steps[-1].at >= UNTIL or last not in ORDER or (last == State.WON and steps[-1].at < SINCE):
        return
    (table,) = case_stages([(2, steps)], SINCE, UNTIL)
    assert [figures.stage for figures in table.stages if figures.standing] == [last]


def test_what_a_correction_takes_back_never_was() -> None:
    """The stay that a mistake ended goes on as if nothing had happened."""
    moves = [Move(on(3), "b"), Move(on(4), "a", is_correction=True), Move(on(10), "b"), Move(on(11), "c")]
    assert stays_of(Stay("a", on(0)), moves) == [Stay("a", on(0), on(10)), Stay("b", on(10), on(11)), Stay("c", on(11))]


def test_going_back_in_earnest_is_a_stay_of_its_own() -> None:
    moves = [Move(on(3), "b"), Move(on(5), "a"), Move(on(6), "a")]
    assert stays_of(Stay("a", on(0)), moves) == [Stay("a", on(0), on(3)), Stay("b", on(3), on(5)), Stay("a", on(5))]


def test_delays_are_of_stays_that_ended_in_the_period_and_whose_beginning_is_known() -> None:
    stays = [
        [Stay("a", on(-20), on(10)), Stay("b", on(10), on(14)), Stay("c", on(14))],
        [Stay("a", None, on(2)), Stay("b", on(2), on(12)), Stay("lost", on(12))],
        # Ended before the period, or still going on.
        [Stay("a", on(-9), on(-1)), Stay("c", on(-1))],
        [Stay("a", on(1))],
    ]
    first, second, end = stage_figures(stays, "abc", {"c"}, SINCE, UNTIL)
    assert (first.reached, first.standing, first.left, first.median_days) == (3, 1, 1, 30)
    assert (second.reached, second.standing, second.left, second.median_days) == (2, 0, 2, 7)
    assert (end.reached, end.standing, end.left, end.median_days) == (1, 1, 0, None)
