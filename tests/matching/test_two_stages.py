"""On the invented world, with the encoder that serves, both ways of ranking give the same lists."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from api.core.clock import today_in_france
from api.core.settings import HOME_DEPARTMENTS
from api.matching.desk import Desk
from matcher.embedding import Encoder
from models.database import open_database
from tests.support.databases import url_of


def test_every_opportunity_of_the_invented_world_has_the_same_lists(world_database: Path, encoder: Encoder) -> None:
    engine = open_database(url_of(world_database))
    snapshot = Desk(engine, encoder, HOME_DEPARTMENTS).snapshot()
    engine.dispose()
    today, actors = today_in_france(), snapshot.actors
    bounded = replace(snapshot.matcher, exhaustive_units=0)
    exhaustive = replace(snapshot.matcher, exhaustive_units=len(actors))
    drome = np.array([actor.department == "26" for actor in actors.actors], np.bool_)
    for row in range(len(snapshot.opportunities)):
        opportunity = snapshot.opportunities.row(row)
        among = drome if row % 3 == 0 else None
        found, expected = (
            (
                matcher.actors_for(opportunity, actors, today=today, k=10, n_filtered=5, among=among),
                matcher.actors_by_role(opportunity, actors, today=today, k=3, among=among),
                matcher.actors_above(opportunity, actors, today=today, least=0.45, among=among),
            )
            for matcher in (bounded, exhaustive)
        )
        assert found == expected
