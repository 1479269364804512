"""A need that was set aside comes back as it was understood, to the bit."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from api.understanding.drafts import STORED_DRAFT, Draft, UnwrittenDrafts
from api.understanding.need import Need, NeedLot, NeedPlace, Span, TakeoverFacts, UnderstoodNeed
from matcher.types import Point

FINITE = st.floats(allow_nan=False, allow_infinity=False)
AMOUNTS = st.none() | FINITE
PLACES = st.builds(
    NeedPlace,
    department=st.none() | st.text(max_size=3),
    commune=st.none() | st.text(max_size=5),
    point=st.none() | st.builds(Point, FINITE, FINITE, st.booleans()),
)
LOTS = st.builds(NeedLot, cpv=..., amount_eur=AMOUNTS, reserved=..., place=st.none() | PLACES)
NEEDS = st.builds(
    Need,
    lots=st.lists(LOTS, max_size=3).map(tuple),
    place=st.none() | PLACES,
    other_places=st.lists(PLACES, max_size=2).map(tuple),
    amount_eur=AMOUNTS,
    deadline=...,
    reserved=...,
    social_clause=...,
    takeover=st.none() | st.builds(TakeoverFacts, cause=..., turnover_eur=AMOUNTS, price_eur=AMOUNTS),
)
SPANS = st.dictionaries(st.text(max_size=9), st.builds(Span, st.integers(0, 99), st.integers(0, 99)), max_size=3)


@settings(deadline=None)
@given(st.builds(Draft, st.builds(UnderstoodNeed, NEEDS, st.text(), SPANS), st.text(), st.text()))
def test_what_is_stored_is_what_is_read(draft: Draft) -> None:
    assert STORED_DRAFT.validate_json(STORED_DRAFT.dump_json(draft)) == draft


def test_what_a_process_holds_by_itself_is_its_owners_for_an_hour_and_then_nowhere() -> None:
    now = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
    draft = Draft(UnderstoodNeed(Need("market", "Tonte"), "tonte", {}), "r")
    held = UnwrittenDrafts()
    held.hold("camille", "jeton", draft, now)
    assert held.find("camille", "jeton", now + timedelta(minutes=59)) == draft
    assert held.find("noe", "jeton", now) is None
    assert held.find("noe", "autre", now + timedelta(hours=1)) is None
    assert not held._held
