"""The house's pages on what is to come and who is known by contracts alone, and where each record comes from."""

from collections.abc import Iterator
from datetime import timedelta

import httpx2
import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from api.catalogue import record_changes
from api.core.clock import today_in_france
from api.demo.fake_services import served
from models.database import reading
from models.tables import Actor, Opportunity
from tests.support.accounts import account, signed_in
from tests.support.contracts import contract
from tests.support.notices import notice, read
from tests.support.outline import Outline
from tests.support.world import Doors, demo_actor, demo_opportunity

pytestmark = pytest.mark.slow

TYPED, CASE = demo_actor("a001", "00017926700026"), demo_opportunity("r001")
TODAY = today_in_france()
BEGAN = (TODAY - timedelta(days=900)).isoformat()
ASSOCIATION = {
    "titulaire_id": "00099101800011",
    "titulaire_nom": "REGIE DE QUARTIER DES COTEAUX",
    "titulaire_labels": "ESS, Association",
    "objet": "Entretien des jardins familiaux",
}


@pytest.fixture(scope="module")
def filled(doors: Doors) -> Doors:
    recent = {"dateNotification": BEGAN}
    with served({"decp": [contract(1, **recent), contract(2, **recent, **ASSOCIATION)]}) as service:
        service.records["boamp"] = [notice(1, 2)]
        read(doors.engine, service, "decp boamp", today=TODAY, since=TODAY - timedelta(days=60))
    return doors


@pytest.fixture(scope="module")
def desk(filled: Doors) -> Iterator[TestClient]:
    with signed_in(filled, account(filled.engine)) as client:
        yield client


def words(answer: httpx2.Response) -> str:
    assert answer.status_code == 200, answer.text[:500]
    return Outline(answer.text).words


def opening(doors: Doors) -> Opportunity:
    with reading(doors.engine) as session:
        return session.exec(select(Opportunity).where(Opportunity.title.startswith("Nettoyage des groupes"))).one()  # type: ignore[attr-defined]


def holder(doors: Doors, name: str) -> str:
    with reading(doors.engine) as session:
        return session.exec(select(Actor.id).where(Actor.name == name)).one()


def test_openings_to_come_have_their_own_list_and_are_not_among_the_open_ones(filled: Doors, desk: TestClient) -> None:
    title = opening(filled).title
    listed = words(desk.get("/a-venir"))
    assert "2 débouchés à venir" in listed
    assert title in listed
    assert "DECP" in listed
    assert title not in words(desk.get("/opportunites"))
    assert title not in words(desk.get("/opportunites", params={"texte": "groupes scolaires"}))
    assert "1 débouché à venir" in words(desk.get("/a-venir", params={"texte": "jardins"}))
    assert "ne correspond" in words(desk.get("/a-venir", params={"departement": "07"}))


def test_the_page_of_an_opening_to_come_says_so_and_ranks_who_could_get_ready(filled: Doors, desk: TestClient) -> None:
    page = words(desk.get(f"/opportunites/{opening(filled).id}"))
    assert "À venir, rien n’est publié" in page
    assert "Comme si elle était ouverte" in page
    assert "Publication attendue" in page
    assert "Parution" not in page.partition("D’où vient cette fiche")[0]
    assert "Elle n’est plus ouverte" not in page


def test_an_opening_to_come_is_proposed_to_nobody(filled: Doors, desk: TestClient) -> None:
    association = holder(filled, "REGIE DE QUARTIER DES COTEAUX")
    assert "renouvellement probable" not in words(desk.get(f"/acteurs/{association}")).partition("D’où vient")[0]
    (ranking,) = filled.facilitator.post("/api/matches", json={"actor_id": association, "k": 50}).json()["rankings"]
    assert "renouvellement probable" not in repr(ranking["suggestions"])


def test_a_company_known_by_its_contracts_has_a_page_and_its_own_list_and_is_no_candidate(
    filled: Doors, desk: TestClient
) -> None:
    company = holder(filled, "VIVARAIS PROPRETE")
    page = words(desk.get(f"/acteurs/{company}"))
    assert "connu par ses contrats publics" in page
    assert "il n’est proposé pour aucune opportunité" in page
    assert "Nettoyage des groupes scolaires" in page
    assert "VIVARAIS PROPRETE" not in words(desk.get("/acteurs", params={"texte": "vivarais"}))
    assert "VIVARAIS PROPRETE" in words(desk.get("/titulaires", params={"texte": "vivarais"}))
    assert "VIVARAIS PROPRETE" not in words(desk.get(f"/opportunites/{opening(filled).id}"))


def test_a_holder_of_the_ess_is_a_candidate_like_the_others(filled: Doors, desk: TestClient) -> None:
    name = "REGIE DE QUARTIER DES COTEAUX"
    page = words(desk.get(f"/acteurs/{holder(filled, name)}"))
    assert "connu par ses contrats publics" in page
    assert "il n’est proposé pour aucune opportunité" not in page
    assert name in words(desk.get("/acteurs", params={"texte": "coteaux"}))
    assert name not in words(desk.get("/titulaires"))


def test_a_record_says_which_source_said_what_and_what_a_person_kept(filled: Doors, desk: TestClient) -> None:
    with reading(filled.engine) as session:
        published = session.exec(select(Opportunity).where(Opportunity.source == "boamp")).one()
    address = f"/opportunites/{published.id}"
    origin = words(desk.get(address)).partition("D’où vient cette fiche")[2]
    assert "BOAMP, lu le" in origin
    assert "Enregistrement 26-100001" in origin
    assert "valeur gardée" not in origin
    record_changes.change_opportunity(filled.engine, published.id, {"title": "Tonte, à Crest"})
    origin = words(desk.get(address)).partition("D’où vient cette fiche")[2]
    assert "1 valeur gardée telle qu’une personne l’a voulu" in origin
    assert "la fiche garde la valeur d’une personne" in origin
    assert published.title in origin


def test_a_record_of_a_file_names_it(desk: TestClient) -> None:
    assert "Fichier « actors.csv », qui l’a créée" in words(desk.get(f"/acteurs/{TYPED}"))
    assert "Fichier « takeovers.csv », qui l’a créée" in words(desk.get(f"/opportunites/{CASE}"))
