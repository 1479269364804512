"""The page of a takeover case: its facts are noted, kept, refused field by field, and read with their history."""

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete
from sqlmodel import col, select

from api.accounts import accounts
from api.audit.log import journal_page
from models.database import reading, writing
from models.tables import Opportunity, TakeoverFacts, TakeoverFile, TakeoverStep, TakeoverYear
from tests.support.outline import Outline
from tests.support.page_forms import PageForm
from tests.support.signed_in import signed_in
from tests.support.world import ABSENT, Doors, demo_actor, demo_opportunity

CASE, OPENING, ACTOR = demo_opportunity("r001"), demo_opportunity("m001"), demo_actor("a002", "00025845900031")
PAGE = f"/opportunites/{CASE}/reprise"
FORM = f"{PAGE}/informations"
TYPED = {
    "agreed_by": "owner",
    "agreed_on": "2026-11-02",
    "may_be_told": "Le métier et le département, rien d’autre.",
    "reason": "Départ en retraite au printemps",
    "premises": "leased",
    "premises_note": "300 m², bail jusqu’en 2031",
    "key_roles": "cheffe d’atelier\nmétreur à mi-temps",
    "turnover_eur_2025": "430 k€",
    "result_eur_2025": "-12 500",
}


@pytest.fixture(scope="module")
def house(doors: Doors) -> TestClient:
    signed_in(doors, "administrator")
    return signed_in(doors, "facilitator")


@pytest.fixture(autouse=True)
def _nothing_noted(doors: Doors) -> Iterator[None]:
    yield
    with writing(doors.engine) as session:
        for table in (TakeoverYear, TakeoverFacts, TakeoverStep, TakeoverFile):
            session.execute(delete(table))


def typed_form(house: TestClient, **changes: str) -> dict[str, list[str]]:
    return PageForm(house.get(FORM).text, FORM).with_(**changes)


def test_what_is_noted_stands_on_the_page_with_its_confirmation_and_its_history(house: TestClient) -> None:
    assert "Aucun accord n’est noté" in house.get(PAGE).text
    answer = house.post(FORM, data=typed_form(house, **TYPED))
    assert answer.headers["location"] == f"{PAGE}?fait=note"
    page = Outline(house.get(answer.headers["location"]).text).words
    for words in (
        "C’est noté.",
        "le cédant",
        "2 novembre 2026",
        "Le métier et le département, rien d’autre.",
        "loués à un tiers : le bail suit – 300 m², bail jusqu’en 2031",
        "cheffe d’atelier ; métreur à mi-temps",
    ):
        assert words in page
    assert re.search(r"430\s000\s€", page)
    assert re.search(r"-12\s500\s€", page)
    assert "trois exercices" in page
    assert "accord du cédant" not in page
    house.post(FORM, data=typed_form(house, reason="Santé"))
    history = house.get(FORM).text
    assert "<del>Départ en retraite au printemps</del> → <ins>Santé</ins>" in history
    assert house.post(FORM, data=typed_form(house)).headers["location"] == f"{PAGE}?fait=inchange"


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("agreed_on", "demain", "date attendue"),
        ("agreed_on", "2099-01-01", "pas encore venu"),
        ("agreed_on", "", "quel jour"),
        ("agreed_by", "", "qui a donné l’accord"),
        ("agreed_by", "voisin", "n’est pas dans la liste"),
        ("agreed_contact_id", ABSENT, "un contact de ce cas"),
        ("may_be_told", "", "ce que le cédant accepte"),
        ("key_roles", "Mme Faure, comptable", "sans le nom"),
        ("turnover_eur_2025", "beaucoup", "nombre attendu"),
        ("turnover_eur_2025", "-5", "pas négatif"),
        ("premises", "château", "n’est pas dans la liste"),
        ("reason", "x" * 501, "500 caractères"),
    ],
)
def test_what_is_refused_is_said_beside_its_field_and_nothing_typed_is_lost(
    house: TestClient, field: str, value: str, why: str
) -> None:
    answer = house.post(FORM, data=typed_form(house, **TYPED | {field: value}))
    assert answer.status_code == 422
    beside = re.search(rf'id="{field}-erreur">([^<]*)<', answer.text)
    assert beside
    assert why in beside[1].lower()
    kept = PageForm(answer.text, FORM).values
    for name, text in TYPED.items():
        if name != field:
            assert kept[name] == [text]
    assert "Aucun accord n’est noté" in house.get(PAGE).text


