"""All lines that were ever told of a case fit, together, ten establishments."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.confidentiality.facts import Facts, step_values
from api.confidentiality.teaser import Teasers
from tests.support.proof_share import examples
from tests.support.told_over_time import (
    HOME,
    NAMES,
    Moment,
    at_least_ten_fit_all_lines,
    random_facts,
    random_histories,
    row,
    tell,
)


@pytest.mark.slow
@settings(deadline=None, max_examples=examples(300))
@given(random_facts(), random_histories())
def test_all_lines_of_a_case_fit_ten_together_however_the_desk_grows_and_the_case_changes(
    case: Facts, moments: list[Moment]
) -> None:
    at_least_ten_fit_all_lines(case, moments)


@pytest.mark.slow
@settings(deadline=None, max_examples=examples(150))
@given(random_facts(), random_facts(), random_histories())
def test_what_was_not_told_changes_no_line_at_any_time(case: Facts, other: Facts, moments: list[Moment]) -> None:
    """Two cases that are in the same cells read the same at all times: what holds a line back is no secret."""
    unedited = [Moment(moment.arrivals, None, moment.shown) for moment in moments]
    lines, other_lines = ([telling.line for telling in tell(facts, unedited)[0]] for facts in (case, other))
    if lines[-1].cell.holds(step_values(other)) and Facts(*other).department == case.department:
        assert lines == other_lines


@pytest.mark.slow
@settings(deadline=None, max_examples=examples(150))
@given(random_facts(), random_histories(), st.integers(1, 3))
def test_nothing_new_is_told_while_nothing_public_changes(case: Facts, moments: list[Moment], times: int) -> None:
    tellings, _ = tell(case, [*moments, *([Moment((), None, shown=True)] * (times + 1))])
    assert {telling.line for telling in tellings[-times:]} == {tellings[-1].line}


def test_a_line_becomes_finer_where_all_its_lines_still_fit_ten() -> None:
    bakers, joiners, gardeners = ([Facts(naf, "26362", "26", 4)] * 12 for naf in ("10.71C", "43.32A", "81.30Z"))
    moments = [Moment((*(row(n, facts) for n, facts in enumerate(bakers)),), None, shown=True)]
    moments.append(Moment((*(row(100 + n, facts) for n, facts in enumerate(joiners + gardeners)),), None, shown=True))
    tellings, _ = tell(joiners[0], moments)
    assert [telling.line.number for telling in tellings] == [1, 2]
    assert "activité non précisée" in tellings[0].line.text
    assert "bâtiment et travaux publics" in tellings[1].line.text


def test_an_edit_leaves_the_line_and_says_so_to_the_house() -> None:
    masons, bakers = [Facts("43.99C", "26362", "26", 12)] * 30, [Facts("10.71C", "26362", "26", 4)] * 30
    teasers = Teasers([row(n, facts) for n, facts in enumerate(masons + bakers)], HOME)
    before = teasers.of(masons[0], NAMES)
    after = teasers.of(bakers[0], NAMES, before.line)
    assert before.faithful
    assert after.text == before.text != teasers.of(bakers[0], NAMES).text
    assert not after.faithful
