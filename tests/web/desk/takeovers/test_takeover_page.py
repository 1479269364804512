"""The page of a takeover case: its facts are noted, kept, refused field by field, and read with their history."""

import re
from collections.abc import Iterator
from datetime import date

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete
from sqlmodel import col, select

from api.accounts import accounts
from api.takeovers.calendar.date_kinds import DateKind
from api.takeovers.case_file.changes import FileChange, GivenDay, change_file
from api.takeovers.stages.transitions import Move, Stage, Way
from models.base import utc_now
from models.database import reading, writing
from models.tables import Opportunity, TakeoverDate, TakeoverFacts, TakeoverFile, TakeoverStep, TakeoverYear
from tests.support.options import OPTIONS
from tests.support.outline import Outline
from tests.support.page_forms import PageForm
from tests.support.signed_in import signed_in
from tests.support.world import ABSENT, Doors, demo_actor, demo_opportunity

CASE, OPENING, ACTOR = demo_opportunity("r001"), demo_opportunity("m001"), demo_actor("a002", "00025845900031")
PAGE = f"/opportunites/{CASE}/reprise"
FORM = f"{PAGE}/informations"
TYPED = {
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
        for table in (TakeoverYear, TakeoverFacts, TakeoverStep, TakeoverDate, TakeoverFile):
            session.execute(delete(table))


def typed_form(house: TestClient, **changes: str) -> dict[str, list[str]]:
    return PageForm(house.get(FORM).text, FORM).with_(**changes)


def test_what_is_noted_stands_on_the_page_with_its_confirmation_and_its_history(house: TestClient) -> None:
    answer = house.post(FORM, data=typed_form(house, **TYPED))
    assert answer.headers["location"] == f"{PAGE}?fait=note"
    page = Outline(house.get(answer.headers["location"]).text).words
    for words in (
        "C’est noté.",
        "loués à un tiers : le bail suit – 300 m², bail jusqu’en 2031",
        "cheffe d’atelier ; métreur à mi-temps",
    ):
        assert words in page
    assert re.search(r"430\s000\s€", page)
    assert re.search(r"-12\s500\s€", page)
    assert "trois exercices" in page
    house.post(FORM, data=typed_form(house, reason="Santé"))
    history = house.get(FORM).text
    assert "<del>Départ en retraite au printemps</del> → <ins>Santé</ins>" in history
    assert house.post(FORM, data=typed_form(house)).headers["location"] == f"{PAGE}?fait=inchange"


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("key_roles", "Mme Faure, comptable", "sans le nom"),
        ("turnover_eur_2025", "beaucoup", "nombre attendu"),
        ("turnover_eur_2025", "-5", "pas négatif"),
        ("premises", "château", "n’est pas dans la liste"),
        ("reason", "x" * 501, "500\N{NO-BREAK SPACE}caractères"),
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
    assert "Rien n’a encore été noté." in house.get(FORM).text


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
    taken = house.post(address, data=PageForm(house.get(PAGE).text, address).values | {"responsable": ""})
    assert taken.headers["location"] == f"{PAGE}?fait=charge"
    page = house.get(taken.headers["location"]).text
    assert "Vous vous chargez de ce cas." in page
    assert "Prendre en charge" not in page
    stale = house.post(address, data={"version": "0"})
    assert stale.status_code == 409
    assert "a changé entre-temps" in stale.text
    assert "Vous vous chargez de ce cas." in stale.text
    other = accounts.find_account(doors.engine, "administrator@exemple.invalid")
    mine = accounts.find_account(doors.engine, "facilitator@exemple.invalid").id
    given = house.post(address, data={"version": "1", "responsable": other.id})
    assert f"{other.name} se charge de ce cas." in Outline(house.get(given.headers["location"]).text).words
    assert house.post(address, data={"version": "2", "responsable": ABSENT}).status_code == 404
    with reading(doors.engine) as session:
        steps = session.exec(select(TakeoverStep).order_by(col(TakeoverStep.number))).all()
    assert [(one.number, one.facilitator_id) for one in steps] == [(1, mine), (2, other.id)]


def test_the_agreement_of_the_owner_and_the_calendar_stand_on_the_page(doors: Doors, house: TestClient) -> None:
    assert "Aucun accord n’est noté" in house.get(PAGE).text
    days = [
        GivenDay(DateKind.AGREEMENT, date(2026, 11, 2), "la gérante", "Le métier et le département."),
        GivenDay(DateKind.PROTOCOL, date(2027, 3, 1), "le notaire"),
    ]
    change = FileChange(days=days)
    change_file(doors.engine, CASE, change, seen=0, by="cli", now=utc_now(), options=OPTIONS)
    page = Outline(house.get(PAGE).text).words
    for words in (
        "la gérante",
        "2 novembre 2026",
        "Le métier et le département.",
        "dit par le notaire",
        "1er mars 2027",
    ):
        assert words in page
    assert "Noter l’accord du cédant" not in page


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


def test_every_page_of_a_case_leads_to_the_others_and_says_which_it_is(house: TestClient) -> None:
    nav = re.compile(r'<nav class="case-pages screen" aria-label="Cette reprise">(.*?)</nav>', re.DOTALL)
    first = nav.search(house.get(PAGE).text)
    assert first
    addresses = re.findall(r'href="([^"]+)"', first[1])
    assert len(addresses) >= 8
    for address in addresses:
        answer = house.get(address)
        assert answer.status_code == 200
        shown = nav.search(answer.text)
        assert shown, address
        assert re.findall(r'href="([^"]+)"', shown[1]) == addresses
        assert re.findall(r'href="([^"]+)" aria-current="page"', shown[1]) == [address]


def test_the_page_says_in_a_line_each_where_the_other_pages_are(doors: Doors, house: TestClient) -> None:
    page = Outline(house.get(PAGE).text).words
    for words in ("premier contact", "ensuite : accord du cédant", "pas encore de plan", "Fiche aveugle"):
        assert words in page
    change = FileChange(days=[GivenDay(DateKind.AGREEMENT, date(2026, 11, 2), "la gérante", "Le métier.")])
    change_file(doors.engine, CASE, change, seen=0, by="cli", now=utc_now(), options=OPTIONS)
    move = FileChange(move=Move(Way.FORWARD, Stage.MANDATE))
    change_file(doors.engine, CASE, move, seen=1, by="cli", now=utc_now(), options=OPTIONS)
    page = Outline(house.get(PAGE).text).words
    assert "ensuite : fiche aveugle ou engagement de confidentialité signé" in page


def test_who_was_approached_without_a_case_stands_under_the_candidates(house: TestClient) -> None:
    case = demo_opportunity("r010")
    page = f"/opportunites/{case}/reprise"
    house.post(f"{page}/proposer", data={"acteur": ACTOR, "acte": "proposer"})
    shown = Outline(house.get(page).text).words
    assert "Approchés, sans dossier" in shown
    assert "proposé le" in shown
    assert "Choisir les premiers candidats" not in shown
    house.post(f"/opportunites/{case}/dossiers/ajouter", data={"acteur": ACTOR})
    assert "Approchés, sans dossier" not in Outline(house.get(page).text).words


def test_a_court_s_case_asks_for_no_agreement_of_the_owner_and_a_public_one_has_no_sheet(house: TestClient) -> None:
    page = Outline(house.get(f"/opportunites/{demo_opportunity('r005')}/reprise").text).words
    assert "Le tribunal conduit la vente" in page
    assert "Noter l’accord du cédant" not in page
    assert "pas encore écrite" not in page
