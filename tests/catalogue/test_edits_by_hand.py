"""A record written by hand is on the disk before the answer."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, event

from api.catalogue import record_changes
from api.catalogue.schemas import ActorIn, OpportunityIn
from models.base import identifier

ACTOR = ActorIn(source_id="1", name="Les Jardins", kind="scop")
OPPORTUNITY = OpportunityIn(source_id="1", title="Tonte")

EDITS: dict[str, Callable[[Engine], Any]] = {
    "create_actor": lambda engine: record_changes.create_actor(engine, ACTOR.model_copy(update={"source_id": "2"})),
    "create_opportunity": lambda engine: record_changes.create_opportunity(
        engine, OPPORTUNITY.model_copy(update={"source_id": "2"})
    ),
    "change_actor": lambda engine: record_changes.change_actor(
        engine, identifier("actors", "saisie:1"), {"headcount": 12}
    ),
    "change_opportunity": lambda engine: record_changes.change_opportunity(
        engine, identifier("opportunities", "saisie:1"), {"title": "Taille"}
    ),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_by_hand_survives_a_power_cut(engine: Engine, edit: str) -> None:
    record_changes.create_actor(engine, ACTOR)
    record_changes.create_opportunity(engine, OPPORTUNITY)
    levels: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "synchronous" in statement:
            levels.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    EDITS[edit](engine)
    assert ["=FULL" in level or "'synchronous_commit', 'on'" in level for level in levels] == [True]
