"""Coverage is recorded with each reading, and a field that falls against the source's own past is reported."""

from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import select

from api.demo.fake_services import Served
from api.night.wording import stage_lines
from api.open_data.coverage.falls import chance_of, sudden_falls
from api.open_data.coverage.tally import Coverage, joined
from api.open_data.freshness import source_states
from models.database import reading
from models.open_data import SyncRun
from tests.support.notices import NOW, notice, options, read

COUNTS = st.integers(0, 400).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total)).map(list))
COVERAGES = st.dictionaries(
    st.sampled_from(["FNSimple", "MAPA"]), st.dictionaries(st.sampled_from(["cpv", "deadline"]), COUNTS, max_size=2)
)


def national(number: int, **fields: Any) -> dict[str, Any]:
    return notice(number, 1 + number % 20, donnees='{"FNSimple": {"initial": {}}}', **fields)


def coverages(engine: Engine) -> list[Coverage]:
    with reading(engine) as session:
        return [row.coverage for row in session.exec(select(SyncRun).order_by("number")).all()]


def test_a_reading_notes_of_how_many_records_each_field_was_read(engine: Engine, service: Served) -> None:
    service.records["boamp"] = [national(number, datelimitereponse=None) for number in range(3)]
    service.records["boamp"] += [national(number) for number in range(3, 120)]
    service.records["boamp"] += [
        notice(200, nature="ANNULATION", annonce_lie=["26-100003"], donnees='{"FNSimple": {}}')
    ]
    read(engine, service)
    (coverage,) = coverages(engine)
    assert coverage["FNSimple"]["deadline"] == [117, 120]
    assert coverage["FNSimple"]["reserved"] == [0, 120]
    assert coverage["annulation, national"] == {"closed_on": [1, 1], "linked": [1, 1]}


def test_a_field_that_is_renamed_is_reported_by_the_reading_the_night_and_the_state(
    engine: Engine, service: Served
) -> None:
    service.records["boamp"] = [national(number) for number in range(100)]
    assert read(engine, service)["boamp"].falls == []
    moved = {"datelimitereponse": None, "date_limite": "2026-12-15T12:00:00+01:00"}
    service.records["boamp"] += [national(number, **moved) for number in range(100, 140)]
    report = read(engine, service)["boamp"]
    (fall,) = report.falls
    assert (fall.form, fall.field, fall.n_read, fall.n_records, fall.before) == ("FNSimple", "deadline", 0, 40, 1.0)
    content = {"sources": 1, "counts": report.counts, "failed": {}, "falls": [asdict(fall)], "seconds": 1.0}
    line = stage_lines({"stages": {"refresh": content}})[0][1]
    assert "BOAMP, FNSimple : « date limite » n’est lu que 0 fois sur 40" in line
    with reading(engine) as session:
        (state,) = [found for found in source_states(session, options(service), NOW) if found.name == "boamp"]
    assert list(state.falls) == [fall]
    # Read again, nothing is new: there is nothing to compare.
    assert read(engine, service)["boamp"].falls == []


def test_a_night_of_before_this_is_still_worded() -> None:
    content = {"sources": 1, "counts": {"records": 1}, "failed": {}, "seconds": 1.0}
    assert stage_lines({"stages": {"refresh": content}})[0][1].startswith("1\N{NO-BREAK SPACE}source ;")


@given(coverage=COVERAGES, past=COVERAGES)
def test_only_a_lower_share_falls_and_the_same_share_never_does(coverage: Coverage, past: Coverage) -> None:
    for fall in sudden_falls("boamp", coverage, past):
        assert fall.n_read / fall.n_records <= 0.75 * fall.before
        n_read, n_records = past[fall.form][fall.field]
        assert fall.before == n_read / n_records
    assert sudden_falls("boamp", past, past) == []


@given(first=COVERAGES, second=COVERAGES, third=COVERAGES)
def test_coverages_are_joined_in_any_order(first: Coverage, second: Coverage, third: Coverage) -> None:
    assert joined([first, second, third]) == joined([joined([third, first]), second])


@pytest.mark.parametrize(
    ("now", "before", "falls"),
    [
        ([0, 3], [200, 200], True),
        ([0, 1], [200, 200], False),  # one notice without a deadline
        ([7, 10], [980, 1000], False),
        ([20, 40], [980, 1000], True),
        ([0, 20], [50, 1000], False),  # rare: twenty without it say nothing
        ([0, 200], [60, 1000], True),
        ([0, 40], [20, 20], False),  # too short a past
    ],
)
def test_what_is_a_sudden_fall(now: list[int], before: list[int], falls: bool) -> None:
    found = sudden_falls("boamp", {"MAPA": {"cpv": now}}, {"MAPA": {"cpv": before}})
    assert bool(found) is falls


@given(n_records=st.integers(1, 300), share=st.floats(0.01, 0.99))
def test_the_chance_of_at_most_all_records_is_one(n_records: int, share: float) -> None:
    assert chance_of(n_records, n_records, share) == pytest.approx(1.0)
    assert chance_of(0, n_records, share) == pytest.approx((1 - share) ** n_records)
