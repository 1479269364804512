"""What is asked of the tables where one row changed does not grow with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text, update
from sqlmodel import col

from api.core.settings import HOME_DEPARTMENTS
from api.matching.desk import Desk
from models.database import reading, writing
from models.tables import Actor, Opportunity
from tests.matching.test_following import an_actor, begin
from tests.support.databases import heard_statements
from tests.support.night_world import ToyEncoder, small

# Tables of one row, or of few whatever the desk: SQLite walks through these.
FEW = {"change_counter", "weights"}


@pytest.mark.sqlite_only
@pytest.mark.parametrize("table", [Actor, Opportunity])
def test_no_question_about_a_changed_row_walks_a_table(engine: Engine, table: type[Actor | Opportunity]) -> None:
    """`EXPLAIN QUERY PLAN` says « SCAN » of a table that is read whole (https://sqlite.org/eqp.html)."""
    begin(small(engine))
    with writing(engine) as session:
        session.add(an_actor("a0", siret=None))
        session.add(
            Opportunity(
                id="o0",
                natural_key="o0",
                content_hash="",
                source="s",
                source_id="o0",
                naf=[],
                kind="market",
                title="tonte",
            )
        )
    desk = Desk(engine, ToyEncoder(), HOME_DEPARTMENTS)
    before = desk.snapshot()
    name = {Actor: "name", Opportunity: "title"}[table]
    with writing(engine) as session:
        session.execute(update(table).where(col(table.id).in_(["a0", "o0"])).values({name: "élagage"}))
    with heard_statements(engine, ("SELECT",)) as asked:
        assert desk.snapshot() is not before
    assert asked
    with reading(engine) as session:
        connection = session.connection()
        plans = {
            f"{step.detail} ← {question}"
            for question in asked
            for step in _plan(connection, question)
            if step.detail.startswith("SCAN ") and step.detail.split()[1] not in FEW
        }
    assert not plans


def test_the_plan_of_a_walk_says_so(engine: Engine) -> None:
    """The words that the test above looks for are those of this SQLite."""
    with reading(engine) as session:
        plan = session.execute(text("EXPLAIN QUERY PLAN SELECT count(*) FROM actors WHERE name = 'x'")).all()
    assert any(step.detail.startswith("SCAN ") for step in plan)


def _plan(connection: Connection, question: str) -> Sequence[Any]:
    """Return the steps of a question, whatever its values: the plan is made without them."""
    return connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {question}", (None,) * question.count("?")).all()
