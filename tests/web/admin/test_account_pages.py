"""Signing in as a person does it: the cookie, the way back, posts of other sites, invitations and accounts by page."""

import re

import pytest
from fastapi.testclient import TestClient

from api.audit.log import journal_page
from api.core.settings import Settings
from api.web.cookie import Cookie
from api.web.visitors import local
from tests.support.outline import Outline
from tests.support.reads import read_once
from tests.support.signed_in import OWN, PASSWORD, browser, open_account, signed_in
from tests.support.world import Doors

pytestmark = pytest.mark.slow

EMAIL = "camille.canari@exemple.invalid"
FORM = {"courriel": EMAIL, "mot_de_passe": PASSWORD}


@pytest.fixture(scope="module")
def account(doors: Doors) -> str:
    return open_account(doors, "administrator", EMAIL, "Camille Canari")


def test_a_visitor_is_sent_to_sign_in_and_comes_back_to_where_they_were_going(doors: Doors, account: str) -> None:
    assert account
    visit = browser(doors)
    sent = visit.get("/comptes?fait=role")
    assert (sent.status_code, sent.headers["location"]) == (303, "/connexion?retour=/comptes%3Ffait%3Drole")
    form = Outline(visit.get(sent.headers["location"]).text)
    assert form.all("input", name="retour")[0]["value"] == "/comptes?fait=role"
    wrong = visit.post("/connexion", data=FORM | {"mot_de_passe": "pas le bon du tout", "retour": "/comptes"})
    assert wrong.status_code == 401
    assert Outline(wrong.text).all("input", name="courriel")[0]["value"] == EMAIL
    assert "pas le bon" not in wrong.text
    done = visit.post("/connexion", data=FORM | {"retour": "/comptes?fait=role"})
    assert (done.status_code, done.headers["location"]) == (303, "/comptes?fait=role")
    cookie = done.headers.get_list("set-cookie")[0]
    assert re.fullmatch(r"session=[\w-]{43}; HttpOnly; Path=/; SameSite=lax", cookie)
    page = visit.get("/comptes")
    assert page.status_code == 200
    assert "Camille Canari" in Outline(page.text).words
    assert page.headers["cache-control"] == "no-store"
    assert visit.post("/deconnexion").status_code == 303
    assert visit.get("/comptes").status_code == 303


def test_the_cookie_of_a_public_service_is_bound_to_its_host_and_to_tls() -> None:
    assert Cookie.of(Settings(public_url="https://desk.exemple.invalid")) == Cookie("__Host-session", secure=True)
    assert Cookie.of(Settings(public_url="http://127.0.0.1:8026")) == Cookie("session", secure=False)


@pytest.mark.parametrize(
    "path",
    ["https://ailleurs.invalid", "//ailleurs.invalid", "/\\ailleurs.invalid", "javascript:1", "", "/a\r\nb", "\\"],
)
def test_nobody_is_sent_elsewhere_after_signing_in(doors: Doors, account: str, path: str) -> None:
    assert local(path) == "/"
    assert account
    assert browser(doors).post("/connexion", data=FORM | {"retour": path}).headers["location"] == "/"


def test_a_session_that_was_planted_is_not_the_one_that_is_opened(doors: Doors, account: str) -> None:
    assert account
    first = signed_in(doors, "administrator", EMAIL)
    (before,) = (cookie.value for cookie in first.cookies.jar)
    opened = first.post("/connexion", data=FORM)
    assert opened.headers["set-cookie"].startswith("session=")
    assert before not in opened.headers["set-cookie"]
    assert browser(doors, before).get("/comptes").status_code == 303


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://polesud.invalid"}, False),
        ({"Origin": "http://polesud.invalid"}, True),
        ({"Origin": "http://127.0.0.1:8026"}, True),
        ({"Origin": "https://polesud.invalid"}, False),
        ({"Origin": "http://ailleurs.invalid"}, False),
        ({"Origin": "null"}, False),
        ({}, False),
    ],
)
def test_what_another_site_has_a_browser_post_changes_nothing(
    doors: Doors, account: str, headers: dict[str, str], allowed: bool
) -> None:
    visit = signed_in(doors, "administrator", EMAIL)
    del visit.headers["Sec-Fetch-Site"]
    answer = visit.post(f"/comptes/{account}", data={"acte": "sessions"}, headers=headers)
    assert answer.status_code == (303 if allowed else 403)
    if not allowed:
        assert "Cet envoi ne vient pas de nos pages" in answer.text
        assert visit.get("/comptes").status_code == 200


