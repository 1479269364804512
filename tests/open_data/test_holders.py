"""Holders of contracts as actors: never doubled, as who knows more of them says, ranked where they are of the ESS."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from api.catalogue import record_changes
from api.catalogue.contract_holders import is_ranked, ranked_condition
from api.demo import recorded
from api.demo.fake_services import Served, served
from api.imports.importing import ingest
from models.database import reading
from models.tables import Actor, ContractWon, DuplicateProposal
from tests.support.contracts import contract
from tests.support.notices import read

SIRET = "00099202400018"


@pytest.fixture
def service() -> Iterator[Served]:
    with served({"decp": [contract()]}) as running:
        yield running


def actors(engine: Engine) -> list[Actor]:
    with reading(engine) as session:
        return list(session.exec(select(Actor).order_by(Actor.id)).all())


def company(**establishment: Any) -> dict[str, Any]:
    """Return the register's record of the same company, which is a cooperative there."""
    found = recorded.own()["recherche_entreprises"][0]
    place = {"siret": SIRET, "commune": "26281", "code_postal": "26100"} | establishment
    return found | {
        "siren": SIRET[:9],
        "nom_complet": "VIVARAIS PROPRETE (SCOP)",
        "nom_raison_sociale": "VIVARAIS PROPRETE SCOP",
        "siege": found["siege"] | place,
        "matching_etablissements": [found["matching_etablissements"][0] | place],
    }


def test_the_holder_of_several_contracts_is_one_actor(engine: Engine, service: Served) -> None:
    service.records["decp"] = [contract(1), contract(2, objet="Vitrerie")]
    read(engine, service, "decp")
    service.records["decp"] = [contract(1, dureeRestanteMois=3.2), contract(2, objet="Vitrerie", dureeRestanteMois=3.2)]
    again = read(engine, service, "decp")["decp"]
    assert "outdated" not in again.counts
    (actor,) = actors(engine)
    assert (actor.siret, actor.name, actor.kind, actor.source) == (SIRET, "VIVARAIS PROPRETE", "company", "decp")
    with reading(engine) as session:
        assert len(session.exec(select(ContractWon).where(ContractWon.siret == SIRET)).all()) == 2


@pytest.mark.parametrize("order", ["decp recherche_entreprises", "recherche_entreprises decp"])
def test_the_register_and_the_contracts_make_one_actor_as_the_register_says(
    engine: Engine, service: Served, order: str
) -> None:
    service.records["recherche_entreprises"] = [company()]
    for name in order.split():
        read(engine, service, name)
    (actor,) = actors(engine)
    assert (actor.name, actor.kind, actor.source) == ("VIVARAIS PROPRETE SCOP", "scop", "recherche_entreprises")
    # And so it stays, when a contract speaks of it again.
    service.records["decp"] = [contract(titulaire_nom="VIVARAIS PROPRETE SERVICES", dureeRestanteMois=3.2)]
    read(engine, service, "decp")
    assert actors(engine)[0].name == "VIVARAIS PROPRETE SCOP"


def test_what_a_person_wrote_about_a_holder_outlives_the_register(engine: Engine, service: Served) -> None:
    read(engine, service, "decp")
    record_changes.change_actor(engine, actors(engine)[0].id, {"name": "Vivarais Propreté"})
    service.records["recherche_entreprises"] = [company()]
    read(engine, service, "recherche_entreprises")
    (actor,) = actors(engine)
    assert (actor.name, actor.kind) == ("Vivarais Propreté", "scop")


def test_a_spreadsheet_takes_a_holder_over(engine: Engine, service: Served, tmp_path: Path) -> None:
    read(engine, service, "decp")
    before = actors(engine)[0]
    assert not is_ranked(before)
    path = tmp_path / "adherents.csv"
    path.write_text(f"siret,nom,type\n{SIRET},Vivarais Propreté,entreprise\n", "utf-8")
    assert ingest(engine, path, "actors", source="adherents").created == 0
    (actor,) = actors(engine)
    assert (actor.id, actor.name, actor.source) == (before.id, "Vivarais Propreté", "adherents")
    assert is_ranked(actor)
    service.records["decp"] = [contract(dureeRestanteMois=3.2)]
    read(engine, service, "decp")
    assert actors(engine) == [actor]


def test_another_establishment_of_the_company_is_proposed_as_a_duplicate(engine: Engine, service: Served) -> None:
    service.records["recherche_entreprises"] = [
        company(siret="00099202400026", commune="26362") | {"nom_raison_sociale": "VIVARAIS PROPRETE"}
    ]
    read(engine, service, "recherche_entreprises decp")
    assert len(actors(engine)) == 2
    with reading(engine) as session:
        assert len(session.exec(select(DuplicateProposal)).all()) == 1


@pytest.mark.parametrize(
    ("changes", "is_shown"),
    [
        ({}, False),
        ({"ess": True}, True),
        ({"esus": True}, True),
        ({"kind": "association"}, True),
        ({"ess": False}, False),
        ({"source": "adherents"}, True),
    ],
)
def test_the_desk_ranks_a_holder_where_it_is_of_the_ess(
    engine: Engine, service: Served, changes: dict[str, Any], is_shown: bool
) -> None:
    """`ranked_condition` and `is_ranked` say the same."""
    read(engine, service, "decp")
    with reading(engine) as session:
        actor = session.exec(select(Actor)).one()
        for name, value in changes.items():
            setattr(actor, name, value)
        session.flush()
        assert is_ranked(actor) is is_shown
        assert bool(session.exec(select(Actor).where(ranked_condition())).all()) is is_shown
        session.rollback()
