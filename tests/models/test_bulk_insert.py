"""Rows inserted together are those that SQLAlchemy inserts, on both databases."""

from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col
from sqlmodel import select as model_select

from models.base import table_of
from models.bulk_insert import insert_all
from models.changes import ChangeCounter, RowChange
from models.database import reading, writing
from models.tables import Actor, RowEdit
from tests.support.schemas import is_sqlite, triggers_of

NOW = datetime(2026, 11, 30, 9, 0, 0, 123_456, tzinfo=timezone(timedelta(hours=1)))
CELLS: list[dict[str, Any]] = [
    {"activities": [], "naf": [], "seeks": ["markets"], "lat": None, "information_date": date(2026, 1, 2)},
    {"activities": ["élagage « haut »"], "naf": [{"code": "81.30Z", "nomenclature": "naf_rev2"}], "seeks": ["1"]},
    {"activities": ["élagage « haut »"], "naf": [], "seeks": [1, True, 1.0], "lat": 44.5, "confidential": True},
]


def actor(number: int, cells: dict[str, Any]) -> dict[str, Any]:
    row = {
        **{"id": f"a{number}", "natural_key": f"siret:{number}", "content_hash": "x", "source": "saisie"},
        **{"name": f"N° {number}", "kind": "scop", "activities": [], "naf": [], "seeks": [], "confidential": False},
        **{"area_departments": [], "area_communes": [], "approvals": [], "lat": None, "information_date": None},
        **{"created_at": NOW, "updated_at": NOW.astimezone(UTC)},
    }
    return row | cells


def test_inserts_what_sqlalchemy_inserts(engine: Engine) -> None:
    table, rows = table_of(Actor), [actor(number, cells) for number, cells in enumerate(CELLS)]
    stored = []
    for number, write in enumerate((lambda session: session.execute(insert(table), rows), None)):
        with writing(engine) as session:
            session.execute(table.delete())
            insert_all(session.connection(), table, rows) if write is None else write(session)
        with reading(engine) as session:
            stored.append([tuple(row) for row in session.execute(select(table).order_by(table.c.id))])
            assert len(stored[number]) == len(rows)
    assert stored[0] == stored[1]
    assert [[type(value) for value in row] for row in stored[0]] == [
        [type(value) for value in row] for row in stored[1]
    ]


def test_the_database_gives_its_own_numbers(engine: Engine) -> None:
    edits = [
        {"kind": "actors", "row_id": f"a{place}", "edited_at": NOW, "edited_by": "cli", "hash_after": "x"}
        | {"changes": {}, "lot_links": {}}
        for place in range(3)
    ]
    with writing(engine) as session:
        insert_all(session.connection(), table_of(RowEdit), edits)
    with reading(engine) as session:
        table = table_of(RowEdit)
        found = session.execute(select(table.c.row_id, table.c.through, table.c.is_new).order_by(table.c.number)).all()
    assert [tuple(row) for row in found] == [(f"a{place}", "", False) for place in range(3)]


def test_a_default_that_is_computed_is_to_be_given(engine: Engine) -> None:
    row = actor(1, {})
    del row["created_at"]
    with pytest.raises(ValueError, match="created_at"), writing(engine) as session:
        insert_all(session.connection(), table_of(Actor), [row])


@pytest.mark.parametrize("count", [2, 400])
def test_rows_are_noted_as_changed_however_many_they_are(engine: Engine, count: int) -> None:
    """And whoever writes afterwards, by whatever statement, is noted again."""
    rows = [actor(number, {}) for number in range(count)]
    with writing(engine) as session:
        before, triggers = counter_of(session), triggers_of(engine)
        insert_all(session.connection(), table_of(Actor), rows)
        session.add(Actor(**actor(count, {})))
    with writing(engine) as session:
        after = counter_of(session)
        session.add(Actor(**actor(count + 1, {})))
    with reading(engine) as session:
        question = select(RowChange.row_id).where(RowChange.subject == "actors")
        noted = session.execute(question.where(col(RowChange.counter) > before)).scalars().all()
        last = session.execute(question.where(col(RowChange.counter) > after)).scalars().all()
    assert sorted(noted) == sorted(f"a{number}" for number in range(count + 2))
    assert last == [f"a{count + 1}"]
    assert triggers_of(engine) == triggers


def test_rows_of_which_one_is_refused_leave_neither_notes_nor_a_table_that_is_not_watched(engine: Engine) -> None:
    rows = [actor(number, {}) for number in range(400)]
    with writing(engine) as session:
        before, triggers = counter_of(session), triggers_of(engine)
        # After a statement that failed, PostgreSQL goes on from a savepoint alone.
        own = nullcontext() if is_sqlite(engine) else session.begin_nested()
        with pytest.raises(IntegrityError), own:
            insert_all(session.connection(), table_of(Actor), [*rows, actor(7, {})])
        assert counter_of(session) == before
        session.add(Actor(**actor(500, {})))
    with reading(engine) as session:
        found = session.execute(select(RowChange.row_id).where(RowChange.subject == "actors")).scalars().all()
        assert found == session.execute(select(table_of(Actor).c.id)).scalars().all() == ["a500"]
    assert triggers_of(engine) == triggers


def counter_of(session: Session) -> int:
    return session.exec(model_select(ChangeCounter.value)).one()
