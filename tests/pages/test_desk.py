"""The facilitators' pages say what the engine says: what is open, whom to call and why; nothing of a text is kept."""

import re
from html import unescape

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from api.journeys import accounts
from api.journeys.bureau import PAGE, Wanted, open_opportunities
from api.journeys.suggest import today_in_france
from api.wording import days_left
from models.base import utc_now
from models.database import reading, writing
from models.tables import Opportunity, RankedList
from tests.world import ABSENT, CLIENT_BASE, Doors, demo_actor, demo_opportunity

OPENING, CASE, LOTS = demo_opportunity("m001"), demo_opportunity("r001"), demo_opportunity("m002")
GARDENERS = demo_actor("a001", "00017926700026")
PASSWORD = "une phrase assez longue"


@pytest.fixture(scope="module")
def browser(doors: Doors) -> TestClient:
    email = "lecteur@exemple.invalid"
    token = accounts.invite(doors.engine, email, "Léa <Lectrice>", accounts.FACILITATOR, now=utc_now())
    accounts.accept(doors.engine, token, PASSWORD, now=utc_now())
    found = TestClient(doors.app, base_url=CLIENT_BASE, headers={"Sec-Fetch-Site": "same-origin"})
    found.post("/connexion", data={"email": email, "password": PASSWORD})
    return found


def text_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_the_desk_lists_what_is_open_the_most_pressing_first(doors: Doors, browser: TestClient) -> None:
    today = today_in_france()
    found = open_opportunities(doors.app.state.desk.snapshot(), Wanted(), today)
    days = [line.days for line in found.lines if line.days is not None]
    assert days == sorted(days)
    assert min(days) >= 0
    with reading(doors.engine) as session:
        rows = session.exec(select(Opportunity)).all()
    still = [row for row in rows if row.status == "open" and (row.deadline is None or row.deadline >= today)]
    assert found.count == len(still)
    page = browser.get("/").text
    assert f"{found.count} opportunités ouvertes" in text_of(page)
    assert page.count('<li><h3><a href="/opportunites/') == min(PAGE, found.count)
    assert "Léa &lt;Lectrice&gt;" in page


def test_filters_narrow_the_list_whatever_the_accents_and_say_so_when_nothing_is_left(browser: TestClient) -> None:
    assert "Entretien des espaces verts" in browser.get("/", params={"q": "ESPACES VERTS"}).text
    assert "Rien ne répond à ces critères" in browser.get("/", params={"q": "zzzz"}).text
    only = text_of(browser.get("/", params={"type": "takeover"}).text)
    assert "cas de reprise ·" in only
    assert "débouché ·" not in only


def test_pages_follow_one_another_and_none_is_beyond_the_last(doors: Doors) -> None:
    snapshot, today = doors.app.state.desk.snapshot(), today_in_france()
    first = open_opportunities(snapshot, Wanted(), today)
    seen = [
        line.card.opportunity_id
        for number in range(1, first.pages + 1)
        for line in open_opportunities(snapshot, Wanted(number=number), today).lines
    ]
    assert len(seen) == len(set(seen)) == first.count
    assert open_opportunities(snapshot, Wanted(number=99), today).number == first.pages


@pytest.mark.parametrize("subject", [OPENING, CASE, LOTS])
def test_an_opportunity_s_page_shows_the_same_actors_as_the_api_with_their_reasons(
    doors: Doors, browser: TestClient, subject: str
) -> None:
    page = browser.get(f"/opportunites/{subject}").text
    said = text_of(page)
    for ranking in doors.ask({"opportunity_id": subject}):
        for entry in ranking["suggestions"]:
            assert f'/acteurs/{entry["candidate"]["id"]}"' in page
            assert " ".join(entry["reasons"][0]["text"].split()) in said
        for refused in ranking["refused"]:
            assert " ".join(refused["reason"]["text"].split()) in said


def test_an_actor_s_page_shows_what_is_open_to_it(doors: Doors, browser: TestClient) -> None:
    page = browser.get(f"/acteurs/{GARDENERS}").text
    (ranking,) = doors.ask({"actor_id": GARDENERS})
    assert [entry["candidate"]["opportunity_id"] for entry in ranking["suggestions"]] == re.findall(
        r'<h3><a href="/opportunites/([^"]+)"', page
    )


def test_a_pasted_text_is_answered_and_kept_nowhere(doors: Doors, browser: TestClient) -> None:
    text = "Tonte de pelouse à Crest, chez Madame Canari <script>"
    answer = browser.post("/recherche", data={"texte": text})
    assert "Lieu compris : Crest (26)" in text_of(answer.text)
    assert "<script" not in answer.text
    assert "canari" not in str(answer.url).lower()
    with doors.engine.connect() as connection:
        dump = "\n".join(connection.connection.driver_connection.iterdump())  # type: ignore[union-attr]
    assert "canari" not in dump.lower()
    assert browser.post("/recherche", data={"texte": " a "}).status_code == 422


def test_what_a_reader_opens_is_recorded_as_shown(doors: Doors, browser: TestClient) -> None:
    def lists() -> int:
        with reading(doors.engine) as session:
            return len(session.exec(select(RankedList)).all())

    before = lists()
    browser.get(f"/opportunites/{OPENING}")
    assert lists() == before + 1
    browser.get("/")
    assert lists() == before + 1


def test_a_closed_one_says_so_and_who_would_have_suited_is_one_click_away(doors: Doors, browser: TestClient) -> None:
    subject = demo_opportunity("m004")
    with writing(doors.engine) as session:
        row = session.get_one(Opportunity, subject)
        row.status, row.title, row.updated_at = "closed", "Clos <b>& gras</b>", utc_now()
        session.add(row)
    page = browser.get(f"/opportunites/{subject}").text
    assert "Cette opportunité est close" in page
    assert "Clos &lt;b&gt;&amp; gras" in page
    assert "<b>&" not in page
    assert "/acteurs/" in browser.get(f"/opportunites/{subject}?close=true").text


def test_attention_is_shared_by_a_link(browser: TestClient) -> None:
    assert "partage=true" in browser.get(f"/opportunites/{OPENING}").text
    assert "L’attention est partagée" in browser.get(f"/opportunites/{OPENING}?partage=true").text


def test_what_does_not_exist_is_told_on_a_page(browser: TestClient) -> None:
    for path in (f"/opportunites/{ABSENT}", f"/acteurs/{ABSENT}", "/invitation/nulle"):
        answer = browser.get(path)
        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith("text/html")
        assert "Introuvable" in answer.text


def test_days_are_counted_as_one_says_them() -> None:
    assert [days_left(days) for days in (None, 0, 1, 2)] == ["", "aujourd’hui", "demain", "dans 2\u00a0jours"]
