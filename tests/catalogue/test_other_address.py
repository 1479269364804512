"""Several addresses under one SIRET are one actor: the place that was said last is whole, not half of each."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from api.catalogue import record_changes
from api.catalogue.queries import actor_by_id
from api.catalogue.schemas import ActorIn
from api.imports.importing import ingest
from models.actors import Actor
from models.database import reading
from tests.support.world import synthetic_siret

pytestmark = pytest.mark.slow

SIRET = synthetic_siret(3)
ROMANS = {"commune_code": "26281", "postcode": "26100", "lat": 45.044, "lon": 5.051}


def stored(engine: Engine, actor_id: str) -> Actor:
    with reading(engine) as session:
        actor = actor_by_id(session, actor_id, confidential=True)
    assert actor
    return actor


@pytest.fixture
def actor_id(engine: Engine) -> str:
    return record_changes.create_actor(
        engine, ActorIn(source_id="x", siret=SIRET, name="Le Pas", kind="scop", **ROMANS)
    )


def test_a_file_that_gives_another_address_moves_the_point_with_it(
    engine: Engine, actor_id: str, tmp_path: Path
) -> None:
    path = tmp_path / "antennes.csv"
    path.write_text(f"id;nom;type;siret;code postal;commune\n1;Le Pas;SCOP;{SIRET};26150;Die\n", "utf-8")
    for _ in range(2):
        ingest(engine, path, "actors")
        actor = stored(engine, actor_id)
        assert (actor.commune_code, actor.postcode, actor.lat, actor.lon) == ("26113", "26150", None, None)


def test_a_file_that_gives_the_same_commune_leaves_the_point(engine: Engine, actor_id: str, tmp_path: Path) -> None:
    path = tmp_path / "antennes.csv"
    path.write_text(f"id;nom;type;siret;code postal;commune\n1;Le Pas;SCOP;{SIRET};26100;Romans\n", "utf-8")
    ingest(engine, path, "actors")
    assert (stored(engine, actor_id).lat, stored(engine, actor_id).lon) == (ROMANS["lat"], ROMANS["lon"])


def test_a_person_who_gives_another_commune_moves_the_point_with_it(engine: Engine, actor_id: str) -> None:
    record_changes.change_actor(engine, actor_id, {"commune_code": "07010"})
    actor = stored(engine, actor_id)
    assert (actor.commune_code, actor.department) == ("07010", "07")
    assert (actor.postcode, actor.lat, actor.lon) == (None, None, None)
    record_changes.change_actor(engine, actor_id, {"commune_code": "26113", "lat": 44.75, "lon": 5.37})
    assert (stored(engine, actor_id).lat, stored(engine, actor_id).lon) == (44.75, 5.37)
