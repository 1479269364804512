"""An actor that a register says is closed or insolvent leaves the lists, and returns; nothing else of it changes."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, update
from sqlmodel import select

from api.alerts.composing import compose_alerts
from api.catalogue import record_changes
from api.catalogue.schemas import ActorIn
from api.demo import recorded
from api.demo.fake_services import Served, served
from api.open_data.duplicates import SAME, decide
from models.base import utc_now
from models.database import reading, writing
from models.open_data import CompanyState, DuplicateProposal
from models.tables import Actor, Opportunity, OutboxMessage
from tests.support.leaving import compose, leave, mail_server
from tests.support.night_world import NIGHT, OPTIONS, SIGNER, ToyEncoder, add_need, follow, mails, moment, open_desk
from tests.support.notices import read
from tests.support.open_data_samples import siret_of
from tests.support.signed_in import signed_in
from tests.support.world import opened_doors

pytestmark = pytest.mark.slow

NAME = "MENUISERIES DES BARONNIES"
CLOSED_ON = "2026-10-31"
CAMILLE = "camille@exemple.invalid"


@pytest.fixture
def service() -> Iterator[Served]:
    own = recorded.own()
    with served({name: own[name] for name in ("recherche_entreprises", "bodacc")}) as running:
        running.records["bodacc"] = []
        yield running


def company(service: Served) -> dict[str, Any]:
    (record,) = [one for one in service.records["recherche_entreprises"] if one["nom_raison_sociale"] == NAME]
    return record


def replace_company(service: Served, **fields: Any) -> None:
    others = [one for one in service.records["recherche_entreprises"] if one["nom_raison_sociale"] != NAME]
    service.records["recherche_entreprises"] = [*others, company(service) | fields]


def cease(service: Served) -> None:
    replace_company(service, etat_administratif="C", date_fermeture=CLOSED_ON)


def close_establishment(service: Served) -> None:
    (place,) = company(service)["matching_etablissements"]
    closed = place | {"etat_administratif": "F", "date_fermeture": CLOSED_ON}
    replace_company(service, matching_etablissements=[closed], siege=closed)


def judgment(service: Served, number: int, nature: str, day: str, **fields: Any) -> dict[str, Any]:
    """Return a notice about the company, in the form of BODACC's."""
    (model,) = [one for one in recorded.own()["bodacc"] if one["id"] == "A20260222903"]
    siren = company(service)["siren"]
    people = json.loads(model["listepersonnes"])
    people["personne"] |= {"numeroImmatriculation": {"numeroIdentification": siren}, "denomination": NAME}
    judged = {"type": "initial", "famille": "", "nature": nature, "date": day, "complementJugement": ""}
    return (
        model
        | {
            "id": f"A2026{number}",
            "registre": [siren, siren],
            "dateparution": day,
            "listepersonnes": json.dumps(people, ensure_ascii=False),
            "jugement": json.dumps(judged, ensure_ascii=False),
            "parutionavisprecedent": None,
        }
        | fields
    )


def read_register(engine: Engine, service: Served) -> None:
    read(engine, service, "recherche_entreprises")


def read_notices(engine: Engine, service: Served) -> None:
    read(engine, service, "bodacc", since=date(2026, 1, 1))


def actor(engine: Engine, name: str = NAME) -> Actor:
    with reading(engine) as session:
        return session.exec(select(Actor).where(Actor.name == name)).one()


def statements(engine: Engine, service: Served, state: str) -> list[CompanyState]:
    question = select(CompanyState).where(CompanyState.siren == company(service)["siren"], CompanyState.state == state)
    with reading(engine) as session:
        return list(session.exec(question).all())


def listed(engine: Engine) -> bool:
    return NAME in {card.name for card in open_desk(engine).snapshot().actor_cards.values()}


@pytest.mark.parametrize("close", [cease, close_establishment])
def test_what_closes_leaves_the_desk_and_comes_back_when_it_is_open_again(
    engine: Engine, service: Served, close: Any
) -> None:
    open_record = company(service)
    read_register(engine, service)
    record_changes.change_actor(engine, actor(engine).id, {"headcount": 9})
    before = actor(engine)
    desk = open_desk(engine)
    assert listed(engine)
    assert NAME in {card.name for card in desk.snapshot().actor_cards.values()}
    close(service)
    read_register(engine, service)
    # The desk that is open follows, and so does one that is built anew.
    assert NAME not in {card.name for card in desk.snapshot().actor_cards.values()}
    assert not listed(engine)
    assert actor(engine) == before
    (statement,) = statements(engine, service, "closed")
    assert (statement.source, statement.since) == ("recherche_entreprises", date(2026, 10, 31))
    replace_company(service, **open_record)
    read_register(engine, service)
    assert listed(engine)
    assert NAME in {card.name for card in desk.snapshot().actor_cards.values()}


