"""Where a row comes from: each source's last word, what the row holds of it, and the files that brought it."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from api.catalogue import record_changes
from api.catalogue.schemas import ActorIn, OpportunityIn
from api.imports.importing import ingest
from api.open_data.origins import Holding, Origins, origins_of
from models.base import identifier
from models.database import reading, writing
from models.open_data import Provenance

MOMENT = datetime(2026, 11, 24, 3, tzinfo=UTC)


def says(engine: Engine, source: str, table: str, row_id: str, /, **values: Any) -> None:
    with writing(engine) as session:
        session.add(
            Provenance(
                source=source,
                source_id=f"{source}-1",
                kind=table,
                row_id=row_id,
                reference=f"{source} 26-1",
                last_values={name.replace("__", "."): value for name, value in values.items()},
                as_of=date(2026, 11, 20),
                said_at=MOMENT,
            )
        )


def origins(engine: Engine, kind: Any, row_id: str) -> Origins:
    with reading(engine) as session:
        return origins_of(session, kind, row_id)


def holdings(engine: Engine, kind: str, row_id: str) -> dict[tuple[str, str], Holding]:
    return {
        (origin.source, said.field): said.holding
        for origin in origins(engine, kind, row_id).sources
        for said in origin.values
    }


def test_a_takeover_case_says_what_its_source_said_and_what_a_person_replaced(engine: Engine) -> None:
    known = {"source_id": "r1", "kind": "takeover", "title": "Menuiserie", "published_on": date(2026, 11, 20)}
    case = OpportunityIn.model_validate(known | {"takeover": {"headcount": 6}})
    row_id = record_changes.create_opportunity(engine, case)
    says(
        engine, "bodacc", "opportunities", row_id,
        title="MENUISERIE DES MONTS", published_on="2026-11-20", takeover__headcount=6, takeover__cause="insolvency",
    )  # fmt: skip
    (origin,) = origins(engine, "opportunities", row_id).sources
    assert (origin.source, origin.reference, origin.said_at, origin.as_of) == (
        "bodacc",
        "bodacc 26-1",
        MOMENT,
        date(2026, 11, 20),
    )
    assert holdings(engine, "opportunities", row_id) == {
        ("bodacc", "title"): Holding.PERSON,
        ("bodacc", "published_on"): Holding.AS_SAID,
        ("bodacc", "takeover.headcount"): Holding.AS_SAID,
        ("bodacc", "takeover.cause"): Holding.PERSON,
    }


def test_of_two_sources_that_differ_the_one_that_is_followed_is_told(engine: Engine) -> None:
    actor = ActorIn(source_id="a", name="Vivarais Propreté", kind="scop", department="07")
    row_id = record_changes.create_actor(engine, actor)
    says(engine, "decp", "actors", row_id, kind="company", name="VIVARAIS PROPRETE")
    says(engine, "recherche_entreprises", "actors", row_id, kind="scop", name="VIVARAIS PROPRETE SCOP")
    assert holdings(engine, "actors", row_id) == {
        ("decp", "kind"): Holding.OTHER_SOURCE,
        ("decp", "name"): Holding.PERSON,
        ("recherche_entreprises", "kind"): Holding.AS_SAID,
        ("recherche_entreprises", "name"): Holding.PERSON,
    }


def test_files_that_created_or_changed_a_row_are_named(engine: Engine, tmp_path: Path) -> None:
    for name, trade in (("premier.csv", "tonte"), ("second.csv", "haies")):
        (tmp_path / name).write_text(f"id,nom,type,métiers\n1,Les Cordées,SCOP,{trade}\n", "utf-8")
        ingest(engine, tmp_path / name, "actors", source="adherents")
    files = origins(engine, "actors", identifier("actors", "adherents:1")).files
    assert [(file.name, file.created) for file in files] == [("second.csv", False), ("premier.csv", True)]


def test_a_typed_row_and_an_unknown_one_come_from_nowhere(engine: Engine) -> None:
    typed = record_changes.create_actor(engine, ActorIn(source_id="a", name="Les Cordées", kind="scop"))
    assert origins(engine, "actors", typed) == origins(engine, "actors", "inconnu") == Origins([], [])
