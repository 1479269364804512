"""One act on many rows, and its undoing: each row as it was, but for those that something changed since."""

import uuid
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from api.catalogue import record_changes
from api.catalogue.bulk_acts import archive_rows, rows_of_act, set_axes, undo_act
from api.catalogue.row_history import Author, edits_of
from api.catalogue.schemas import ActorIn, LotIn, OpportunityIn
from models.base import utc_now
from models.database import reading, writing
from tests.catalogue.test_row_history import BY, content_of, undo
from tests.support.proof_share import examples

FORM = settings(max_examples=examples(8), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def actors(engine: Engine) -> list[str]:
    return [
        record_changes.create_actor(
            engine, ActorIn(source_id=str(number), name=f"Atelier {number}", kind="scop"), by=BY
        )
        for number in range(4)
    ]


@pytest.fixture
def tenders(engine: Engine) -> list[str]:
    lots = [LotIn(number="1", title="Tonte")]
    kinds: list[dict[str, Any]] = [{"lots": lots}, {"axis": 1}, {"axis": 2}, {"kind": "takeover"}]
    return [
        record_changes.create_opportunity(
            engine, OpportunityIn(source_id=str(number), title=f"Besoin {number}", **own), by=BY
        )
        for number, own in enumerate(kinds)
    ]


ROWS = st.sets(st.integers(0, 3), min_size=1)


@FORM
@given(wanted=ROWS, changed=st.sets(st.integers(0, 3)), act=st.sampled_from(["archive", "axis"]))
def test_undoing_an_act_gives_back_every_row_that_nothing_changed_since_and_no_other(
    engine: Engine, tenders: list[str], wanted: set[int], changed: set[int], act: str
) -> None:
    picked, act_id = [tenders[number] for number in sorted(wanted)], str(uuid.uuid4())
    before = {row_id: content_of(engine, "opportunities", row_id) for row_id in tenders}
    with writing(engine) as session:
        if act == "archive":
            archive_rows(session, "opportunities", picked, act_id, Author(BY, utc_now()))
        else:
            set_axes(session, picked, 3, act_id, Author(BY, utc_now()))
    with reading(engine) as session:
        written = set(rows_of_act(session, act_id, BY))
    assert {row for row in tenders if content_of(engine, "opportunities", row) != before[row]} == written <= set(picked)
    for number in changed:
        record_changes.change_opportunity(engine, tenders[number], {"title": f"Tonte {utc_now()}"}, by=BY)
    after = {row_id: content_of(engine, "opportunities", row_id) for row_id in tenders}
    with writing(engine) as session:
        returned = undo_act(session, "opportunities", act_id, BY, by=BY, now=utc_now())
    untouched = {row_id for row_id in written if tenders.index(row_id) not in changed}
    assert returned == len(untouched)
    for row_id in tenders:
        expected = before if row_id in untouched else after
        assert content_of(engine, "opportunities", row_id) == expected[row_id]


def test_each_row_of_an_act_has_its_own_history_and_can_be_undone_alone(engine: Engine, actors: list[str]) -> None:
    first, second, third, _ = actors
    with writing(engine) as session:
        assert archive_rows(session, "actors", [first, second, second, "absent"], "a", Author(BY, utc_now())) == 2
        assert archive_rows(session, "actors", [second, third], "b", Author(BY, utc_now())) == 1
    undo(engine, "actors", first)
    with reading(engine) as session:
        assert [edit.through for edit in edits_of(session, "actors", second, 10)] == ["bulk:a", ""]
        assert rows_of_act(session, "b", BY) == [third]
        assert rows_of_act(session, "a", "account:autre") == []
    with writing(engine) as session:
        assert undo_act(session, "actors", "a", BY, by=BY, now=utc_now()) == 1
    assert [bool(content_of(engine, "actors", row_id)["archived_at"]) for row_id in actors] == [
        False, False, True, False,
    ]  # fmt: skip