def test_what_closed_before_anybody_knew_it_is_never_listed(engine: Engine, service: Served) -> None:
    cease(service)
    read_register(engine, service)
    siret = company(service)["siege"]["siret"]
    content = {"source_id": "1", "name": NAME, "kind": "scop", "siret": siret, "department": "26"}
    record_changes.create_actor(engine, ActorIn.model_validate(content))
    assert not listed(engine)


def test_an_insolvent_company_leaves_the_desk_until_it_goes_on(engine: Engine, service: Served) -> None:
    read_register(engine, service)
    before = actor(engine)
    opened = judgment(service, 1, "Jugement d'ouverture de redressement judiciaire", "2026-10-06")
    service.records["bodacc"] = [opened]
    read_notices(engine, service)
    assert not listed(engine)
    assert actor(engine) == before
    (statement,) = statements(engine, service, "insolvent")
    assert (statement.source, statement.since) == ("bodacc", date(2026, 10, 6))
    assert statement.words.startswith("Redressement judiciaire")
    assert statement.url == opened["url_complete"]
    service.records["bodacc"] += [judgment(service, 2, "Jugement arrêtant le plan de redressement", "2026-11-10")]
    read_notices(engine, service)
    assert listed(engine)


def test_only_the_public_notices_count_whatever_a_person_made_of_the_case(engine: Engine, service: Served) -> None:
    """A case that a person made confidential, or closed, neither lists an actor nor takes it away."""
    read_register(engine, service)
    service.records["bodacc"] = [judgment(service, 1, "Jugement d'ouverture de liquidation judiciaire", "2026-10-06")]
    read_notices(engine, service)
    with reading(engine) as session:
        case_id = session.exec(select(Opportunity.id).where(Opportunity.source == "bodacc")).one()
    record_changes.change_opportunity(engine, case_id, {"confidential": True, "status": "closed"})
    assert not listed(engine)
    service.records["bodacc"] += [judgment(service, 2, "Jugement arrêtant le plan de redressement", "2026-11-10")]
    read_notices(engine, service)
    assert listed(engine)


def test_a_sale_by_a_company_that_is_not_insolvent_changes_nothing(engine: Engine, service: Served) -> None:
    read_register(engine, service)
    siren = company(service)["siren"]
    seller = {
        "personne": {"typePersonne": "pm", "denomination": NAME}
        | {"numeroImmatriculation": {"numeroIdentification": siren}}
    }
    sale = judgment(service, 3, "", "2026-10-06", familleavis="vente", jugement=None)
    service.records["bodacc"] = [sale | {"listeprecedentproprietaire": json.dumps(seller)}]
    read_notices(engine, service)
    assert listed(engine)


def test_an_actor_that_moves_stays_one_with_all_that_is_its_own(engine: Engine, service: Served) -> None:
    read_register(engine, service)
    record_changes.change_actor(engine, actor(engine).id, {"headcount": 9})
    before = actor(engine)
    (place,) = company(service)["matching_etablissements"]
    former = place | {"etat_administratif": "F", "date_fermeture": CLOSED_ON, "est_siege": False, "ancien_siege": True}
    arrived = place | {"siret": siret_of(company(service)["siren"], 17), "commune": "26362", "code_postal": "26000"}
    replace_company(service, siege=arrived, matching_etablissements=[arrived, former])
    for _ in range(2):
        read_register(engine, service)
        after = actor(engine)
        assert (after.id, after.siret, after.commune_code) == (before.id, arrived["siret"], "26362")
        assert after.headcount == 9
        assert listed(engine)
    # And once more.
    last = arrived | {"siret": siret_of(company(service)["siren"], 18), "commune": "26113"}
    gone = arrived | {"etat_administratif": "F", "est_siege": False, "ancien_siege": True}
    replace_company(service, siege=last, matching_etablissements=[last, gone, former])
    read_register(engine, service)
    assert (actor(engine).id, actor(engine).siret) == (before.id, last["siret"])
    assert listed(engine)


def test_a_closed_place_and_the_company_s_new_one_are_proposed_as_one_wherever_they_lie(
    engine: Engine, service: Served
) -> None:
    """Both were on the desk before: a person decides, and the actor stays in the lists by its open place."""
    (place,) = company(service)["matching_etablissements"]
    arrived = place | {"siret": siret_of(company(service)["siren"], 17), "commune": "07010", "code_postal": "07100"}
    content = {"source_id": "1", "name": NAME, "kind": "scop", "siret": arrived["siret"], "commune_code": "07010"}
    mine = record_changes.create_actor(engine, ActorIn.model_validate(content))
    close_establishment(service)
    content |= {"siret": place["siret"], "commune_code": place["commune"], "source_id": "2"}
    record_changes.create_actor(engine, ActorIn.model_validate(content))
    (closed,) = company(service)["matching_etablissements"]
    replace_company(service, siege=arrived, matching_etablissements=[arrived, closed])
    read_register(engine, service)
    with reading(engine) as session:
        proposal = session.exec(select(DuplicateProposal)).one()
    assert mine in (proposal.first_id, proposal.second_id)
    other = proposal.first_id if proposal.second_id == mine else proposal.second_id
    decide(engine, proposal.id, SAME, keep=other, by="cli", now=utc_now())
    assert {card.id for card in open_desk(engine).snapshot().actor_cards.values() if card.name == NAME} == {other}


