"""Several who write at once: each decides by what the others have written, on either database."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from api.catalogue import record_changes
from api.catalogue.schemas import ActorIn
from api.core.errors import ChangedMeanwhileError
from models.database import open_database, reading
from models.row_history import RowEdit
from models.tables import Actor
from tests.support.databases import url_of

SCALARS = {"headcount": 12, "website": "https://exemple.invalid", "turnover_eur": 5000, "radius_km": 12.5}


@pytest.fixture
def processes(database: Path) -> list[Engine]:
    """As several processes have it: each its own engine, hence its own queue."""
    return [open_database(url_of(database)) for _ in range(4)]


def at_once(processes: list[Engine], acts: list[Callable[[Engine], object]]) -> Counter[str]:
    """Run each act in a process of its own; return how often each ended how."""

    def ended(engine: Engine, act: Callable[[Engine], object]) -> str:
        try:
            act(engine)
        except ChangedMeanwhileError:
            return "told to look again"
        return "done"

    with ThreadPoolExecutor(len(processes)) as pool:
        told = Counter(pool.map(ended, processes, acts))
    for engine in processes:
        engine.dispose()
    return told


def test_who_changes_other_fields_at_once_takes_nobody_s_away(engine: Engine, processes: list[Engine]) -> None:
    actor_id = record_changes.create_actor(engine, ActorIn(source_id="1", name="Les Jardins", kind="scop"))
    edits = [{name: value} for name, value in SCALARS.items()]
    told = at_once(
        processes,
        [lambda one, edit=edit: record_changes.change_actor(one, actor_id, edit) for edit in edits],  # type: ignore[misc]
    )
    assert told == {"done": 4}
    with reading(engine) as session:
        row = session.get_one(Actor, actor_id)
        assert {name: getattr(row, name) for name in SCALARS} == SCALARS
        assert len(session.exec(select(RowEdit).where(RowEdit.row_id == actor_id)).all()) == 5


def test_of_many_who_saw_the_same_one_changes_it_and_the_others_look_again(
    engine: Engine, processes: list[Engine]
) -> None:
    actor_id = record_changes.create_actor(engine, ActorIn(source_id="1", name="Les Jardins", kind="scop"))
    with reading(engine) as session:
        seen = session.get_one(Actor, actor_id).content_hash
    acts = [
        lambda one, number=number: record_changes.change_actor(one, actor_id, {"headcount": number}, seen=seen)  # type: ignore[misc]
        for number in range(4)
    ]
    assert at_once(processes, acts) == {"done": 1, "told to look again": 3}
