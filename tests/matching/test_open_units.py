"""How an answer is made, which its time tells, follows from what everybody may see."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from api.core.settings import HOME_DEPARTMENTS
from api.matching.desk import Desk
from models.database import open_database, writing
from models.tables import Membership
from tests.matching.test_following import an_actor, begin
from tests.support.databases import copy_database, url_of
from tests.support.night_world import ToyEncoder, small


@pytest.fixture
def engine(empty_database: Path, tmp_path: Path) -> Iterator[Engine]:
    opened = open_database(url_of(copy_database(empty_database, tmp_path / "own.db")))
    yield small(opened)
    opened.dispose()


def test_what_is_confidential_does_not_count(engine: Engine) -> None:
    """Neither alone, nor among the members of a network, nor as a network with members that are public."""
    begin(engine)
    served = Desk(engine, ToyEncoder(), HOME_DEPARTMENTS)
    before = served.snapshot()
    assert before.matcher.open_units == len(before.actors) == 12
    with writing(engine) as session:
        session.add(an_actor("open", kind="network"))
        session.add(an_actor("secret", confidential=True))
        session.add(an_actor("secret-net", kind="network", confidential=True))
        session.flush()
        for carrier, member in (("open", "base00"), ("open", "secret"), ("secret-net", "base01")):
            session.add(Membership(carrier_id=carrier, member_id=member))
    after = served.snapshot()
    assert len(after.actors) == 12 + 2 + 1 + 2
    for snapshot in (after, Desk(engine, ToyEncoder(), HOME_DEPARTMENTS).snapshot()):
        # The network, and the network through its public member.
        assert snapshot.matcher.open_units == 12 + 2
