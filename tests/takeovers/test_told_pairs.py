"""Every good lead of a told case of the invented world reaches its partner once a facilitator proposes it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from api.core.settings import HOME_DEPARTMENTS
from api.matching.desk import Desk
from api.partner_view.building import PartnerSpaces
from api.takeovers.reach.proposals import propose
from bench.reach import told_pairs
from matcher.embedding import Encoder
from models.base import utc_now
from models.database import open_database, writing
from models.reveal import AccountActor
from models.unit_of_work import unit_of_work
from tests.support.databases import copy_database, url_of
from tests.support.night_world import SIGNER, TIES
from tests.support.options import OPTIONS
from tests.support.signed_in import open_partner

pytestmark = pytest.mark.slow


@pytest.fixture
def world(world_database: Path, tmp_path: Path) -> Iterator[Engine]:
    opened = open_database(url_of(copy_database(world_database, tmp_path / "world.db")))
    yield opened
    opened.dispose()


def test_all_of_the_frozen_pairs_reach_their_partner_by_an_act(world: Engine, encoder: Encoder) -> None:
    """74 pairs of 21 cases: good leads or better by the desk's score on the whole case, on 2026-11-29."""
    pairs = told_pairs()
    assert (len(set(pairs)), len({case_id for case_id, _ in pairs})) == (74, 21)
    first, *others = sorted({actor_id for _, actor_id in pairs})
    account = open_partner(world, "camille@example.org", first)
    with writing(world) as session:
        session.add_all(AccountActor(account_id=account, actor_id=actor_id) for actor_id in others)
    spaces = PartnerSpaces(Desk(world, encoder, HOME_DEPARTMENTS), TIES)

    def shown() -> set[tuple[str, str]]:
        with unit_of_work(world) as unit:
            space = spaces.open(unit, account, SIGNER, today=utc_now().date(), is_looked_at=False)
            return {(one.card.id, actor_id) for actor_id, own in space.proposed().items() for one in own}

    assert shown() == set()
    for case_id, actor_id in pairs:
        propose(world, case_id, actor_id, account_id="f", now=utc_now(), options=OPTIONS)
    assert shown() == set(pairs)
