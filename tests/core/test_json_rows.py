"""What is written as a line of JSON is read the same, down to the types of numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.core.json_rows import JsonRows
from matcher.types import Actor, ActorKind, FinanceProduct, Opportunity, Point
from tests.support.proof_share import examples

numbers = st.integers() | st.floats(allow_nan=False)
products = st.builds(FinanceProduct, st.text(), st.none() | numbers, st.none() | st.integers())
points = st.builds(Point, numbers, numbers, st.booleans())
members: st.SearchStrategy[Actor] = st.builds(Actor, st.text(), st.sampled_from(ActorKind), name=st.text())
actors = st.builds(
    Actor,
    point=st.none() | points,
    headcount=st.none() | numbers,
    products=st.tuples(products),
    members=st.tuples(members),
)


opportunities = st.builds(
    Opportunity, point=st.none() | points, amount_eur=st.none() | numbers, headcount=st.none() | numbers
)


@settings(max_examples=examples(60), deadline=None)
@given(actors | opportunities)
def test_what_was_written_is_read(value: Actor | Opportunity) -> None:
    """Also what needs care: whole numbers where others may stand, days, enumerations, sets, actors within an actor."""
    rows: JsonRows[Any] = JsonRows(type(value))
    read = rows.loads(rows.dumps(value))
    assert read == value
    assert type(read.headcount) is type(value.headcount)
    # The same line, whatever order a set has in this process.
    assert rows.dumps(read) == rows.dumps(value)


def test_what_json_has_no_value_for_is_refused() -> None:
    @dataclass
    class Odd:
        value: complex

    with pytest.raises(TypeError):
        JsonRows(Odd).dumps(Odd(1j))