def test_what_brings_neither_session_nor_origin_may_still_post_by_its_own_key(doors: Doors) -> None:
    """A mail program's one click, and a client of the API: neither has a page of ours to come from."""
    bare = TestClient(doors.app, base_url="http://polesud.invalid", raise_server_exceptions=False)
    assert bare.post("/desinscription/x", data={"List-Unsubscribe": "One-Click"}).status_code == 404
    foreign = {"Origin": "http://ailleurs.invalid"}
    assert bare.post("/desinscription/x", headers=foreign).status_code == 404
    assert bare.post("/avis/x", headers=foreign).status_code == 403
    assert doors.facilitator.post("/api/matches", json={"text": "tonte"}, headers=foreign).status_code == 200


def test_an_invitation_is_shown_once_and_opens_a_desk_without_accounts(doors: Doors, account: str) -> None:
    assert account
    boss = signed_in(doors, "administrator", EMAIL)
    page = boss.post("/comptes", data={"courriel": "alex@exemple.invalid", "nom": "Alex", "role": "facilitator"})
    assert page.status_code == 200
    (link,) = re.findall(r"<code>http://127\.0\.0\.1:8026(/invitation/[\w-]{43})</code>", page.text)
    assert link not in boss.get("/comptes").text
    visit = browser(doors)
    assert "alex@exemple.invalid" in visit.get(link).text
    assert "ne sont pas les mêmes" in visit.post(link, data={"mot_de_passe": PASSWORD, "encore": "x"}).text
    assert "12 caractères" in visit.post(link, data={"mot_de_passe": "court", "encore": "court"}).text
    assert visit.post(link, data={"mot_de_passe": PASSWORD, "encore": PASSWORD}).status_code == 303
    assert visit.get(link).status_code == 410
    assert (
        visit.post("/connexion", data={"courriel": "alex@exemple.invalid", "mot_de_passe": PASSWORD}).status_code == 303
    )
    refused = visit.get("/comptes")
    assert refused.status_code == 403
    assert "Votre rôle n’y donne pas accès" in refused.text


def test_an_administrator_s_acts_on_an_account_hold_at_once(doors: Doors, account: str) -> None:
    boss, other = signed_in(doors, "administrator", EMAIL), "dominique@exemple.invalid"
    theirs = signed_in(doors, "facilitator", other)
    path = f"/comptes/{open_account(doors, 'facilitator', 'sacha@exemple.invalid')}"
    assert boss.post(path, data={"acte": "role", "role": "administrator"}).headers["location"] == "/comptes?fait=role"
    assert boss.post(path, data={"acte": "desactive"}).status_code == 303
    assert boss.post(path, data={"acte": "lien"}).status_code == 409
    assert boss.post(path, data={"acte": "reactive"}).status_code == 303
    assert "sacha@exemple.invalid" in boss.post(path, data={"acte": "lien"}).text
    assert boss.post(path, data={"acte": "autre"}).status_code == 422
    again = boss.post("/comptes", data={"courriel": other, "role": "facilitator"})
    assert again.status_code == 409
    assert Outline(again.text).all("input", name="courriel")[0]["value"] == other
    assert boss.post("/comptes", data={"courriel": "pas une adresse", "role": "facilitator"}).status_code == 422
    assert theirs.post(path, data={"acte": "desactive"}).status_code == 403
    told = read_once(doors.engine, journal_page, limit=1)[0]
    assert told.actor == f"account:{account}"


def test_guesses_at_the_door_are_told_to_wait(doors: Doors) -> None:
    visit = browser(doors)
    wrong = {"courriel": "quelqu.un@exemple.invalid", "mot_de_passe": "pas le bon du tout"}
    statuses = [visit.post("/connexion", data=wrong).status_code for _ in range(6)]
    assert statuses == [401] * 5 + [429]
    assert "Réessayez dans 1 minute." in visit.post("/connexion", data=wrong, headers=OWN).text


@pytest.mark.parametrize("path", ["/connexion", "/comptes"])
def test_pages_of_the_doors_have_one_heading_named_fields_and_no_script(doors: Doors, account: str, path: str) -> None:
    assert account
    outline = Outline(signed_in(doors, "administrator", EMAIL).get(path).text)
    assert len(outline.all("h1")) == 1
    labels = {one["for"] for one in outline.all("label")}
    fields = [one for one in outline.all("input") + outline.all("select") if one.get("type") != "hidden"]
    assert {one["id"] for one in fields} == labels
    assert not outline.all("script")
    assert all("style" not in attrs for _, attrs in outline.tags)