def test_pages_and_api_show_it_with_source_and_day_and_list_it_no_more(
    engine: Engine, service: Served, database: Path
) -> None:
    read_register(engine, service)
    cease(service)
    read_register(engine, service)
    found = actor(engine)
    with opened_doors(database, ToyEncoder()) as doors:  # type: ignore[arg-type]
        house = signed_in(doors, "facilitator")
        page = house.get(f"/acteurs/{found.id}")
        assert page.status_code == 200
        assert "Fermé depuis le 31 octobre 2026" in page.text
        assert "Recherche d’entreprises" in page.text
        assert NAME not in house.get("/acteurs").text
        for door in (doors.client, doors.facilitator):
            assert NAME not in door.get("/api/actors", params={"limit": 200}).text
            answer = door.get(f"/api/actors/{found.id}").json()
            assert (answer["state"]["state"], answer["state"]["since"]) == ("closed", CLOSED_ON)
            asked = {"actor_id": found.id}
            assert door.post("/api/matches", json=asked).status_code == 404
        assert doors.client.get(f"/api/actors/{found.id}").json()["id"] == found.id
        everybody = doors.facilitator.post("/api/matches", json={"text": "menuiserie bois", "k": 200}).text
        assert NAME not in everybody


def test_a_person_keeps_it_in_the_lists_until_they_follow_the_register_again(
    engine: Engine, service: Served, database: Path
) -> None:
    """A company in a procedure may go on working: what a person decided stays, whatever is read afterwards."""
    read_register(engine, service)
    service.records["bodacc"] = [judgment(service, 1, "Jugement d'ouverture de redressement judiciaire", "2026-10-06")]
    read_notices(engine, service)
    actor_id = actor(engine).id
    with opened_doors(database, ToyEncoder()) as doors:  # type: ignore[arg-type]
        house = signed_in(doors, "facilitator")
        assert "Le garder dans les listes" in house.get(f"/acteurs/{actor_id}").text
        assert house.post(f"/acteurs/{actor_id}/listes", data={"choix": "peut-être"}).status_code == 422
        assert house.post(f"/acteurs/{actor_id}/listes", data={"choix": "garder"}).status_code == 303
        for _ in range(2):
            page = house.get(f"/acteurs/{actor_id}").text
            assert "En procédure collective depuis le 6 octobre 2026" in page
            assert NAME in house.get("/acteurs").text
            doors.settle()
            assert NAME in doors.client.get("/api/actors", params={"limit": 200}).text
            answer = doors.client.get(f"/api/actors/{actor_id}").json()
            assert (answer["state"]["state"], answer["listed"]) == ("insolvent", True)
            replace_company(service, tranche_effectif_salarie="21")
            read_register(engine, service)
        house.post(f"/acteurs/{actor_id}/listes", data={"choix": "suivre"})
        assert NAME not in house.get("/acteurs").text
        assert house.post("/acteurs/aucun/listes", data={"choix": "garder"}).status_code == 404


def test_nothing_is_announced_for_it_and_what_waits_does_not_leave(
    engine: Engine, service: Served, tmp_path: Path
) -> None:
    read_register(engine, service)
    record_changes.change_actor(engine, actor(engine).id, {"activities": ["menuiserie bois"]})
    add_need(engine, 1, "Menuiserie bois de l’école, pose de fenêtres")
    follow(engine, CAMILLE, actor_id=actor(engine).id, least="unlikely")
    with writing(engine) as session:
        # The request to confirm left long ago.
        session.execute(update(OutboxMessage).values(status="sent"))
    compose(engine)
    (mail,) = mails(engine)
    assert NAME in mail.text
    cease(service)
    read_register(engine, service)
    with mail_server(tmp_path) as server:
        done = leave(engine, server)
    assert NAME not in server.everything()
    assert done.reasons["actor_left"] == 1
    add_need(engine, 2, "Menuiserie bois de la mairie")
    report = compose_alerts(
        open_desk(engine), SIGNER, night=NIGHT.replace(day=25), now=moment(NIGHT.replace(day=25)), options=OPTIONS
    )
    assert (report.mails, report.skipped["actor_gone"]) == (0, 1)
