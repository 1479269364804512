"""What may be one thing is proposed, once; a person decides; the desk follows, and their choice can be taken back."""

import re
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import select

from api.catalogue import record_changes
from api.catalogue.schemas import ActorIn, OpportunityIn
from api.core.errors import InvalidError, NotFoundError
from api.demo import recorded
from api.demo.fake_services import Served, served
from api.matching.desk import Desk
from api.open_data.duplicate_search import Neighbours, likely_pairs, normalize_name
from api.open_data.duplicates import DIFFERENT, PROPOSED, SAME, decide
from models.base import utc_now
from models.database import reading
from models.open_data import DuplicateProposal
from models.tables import Actor
from tests.support.night_world import open_desk
from tests.support.notices import notice, read

pytestmark = pytest.mark.slow


@pytest.fixture
def service() -> Iterator[Served]:
    with served({"recherche_entreprises": recorded.own()["recherche_entreprises"]}) as running:
        yield running


def proposals(engine: Engine) -> list[DuplicateProposal]:
    with reading(engine) as session:
        return list(session.exec(select(DuplicateProposal)).all())


def public(engine: Engine) -> Actor:
    with reading(engine) as session:
        return session.exec(select(Actor).where(Actor.name == "RECYCLERIE DES TROIS VALLEES")).one()


def typed(engine: Engine, name: str, **fields: object) -> str:
    content = {"source_id": name, "name": name, "kind": "association", "department": "26"} | fields
    return record_changes.create_actor(engine, ActorIn.model_validate(content))


def names(desk: Desk) -> set[str]:
    return {card.name for card in desk.snapshot().actor_cards.values()}


def test_one_siret_is_one_actor_and_what_was_typed_stays(engine: Engine, service: Served) -> None:
    read(engine, service, "recherche_entreprises")
    found = public(engine)
    assert found.siret
    record_changes.change_actor(engine, found.id, {"name": "La Recyclerie", "headcount": 9})
    service.records["recherche_entreprises"] = [
        one | {"tranche_effectif_salarie": "53"} for one in service.records["recherche_entreprises"]
    ]
    read(engine, service, "recherche_entreprises")
    with reading(engine) as session:
        again = session.get_one(Actor, found.id)
    assert (again.name, again.headcount) == ("La Recyclerie", 9)
    assert proposals(engine) == []


def test_a_near_name_in_a_near_place_is_proposed_once_and_decided_by_a_person(engine: Engine, service: Served) -> None:
    mine = typed(engine, "Recyclerie « Trois Vallées » (association)")
    elsewhere = typed(engine, "Recyclerie des trois vallées", department="07")
    other = typed(engine, "Les Jardins de la Lune")
    found = read(engine, service, "recherche_entreprises")["recherche_entreprises"]
    assert found.counts["proposed"] == 1
    (proposal,) = proposals(engine)
    assert {proposal.first_id, proposal.second_id} == {mine, public(engine).id}
    assert elsewhere not in (proposal.first_id, proposal.second_id)
    assert other not in (proposal.first_id, proposal.second_id)
    desk = open_desk(engine)
    assert {"RECYCLERIE DES TROIS VALLEES", "Recyclerie « Trois Vallées » (association)"} <= names(desk)
    decide(engine, proposal.id, SAME, keep=mine, by="cli", now=utc_now())
    assert "RECYCLERIE DES TROIS VALLEES" not in names(desk)
    assert public(engine).siret
    decide(engine, proposal.id, PROPOSED, by="cli", now=utc_now())
    assert "RECYCLERIE DES TROIS VALLEES" in names(desk)
    decide(engine, proposal.id, DIFFERENT, by="cli", now=utc_now())
    service.records["recherche_entreprises"] = [
        one | {"tranche_effectif_salarie": "53"} for one in service.records["recherche_entreprises"]
    ]
    again = read(engine, service, "recherche_entreprises")["recherche_entreprises"]
    assert again.counts["records"] > 0
    assert [one.status for one in proposals(engine)] == [DIFFERENT]


