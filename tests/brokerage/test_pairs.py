"""Cases opened by hand or with a group: all or none, one unit of work, and marked as such."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from api.brokerage.cases import Origin
from api.brokerage.pairs import Pair, open_pairs
from api.core.errors import InvalidError, NotFoundError
from models.database import reading, writing
from models.tables import Actor, BrokerageCase, Impression, Opportunity, Suggestion
from tests.brokerage.test_brokerage_cases import NOW, account, world  # noqa: F401 (a fixture)
from tests.support.night_world import add_actor, add_need

pytestmark = pytest.mark.slow


def cases(engine: Engine) -> dict[str, str]:
    """Return the actor and the origin of each case."""
    with reading(engine) as session:
        question = select(Suggestion, BrokerageCase).join(BrokerageCase)
        return {suggestion.actor_id or "": case.origin for suggestion, case in session.exec(question)}


def test_a_group_opens_its_cases_at_once_and_leaves_alone_what_is_open(
    engine: Engine,
    world: Callable[[], str],  # noqa: F811, ARG001
) -> None:
    facilitator, need = account(engine), add_need(engine, 7)
    actors = [add_actor(engine, number) for number in (21, 22, 23)]
    alone = open_pairs(engine, [Pair(actors[0], need)], facilitator, origin=Origin.BY_HAND, by="cli", now=NOW)
    opened = open_pairs(
        engine,
        [Pair(actor, need) for actor in (*actors, actors[1])],
        facilitator,
        origin=Origin.COALITION,
        by="cli",
        now=NOW + timedelta(minutes=1),
    )
    assert (opened.already, len(opened.opened), alone.already) == (alone.opened, 2, [])
    assert cases(engine) == {actors[0]: "by_hand", actors[1]: "coalition", actors[2]: "coalition"}
    with reading(engine) as session:
        assert session.exec(select(Impression)).all() == []


def test_one_wrong_pair_opens_none(engine: Engine, world: Callable[[], str]) -> None:  # noqa: F811, ARG001
    facilitator, need, actor = account(engine), add_need(engine, 7), add_actor(engine, 21)
    gone, past = add_actor(engine, 22), add_need(engine, 8)
    with writing(engine) as session:
        session.get_one(Actor, gone).archived_at = NOW
        session.get_one(Opportunity, past).archived_at = NOW
    absent = (Pair("absent", need), Pair(actor, "absent"), Pair(actor, need, "absent"))
    for wrong in (*absent, Pair(gone, need), Pair(actor, past)):
        with pytest.raises((NotFoundError, InvalidError)):
            open_pairs(engine, [Pair(actor, need), wrong], facilitator, origin=Origin.BY_HAND, by="cli", now=NOW)
    assert cases(engine) == {}
    with pytest.raises(InvalidError):
        open_pairs(engine, [], facilitator, origin=Origin.BY_HAND, by="cli", now=NOW)
