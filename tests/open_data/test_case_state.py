"""The state of a takeover case is a pure fold over its notices that stand."""

import random
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.open_data.case_state import CaseState, fold_case, standing_notices
from api.open_data.sources import bodacc
from api.open_data.sources.contract import CaseNotice, CaseStep, OpportunityFound
from tests.support.case_notices import random_case

STEPS = ("opening", "conversion", "sold", "sale", "plan", "insufficient_assets", "debts_paid", "closed", "ended", None)


def told(number: int, step: Any = "opening", amendment: Any = None, amends: int | None = None) -> CaseNotice:
    reference = f"A{100 + amends}" if amends else None
    return CaseNotice(f"A{100 + number}", date(2026, 1, 1) + timedelta(number), step, amendment, reference)


def state(*notices: CaseNotice) -> CaseState:
    """Fold notices of which each opening says its own number, and a field of its own."""
    values = {one.reference: {"number": one.reference, f"only {one.reference}": True} for one in notices}
    return fold_case(notices, values)


def seen(*notices: CaseNotice) -> tuple[str | None, str | None]:
    found = state(*notices)
    return found.status, found.outcome


@pytest.mark.parametrize(
    ("step", "status"),
    [
        ("sold", "closed"),
        ("sale", "closed"),
        ("insufficient_assets", "closed"),
        ("debts_paid", "closed"),
        ("closed", "closed"),
        ("plan", "cancelled"),
        ("ended", "cancelled"),
    ],
)
def test_a_case_says_how_it_ended(step: str, status: str) -> None:
    assert seen(told(1), told(2, step)) == (status, step)


def test_the_annulment_of_a_closing_opens_the_case_again() -> None:
    notices = [told(1), told(2, "insufficient_assets"), told(3, "insufficient_assets", "annuls", 2)]
    assert [seen(*notices[:count])[0] for count in (1, 2, 3)] == ["open", "closed", "open"]


def test_an_annulment_that_names_nothing_annuls_the_last_that_did_the_same() -> None:
    assert seen(told(1), told(2, "debts_paid"), told(3, "debts_paid", "annuls")) == ("open", None)
    assert seen(told(1), told(2, "conversion"), told(3, "conversion", "annuls")) == ("open", None)
    assert seen(told(1), told(2, None, "annuls")) == ("open", None)


def test_a_case_whose_only_opening_is_annulled_or_retracted_is_cancelled() -> None:
    assert seen(told(1), told(2, "opening", "annuls", 1)) == ("cancelled", "withdrawn")
    assert seen(told(1), told(2, "withdrawn", "annuls")) == ("cancelled", "withdrawn")
    assert seen(told(1), told(2, None, "replaces", 1)) == ("cancelled", "withdrawn")


def test_the_retraction_of_a_conversion_leaves_the_procedure_that_was_converted() -> None:
    found = state(told(1), told(2, "conversion"), told(3, "withdrawn", "annuls"))
    assert (found.status, found.values["number"], found.values["only A102"]) == ("open", "A101", None)


def test_a_rectification_takes_the_place_and_the_date_of_what_it_rectifies() -> None:
    """Published after the closing, the corrected opening does not open the case again."""
    found = state(told(1), told(2, "insufficient_assets"), told(3, "opening", "replaces", 1))
    assert (found.status, found.values["number"]) == ("closed", "A103")
    assert seen(told(1), told(2, "debts_paid"), told(3, "sold", "replaces", 2)) == ("closed", "sold")


def test_a_rectification_of_a_notice_that_was_never_read_stands_at_its_date() -> None:
    opening = CaseNotice("A109", date(2026, 3, 1), "opening", "replaces", "A050", date(2026, 1, 1))
    assert seen(told(2, "debts_paid"), opening) == ("closed", "debts_paid")


def test_an_amendment_that_is_annulled_has_no_effect() -> None:
    closing, annulment = told(2, "closed"), told(3, "closed", "annuls", 2)
    assert seen(told(1), closing, annulment, told(4, None, "annuls", 3)) == ("closed", "closed")
    rectified = told(2, None, "replaces", 1)
    assert seen(told(1), rectified, told(3, None, "annuls", 2)) == ("open", None)


def test_an_annulment_takes_away_the_rectifications_of_what_it_annuls() -> None:
    assert seen(told(1), told(2, "opening", "replaces", 1), told(3, "opening", "annuls", 1))[0] == "cancelled"
    assert seen(told(1), told(2, "opening", "replaces", 1), told(3, "opening", "annuls"))[0] == "cancelled"


def test_a_business_that_was_sold_is_not_for_sale_again_when_what_is_left_is_liquidated() -> None:
    notices = [told(1), told(2, "sold"), told(3, "conversion"), told(4, "insufficient_assets")]
    assert seen(*notices[:3]) == seen(*notices) == ("closed", "sold")
    assert seen(*notices, told(5, "opening")) == ("open", None)


def test_a_sale_of_before_the_case_does_not_end_it() -> None:
    assert seen(told(1, "sale"), told(2, "conversion")) == ("open", None)
    assert seen(told(1, "opening"), told(2, "sale"), told(3, "conversion")) == ("closed", "sale")
    assert seen(told(1, "sale"), told(2, "debts_paid")) == ("closed", "debts_paid")


def test_without_an_opening_there_is_no_case() -> None:
    assert not state(told(1, "insufficient_assets")).opened
    assert not state(told(1, "opening", "annuls", 9)).opened
    assert seen(told(1, "opening", "annuls", 9)) == ("cancelled", "withdrawn")
    assert seen(told(1, "debts_paid", "annuls", 9)) == ("open", None)
    assert seen(told(1, None)) == seen(told(1, None, "annuls", 9)) == (None, None), "of an older case it says nothing"


@given(seed=st.integers(0, 10**6), count=st.integers(1, 9), order=st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(seed: int, count: int, order: random.Random) -> None:
    facts = [fact for record in random_case(random.Random(seed), count) for fact in bodacc.read(record, date.today())]
    notices = [fact.notice for fact in facts if isinstance(fact, OpportunityFound | CaseStep) and fact.notice]
    if notices:
        shuffled = order.sample(notices, len(notices))
        assert state(*shuffled) == state(*notices)
        assert standing_notices(shuffled) == standing_notices(notices)


@given(st.lists(st.tuples(st.sampled_from(STEPS), st.sampled_from((None, "replaces", "annuls")), st.integers(0, 9))))
def test_a_notice_stands_unless_one_that_stands_names_it(drawn: list[tuple[Any, Any, int]]) -> None:
    notices = [
        told(number, step, amendment, amends if amendment and amends < number else None)
        for number, (step, amendment, amends) in enumerate(drawn, 1)
    ]
    standing = standing_notices(notices)
    named = {one.amends for one in standing if one.amendment}
    assert not named & {one.reference for one in standing}
    if not any(one.amendment == "annuls" or (one.amendment and not one.amends) for one in notices):
        assert {one.reference for one in notices} - {one.reference for one in standing} <= named