def test_two_who_note_at_once_overwrite_nothing(house: TestClient) -> None:
    first, second = typed_form(house, **TYPED), typed_form(house, reason="Déménagement")
    assert house.post(FORM, data=first).status_code == 303
    refused = house.post(FORM, data=second)
    assert refused.status_code == 409
    assert "Enregistré entre-temps par quelqu’un d’autre" in refused.text
    again = PageForm(refused.text, FORM)
    assert again.values["reason"] == ["Déménagement"]
    assert house.post(FORM, data=again.values).headers["location"] == f"{PAGE}?fait=note"


def test_only_a_takeover_case_has_these_pages(house: TestClient) -> None:
    for opportunity_id in (OPENING, ABSENT):
        for end in ("", "/informations"):
            assert house.get(f"/opportunites/{opportunity_id}/reprise{end}").status_code == 404
        assert house.post(f"/opportunites/{opportunity_id}/reprise/informations", data=TYPED).status_code == 404


def test_a_candidate_stands_under_its_role_with_the_state_of_its_case(house: TestClient) -> None:
    house.post(f"/opportunites/{CASE}/dossiers/ajouter", data={"acteur": ACTOR})
    page = Outline(house.get(PAGE).text).words
    assert "Candidats (1 candidat)" in page
    assert "proposée" in page
    assert "contacter l’acteur" in page


def test_a_case_is_taken_and_given_and_nobody_takes_it_from_another_unawares(doors: Doors, house: TestClient) -> None:
    address = f"{PAGE}/responsable"
    assert "Personne ne s’en charge encore." in house.get(PAGE).text
    taken = house.post(address, data={"avant": ""})
    assert taken.headers["location"] == f"{PAGE}?fait=charge"
    page = house.get(taken.headers["location"]).text
    assert "Vous vous chargez de ce cas." in page
    assert "Prendre en charge" not in page
    stale = house.post(address, data={"avant": ""})
    assert stale.status_code == 409
    assert "Quelqu’un d’autre vient de changer" in stale.text
    assert "Vous vous chargez de ce cas." in stale.text
    other = accounts.find_account(doors.engine, "administrator@exemple.invalid")
    mine = accounts.find_account(doors.engine, "facilitator@exemple.invalid").id
    given = house.post(address, data={"avant": mine, "responsable": other.id})
    assert f"{other.name} se charge de ce cas." in Outline(house.get(given.headers["location"]).text).words
    assert house.post(address, data={"avant": other.id, "responsable": ABSENT}).status_code == 404
    with reading(doors.engine) as session:
        steps = session.exec(select(TakeoverStep).order_by(col(TakeoverStep.number))).all()
        acts = [one for one in journal_page(session, limit=50) if one.action == "takeover.assigned"]
    assert [(one.number, one.facilitator_id, one.from_stage == one.to_stage) for one in steps] == [
        (1, mine, True),
        (2, other.id, True),
    ]
    assert len(acts) == 2


def test_the_desk_leads_to_the_whole_case_and_to_none_of_a_market(doors: Doors, house: TestClient) -> None:
    link, none = f'href="{PAGE}"', f"/opportunites/{OPENING}/reprise"
    house.post(f"/opportunites/{CASE}/dossiers/ajouter", data={"acteur": ACTOR})
    house.post(f"/opportunites/{OPENING}/dossiers/ajouter", data={"acteur": ACTOR})
    with reading(doors.engine) as session:
        titles = [session.get_one(Opportunity, one).title for one in (CASE, OPENING)]
    found = [house.post("/trouver", data={"mots": title}).headers["location"] for title in titles]
    case_page = re.search(r'href="(/dossiers/[\w-]+)"', house.get(f"/opportunites/{CASE}/dossiers").text)
    assert case_page
    for address in (f"/opportunites/{CASE}", "/dossiers?etat=proposed", found[0], case_page[1]):
        assert link in house.get(address).text, address
    for address in (f"/opportunites/{OPENING}", "/dossiers?etat=proposed", found[1]):
        assert none not in house.get(address).text
    soon = house.get("/").text.partition('id="reprises"')[2].partition("</section>")[0]
    shown = re.findall(r'<li><a href="(/opportunites/[\w-]+)"', soon)
    assert shown
    assert all(f'href="{address}/reprise"' in soon for address in shown)
