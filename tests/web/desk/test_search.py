"""The box at the top of every page: whatever somebody remembers finds what was meant, for the house alone."""

from collections.abc import Iterator
from datetime import date
from urllib.parse import unquote

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from models.base import utc_now
from models.contacts import Contact
from models.database import writing
from models.tables import Actor, Opportunity
from tests.support.accounts import account, signed_in
from tests.support.options import OPTIONS
from tests.support.outline import Outline
from tests.support.signed_in import PASSWORD, browser, open_partner, sessions
from tests.support.world import Doors, demo_actor, demo_opportunity

GARDENERS, ROOFERS = demo_actor("a001", "00017926700026"), demo_actor("a024", "00000063800015")
CASE = demo_opportunity("r001")


@pytest.fixture(scope="module")
def desk(doors: Doors) -> Iterator[TestClient]:
    with signed_in(doors, account(doors.engine)) as client:
        yield client


def search(desk: TestClient, words: str) -> Outline:
    answer = desk.post("/trouver", data={"mots": words})
    assert answer.status_code == 200, answer.text[:500]
    return Outline(answer.text)


def addresses(outline: Outline) -> list[str]:
    """Return where the lines lead, in their order; the menu's entries come before them."""
    links = [str(link["href"]) for link in outline.all("a")]
    return [href for href in links if href.startswith(("/acteurs/", "/opportunites/"))]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("secateur val", GARDENERS),
        ("Les Sécateurs du Val", GARDENERS),
        ("sectaeurs", GARDENERS),
        ("00017926700026", GARDENERS),
        ("000 179 267 00026", GARDENERS),
        ("000179267", GARDENERS),
        ("０００１７９２６７０００２６", GARDENERS),
        ("espaces verts", GARDENERS),
        ("Crest", GARDENERS),
        ("26400", GARDENERS),
        ("couvreur", ROOFERS),
        ("travaux de toiture", ROOFERS),
        ("couvreur Le Cheylard", ROOFERS),
        ("commune de crest", demo_opportunity("m001")),
        ("menuisrie bessoliere", CASE),
    ],
)
def test_what_is_half_remembered_is_found(desk: TestClient, words: str, expected: str) -> None:
    """A name, also misspelt; a SIRET or SIREN as it is spaced; a trade in any words; a town, a postcode, a buyer."""
    assert expected in " ".join(addresses(search(desk, words)))


@pytest.mark.parametrize(("words", "first"), [("secateur val", GARDENERS), ("couvreur Le Cheylard", ROOFERS)])
def test_what_answers_all_words_stands_first(desk: TestClient, words: str, first: str) -> None:
    assert addresses(search(desk, words))[0] == f"/acteurs/{first}"


def test_a_line_says_what_matched(desk: TestClient) -> None:
    words = search(desk, "menuisrie aubenas").words
    assert "l’intitulé (« Menuiserie »)" in words
    assert "le lieu (« Aubenas »)" in words
    assert "le sens (« " in words


@pytest.mark.parametrize("words", ["", "   ", "zzzzzzz", "'\"><q%_*", "a" * 100])
def test_a_search_for_nothing_or_nonsense_is_answered_in_french(desk: TestClient, words: str) -> None:
    outline = search(desk, words)
    assert addresses(outline) == []
    assert len(outline.all("h1")) == 1
    assert outline.all("script") == []


def test_a_person_is_found_by_name_number_and_address_with_how_to_reach_them(desk: TestClient, doors: Doors) -> None:
    contact = Contact(
        id="c1",
        actor_id=GARDENERS,
        name="Camille Exempleau",
        role="conductrice de travaux",
        phone="+33639981234",
        email="camille@example.org",
        source="carte de visite",
        lawful_basis="legitimate_interest",
        retained_until=date(2099, 1, 1),
    )
    with writing(doors.engine) as session:
        session.add(contact)
    for words in ("camile exempleau", "06 39 98 12 34", "+33 6 39 98 12 34", "camille@example.org"):
        outline = search(desk, words)
        assert "Camille Exempleau" in outline.words
        assert outline.all("a", href="tel:+33639981234")
        assert f"/acteurs/{GARDENERS}" in addresses(outline)
    # Beside the actor's own line too, with the button that notes a call; and gone with the contact.
    assert search(desk, "secateur val").all("a", href="mailto:camille@example.org")
    with writing(doors.engine) as session:
        session.delete(session.exec(select(Contact).where(Contact.id == "c1")).one())
    assert "Exempleau" not in search(desk, "secateur val").words
    assert not search(desk, "06 39 98 12 34").all("a", href="tel:+33639981234")


def test_the_address_says_nothing_of_what_was_searched_and_can_be_opened_again(desk: TestClient) -> None:
    answer = desk.post("/trouver", data={"mots": "Camille Exempleau"}, follow_redirects=False)
    location = answer.headers["location"]
    assert answer.status_code == 303
    assert "Camille" not in unquote(location)
    again = desk.get(location)
    assert 'value="Camille Exempleau"' in again.text
    assert desk.get(location[:-3] + "AAA").status_code == 404


def test_a_new_name_is_found_at_once_and_the_old_one_no_more(desk: TestClient, doors: Doors) -> None:
    with writing(doors.engine) as session:
        actor = session.get(Actor, ROOFERS)
        assert actor
        actor.name = "Ardoisiers Quintavelle"
        session.add(actor)
    assert addresses(search(desk, "quintavelle")) == [f"/acteurs/{ROOFERS}"]
    assert "le nom (« Zinc" not in search(desk, "zinc et lauzes").words


def test_who_is_not_of_the_house_finds_nothing_whatever_there_is(doors: Doors, desk: TestClient) -> None:
    """A confidential case is found by a facilitator; a partner gets the same refusal for it as for nonsense."""
    with writing(doors.engine) as session:
        case = session.get(Opportunity, CASE)
        assert case
        assert case.confidential
    assert "confidentiel" in search(desk, "Menuiserie Bessolière").words
    location = desk.post("/trouver", data={"mots": "Menuiserie Bessolière"}, follow_redirects=False).headers["location"]
    open_partner(doors.engine, "partenaire@exemple.invalid", GARDENERS)
    with signed_in_partner(doors) as partner:
        refused = [
            partner.post("/trouver", data={"mots": words}).text for words in ("Menuiserie Bessolière", "zzzzzzz")
        ]
        assert refused[0] == refused[1]
        assert "Bessolière" not in partner.get(location).text
        assert 'action="/trouver"' not in partner.get("/espace").text


def signed_in_partner(doors: Doors) -> TestClient:
    token = sessions.sign_in(
        doors.engine, "partenaire@exemple.invalid", PASSWORD, client_address="192.0.2.1", now=utc_now(), options=OPTIONS
    )
    return browser(doors, token)
