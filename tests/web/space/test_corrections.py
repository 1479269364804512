"""A partner corrects its card from its space; a facilitator accepts field by field, or not; nobody else sees it."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.support.outline import Outline
from tests.support.page_forms import PageForm
from tests.support.signed_in import browser, open_partner, signed_in
from tests.support.world import Doors, demo_actor

GARDENERS, OTHER = demo_actor("a001", "00017926700026"), demo_actor("a002", "00025845900031")
PERSON, ELSE = "dominique@jardins.example.org", "claude@autre.example.org"


@pytest.fixture(scope="module")
def partner(doors: Doors) -> TestClient:
    open_partner(doors.engine, PERSON, GARDENERS, name="Dominique")
    return signed_in(doors, "partner", PERSON)


@pytest.fixture(scope="module")
def address(partner: TestClient) -> str:
    found = re.search(r'href="(/espace/acteurs/[^"]+)"', partner.get("/espace/acteurs").text)
    assert found
    return found[1]


def card(doors: Doors) -> dict[str, Any]:
    actor: dict[str, Any] = doors.facilitator.get(f"/api/actors/{GARDENERS}").json()
    return actor | {"updated_at": None}


def form_of(partner: TestClient, address: str) -> PageForm:
    return PageForm(partner.get(f"{address}/corriger").text, f"{address}/corriger")


def ask(partner: TestClient, address: str, **changes: str) -> str:
    answer = partner.post(f"{address}/corriger", data=form_of(partner, address).with_(**changes))
    assert answer.status_code == 303, answer.text
    return partner.get(answer.headers["location"]).text


def decide(house: TestClient, act: str, *ticked: str, answer: str = "") -> str:
    (target,) = re.findall(r'action="(/a-valider/[^"]+)"', house.get("/a-valider").text)
    done = house.post(target, data={"acte": act, "champ": list(ticked), "reponse": answer})
    assert done.status_code == 303, done.text
    return house.get(done.headers["location"]).text


def test_a_correction_waits_is_accepted_field_by_field_and_answered(
    doors: Doors, partner: TestClient, address: str
) -> None:
    before, house = card(doors), signed_in(doors, "facilitator")
    page = ask(partner, address, headcount="77", place="Privas", note="Nous avons déménagé.")
    assert "Votre proposition est envoyée" in page
    assert "attend l’équipe" in page
    assert card(doors) == before
    waiting = Outline(house.get("/a-valider").text).text
    for words in ("Dominique", "Nous avons déménagé.", "Privas (07)", "77"):
        assert words in waiting
    assert "/a-valider" in house.get("/").text
    assert "La fiche est corrigée" in decide(house, "accepter", "commune_code", answer="Merci, à vérifier.")
    after = card(doors)
    assert (after["commune_name"], after["department"], after["headcount"]) == ("Privas", "07", before["headcount"])
    own = partner.get(address).text
    assert "Privas" in own
    assert "Merci, à vérifier." in own
    history = Outline(house.get(f"/acteurs/{GARDENERS}/historique").text).text
    assert "correction proposée par un partenaire" in history


def test_what_is_wrong_is_said_beside_the_field_and_nothing_is_lost(
    doors: Doors, partner: TestClient, address: str
) -> None:
    before, form = card(doors), form_of(partner, address)
    for name, wrong in (("headcount", "beaucoup"), ("place", "Nulle-Part-sur-Rien"), ("website", "pas une adresse")):
        answer = partner.post(f"{address}/corriger", data=form.with_(**{name: wrong, "note": "À garder"}))
        assert answer.status_code == 422
        assert f'id="{name}-erreur"' in answer.text
        typed = PageForm(answer.text, f"{address}/corriger")
        assert typed.values == form.with_(**{name: wrong, "note": "À garder"})
    unchanged = partner.post(f"{address}/corriger", data=form.values)
    assert unchanged.status_code == 422
    assert "Rien n’est changé" in unchanged.text
    assert card(doors) == before


def test_a_refusal_changes_nothing_and_is_told(doors: Doors, partner: TestClient, address: str) -> None:
    before, house = card(doors), signed_in(doors, "facilitator")
    ask(partner, address, headcount="99")
    assert "La fiche reste comme elle est" in decide(house, "refuser", "headcount", answer="Pas d’après le registre.")
    assert card(doors) == before
    assert "Pas d’après le registre." in partner.get(address).text


def test_a_card_that_changed_since_is_said_and_the_decision_is_typed_once(
    doors: Doors, partner: TestClient, address: str
) -> None:
    ask(partner, address, headcount="88", website="https://jardins.example.org")
    house = signed_in(doors, "facilitator")
    (target,) = re.findall(r'action="(/a-valider/[^"]+)"', house.get("/a-valider").text)
    form = PageForm(house.get("/a-valider").text, target)
    doors.facilitator.patch(f"/api/actors/{GARDENERS}", json={"headcount": 61})
    decision = form.with_(champ="headcount", reponse="Merci.", acte="accepter")
    refused = house.post(target, data=decision)
    assert refused.status_code == 409
    page = Outline(refused.text).text
    assert "La fiche a changé depuis" in page
    assert "changé depuis" in page
    assert card(doors)["headcount"] == 61
    shown = PageForm(refused.text, target).values
    assert (shown["champ"], shown["reponse"]) == (["headcount"], ["Merci."])
    accepted = house.post(target, data=shown | {"acte": ["accepter"]})
    assert accepted.status_code == 303
    assert card(doors)["headcount"] == 88


def test_nobody_else_reaches_it(doors: Doors, partner: TestClient, address: str) -> None:
    open_partner(doors.engine, ELSE, OTHER)
    other = signed_in(doors, "partner", ELSE)
    assert other.get(f"{address}/corriger").status_code == 404
    assert other.post(f"{address}/corriger", data={"note": "x"}).status_code == 404
    for visitor in (partner, other):
        assert visitor.get("/a-valider").status_code == 403
    assert browser(doors).get("/a-valider").status_code == 303