def test_what_is_confidential_and_what_is_not_are_never_one(engine: Engine, service: Served) -> None:
    """A public row that a confidential one hides, or that takes over its members, would tell of it."""
    mine = typed(engine, "Recyclerie « Trois Vallées » (association)")
    typed(engine, "Recyclerie des trois vallées (asso)", confidential=True)
    read(engine, service, "recherche_entreprises")
    (proposal,) = proposals(engine)
    assert {proposal.first_id, proposal.second_id} == {mine, public(engine).id}
    decide(engine, proposal.id, SAME, keep=mine, by="cli", now=utc_now())
    desk = open_desk(engine)
    assert "RECYCLERIE DES TROIS VALLEES" not in names(desk)
    record_changes.change_actor(engine, mine, {"confidential": True})
    assert "RECYCLERIE DES TROIS VALLEES" in names(desk)


def test_a_decision_needs_a_proposal_and_one_of_its_two_rows(engine: Engine, service: Served) -> None:
    typed(engine, "Recyclerie des trois vallées")
    read(engine, service, "recherche_entreprises")
    (proposal,) = proposals(engine)
    with pytest.raises(NotFoundError):
        decide(engine, "aucune", SAME, keep=proposal.first_id, by="cli", now=utc_now())
    for decision, keep in ((SAME, ""), (SAME, "un autre"), ("peut-être", "")):
        with pytest.raises(InvalidError):
            decide(engine, proposal.id, decision, keep=keep, by="cli", now=utc_now())
    assert proposals(engine) == [proposal]


def test_a_tender_that_was_typed_by_hand_is_proposed_beside_its_notice(engine: Engine, service: Served) -> None:
    content = {
        "source_id": "à la main",
        "title": "entretien d’espaces verts secteur 4",
        "department": "26",
        "buyer_name": "Crest (commune)",
        "deadline": "2026-12-10",
    }
    typed_one = record_changes.create_opportunity(engine, OpportunityIn.model_validate(content))
    late = OpportunityIn.model_validate(content | {"source_id": "autre", "deadline": "2027-06-10"})
    record_changes.create_opportunity(engine, late)
    service.records["boamp"] = [notice(4), notice(9, objet="Réfection de la toiture")]
    read(engine, service)
    (proposal,) = proposals(engine)
    assert typed_one in (proposal.first_id, proposal.second_id)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SCOP L’Atelier du Bois", "atelier du bois"),
        ("Régie Émeraude", "EMERAUDE, REGIE"),
        ("Association de la Drôme", "DROME"),
    ],
)
def test_legal_forms_accents_and_order_are_no_difference(one: str, other: str) -> None:
    assert normalize_name(one) == normalize_name(other)


def test_a_name_of_nothing_but_forms_keeps_its_words() -> None:
    assert normalize_name("La Coopérative") == "cooperative la"


def test_names_that_differ_by_a_number_are_two_actors(engine: Engine) -> None:
    """« Section 12 » is not « Section 13 », and either may be « Section », which bears none."""
    named = [f"Foyer rural de la vallée, section {number}" for number in (12, 13)]
    first, second, bare = (typed(engine, name) for name in (*named, "Foyer rural de la vallée, section"))
    with reading(engine) as session:
        found = {(pair.first, pair.second) for pair in likely_pairs(session, "actors", {first, second, bare}, "desk")}
    assert found == {(min(one, bare), max(one, bare)) for one in (first, second)}


NEIGHBOURS = st.lists(
    st.builds(
        SimpleNamespace,
        name=st.sampled_from(["Foyer", "Foyer 1", "Foyer 2", "2 Foyer", "Foyer 1 2", "Foyer 2 et 1"]),
        commune_code=st.sampled_from([None, "26362", "07019"]),
    ),
    max_size=12,
)


@given(NEIGHBOURS)
def test_neighbours_are_those_whose_commune_and_numbers_may_be_the_same(actors: list[SimpleNamespace]) -> None:
    def may_be_same(one: set[str], other: set[str]) -> bool:
        return not one or not other or one == other

    neighbours = Neighbours(actors)
    for actor in actors:
        expected = [
            other
            for other in actors
            if may_be_same({actor.commune_code} - {None}, {other.commune_code} - {None})
            and may_be_same(set(re.findall(r"\d", actor.name)), set(re.findall(r"\d", other.name)))
        ]
        assert sorted(map(id, neighbours.of(actor))) == sorted(map(id, expected))
