"""The desk's pages, before the door and behind it: what they say, what they never say, and what they do not write."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

import httpx2
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete

from api.accounts.accounts import ADMINISTRATOR
from api.core.clock import today_in_france
from models.database import reading, writing
from models.tables import Announcement, Opportunity, OutboxMessage, Partner, Rating, StoredCaseNotice, Subscription
from tests.support.accounts import account, signed_in
from tests.support.databases import rows_as_text
from tests.support.outline import Outline
from tests.support.world import ABSENT, Doors, demo_actor, demo_opportunity

OPENING, CASE = demo_opportunity("m001"), demo_opportunity("r001")
GARDENERS = demo_actor("a001", "00017926700026")
HOSTILE = '"><script>alert(1)</script><b>&'
PAGES = (
    "/",
    "/opportunites",
    "/recherche",
    f"/opportunites/{OPENING}",
    f"/opportunites/{OPENING}/comparer",
    f"/opportunites/{OPENING}/groupement",
    "/acteurs",
    f"/acteurs/{GARDENERS}",
    "/acteurs/nouveau",
    "/opportunites/nouvelle",
    f"/acteurs/{GARDENERS}/corriger",
    "/importer",
    "/nuits",
)


@pytest.fixture(scope="module")
def desk(doors: Doors) -> Iterator[TestClient]:
    with signed_in(doors, account(doors.engine)) as client:
        yield client


@pytest.fixture(scope="module")
def boss(doors: Doors) -> Iterator[TestClient]:
    with signed_in(doors, account(doors.engine, "boss@exemple.invalid", ADMINISTRATOR)) as client:
        yield client


def read(answer: httpx2.Response, status: int = 200) -> Outline:
    assert answer.status_code == status, answer.text[:500]
    return Outline(answer.text)


# They name similar rows while somebody types.
FORM_SCRIPTS = [{"src": "/static/similar.js", "defer": ""}]
MAP_SCRIPTS = [
    {"src": "/static/leaflet/leaflet.js", "defer": ""},
    {"src": "/static/map.js", "defer": ""},
    {"type": "application/json", "id": "carte-lieux"},
]


@pytest.mark.parametrize("path", PAGES)
def test_no_line_of_a_page_begins_with_a_sign_or_ends_with_an_opening_quote(desk: TestClient, path: str) -> None:
    """French typography: the spaces there do not break. In a field they are as they were written."""
    text = re.sub(r"<textarea.*?</textarea>|<[^>]*>", "\n", desk.get(path).text, flags=re.DOTALL)
    assert not re.findall(r".{0,20}(?:« | [:;!?»]).{0,20}", text)


def test_what_was_typed_comes_back_as_it_was(desk: TestClient) -> None:
    typed = "Tonte : « pelouse », vite !"
    assert f'name="objet" value="{typed}"' in desk.post("/recherche", data={"texte": typed}).text


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_for_who_is_signed_in(doors: Doors, path: str) -> None:
    """Others are sent to sign in, and then back to where they wanted to go; a key opens no page."""
    for door in (doors.anonymous, doors.facilitator):
        answer = door.get(path, follow_redirects=False)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/connexion")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_its_landmarks_and_runs_no_script_but_those_of_maps_and_forms(desk: TestClient, path: str) -> None:
    answer = desk.get(path)
    outline = read(answer)
    assert [len(outline.all(tag)) for tag in ("h1", "main", "nav")][:2] == [1, 1]
    assert outline.all("html", lang="fr")
    assert outline.all("a", href="#contenu")
    scripts = outline.all("script")
    assert scripts in ([], MAP_SCRIPTS, FORM_SCRIPTS)
    policy = answer.headers["content-security-policy"]
    assert ("script-src" in policy) == bool(scripts)
    assert "unsafe" not in policy
    assert not re.search(r"\sstyle=|\son\w+=", answer.text)
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/opportunites/" + ABSENT, "/acteurs/" + ABSENT, "/nuits/2020-01-01", "/importer/x"])
def test_what_is_not_there_is_said_as_a_page(desk: TestClient, path: str) -> None:
    assert "Cette page n’existe pas" in read(desk.get(path), 404).words


def test_the_board_has_the_most_urgent_first_and_the_past_apart(desk: TestClient, doors: Doors) -> None:
    today = today_in_france()
    for days, title in ((0, "Ce soir"), (1, "Demain matin"), (-1, "Hier déjà")):
        created = doors.facilitator.post(
            "/api/opportunities",
            json={"source_id": title, "title": title, "deadline": (today + timedelta(days)).isoformat()},
        )
        assert created.status_code == 201
    words = read(desk.get("/opportunites")).words
    assert words.index("Ce soir") < words.index("Demain matin") < words.index("Échéance passée") < words.index("Hier")
    assert "aujourd’hui" in words
    assert "demain" in words
    assert "hier" in words


def test_the_board_is_narrowed_and_says_when_nothing_fits(desk: TestClient) -> None:
    everything = read(desk.get("/opportunites")).words
    assert re.search(r"\d+ opportunités ouvertes", everything)
    assert "0 opportunité ouverte" in read(desk.get("/opportunites", params={"texte": "introuvable"})).words
    assert "Voir toutes les opportunités" in read(desk.get("/opportunites", params={"texte": "introuvable"})).words
    takeovers = read(desk.get("/opportunites", params={"type": "takeover"}))
    assert "Cas de reprise" in takeovers.words
    assert "Ardèche (07)" in takeovers.words


def test_accents_and_capitals_do_not_matter(desk: TestClient) -> None:
    assert read(desk.get("/acteurs", params={"texte": "secateurs DU val"})).all("a", href=f"/acteurs/{GARDENERS}")


def test_an_opportunity_tells_who_fits_why_who_does_not_and_what_would_change_it(desk: TestClient) -> None:
    words = read(desk.get(f"/opportunites/{OPENING}")).words
    assert "à appeler d’abord" in words
    assert "métier proche" in words
    assert "il manque" in words
    assert "Non éligibles" in words
    assert re.search(r"à \d+ km", words)


def test_a_lot_has_a_list_of_its_own(desk: TestClient, doors: Doors) -> None:
    listed = doors.facilitator.get("/api/opportunities", params={"limit": 200}).json()["opportunities"]
    files = (doors.facilitator.get(f"/api/opportunities/{one['id']}").json() for one in listed)
    several = next(file for file in files if len(file["lots"]) > 1)
    second = several["lots"][1]
    words = read(desk.get(f"/opportunites/{several['id']}", params={"lot": second["id"]})).words
    assert f"Acteurs pour le lot {second['number']}" in words


def test_what_is_closed_suits_nobody_unless_one_asks(desk: TestClient, doors: Doors) -> None:
    doors.facilitator.patch(f"/api/opportunities/{OPENING}", json={"status": "closed"})
    try:
        assert "personne n’est éligible" in read(desk.get(f"/opportunites/{OPENING}")).words
        assert "à appeler d’abord" in read(desk.get(f"/opportunites/{OPENING}?closes=oui")).words
    finally:
        doors.facilitator.patch(f"/api/opportunities/{OPENING}", json={"status": "open"})


def test_hostile_words_are_shown_as_they_are(desk: TestClient, doors: Doors) -> None:
    made = doors.facilitator.post("/api/opportunities", json={"source_id": "hostile", "title": HOSTILE}).json()["id"]
    actor = {"source_id": "hostile", "name": HOSTILE, "kind": "scop", "activities": [HOSTILE], "commune_code": "26108"}
    named = doors.facilitator.post("/api/actors", json=actor).json()["id"]
    pages = [f"/opportunites/{made}", f"/acteurs/{named}", f"/opportunites/{made}/groupement"]
    pages += ["/?texte=script", "/acteurs?texte=script", f"/acteurs?texte={HOSTILE}"]
    for path in pages:
        answer = desk.get(path)
        assert not [one for one in read(answer).all("script") if one not in MAP_SCRIPTS], path
        assert "<b>" not in answer.text
    answer = desk.post("/recherche", data={"texte": HOSTILE})
    assert not [one for one in read(answer).all("script") if one not in MAP_SCRIPTS]


def test_a_pasted_text_is_answered_and_kept_nowhere(desk: TestClient, doors: Doors) -> None:
    need = "Tonte du parc communal à Crest, pour le canari violet"
    answer = desk.post("/recherche", data={"texte": need}, follow_redirects=False)
    assert answer.status_code == 303
    assert "canari" not in answer.headers["location"]
    assert "Lieu compris : Crest (26)" in read(desk.get(answer.headers["location"])).words
    assert "canari violet" not in rows_as_text(doors.engine)


@pytest.mark.parametrize(("text", "why"), [("", "quelques mots suffisent"), ("x" * 60_001, "trop long")])
def test_a_text_that_cannot_be_searched_is_said(desk: TestClient, text: str, why: str) -> None:
    assert why in read(desk.post("/recherche", data={"texte": text}), 422).words


def test_an_actor_s_page_tells_what_was_announced_and_answered_but_no_address(
    desk: TestClient, boss: TestClient, doors: Doors
) -> None:
    suggestion = doors.ask({"opportunity_id": OPENING, "k": 1})[0]["suggestions"][0]
    actor, today = suggestion["candidate"]["id"], today_in_france()
    assert "Rien n’a encore été noté ni annoncé" in read(desk.get(f"/acteurs/{actor}")).words
    with writing(doors.engine) as session:
        session.add(Partner(id="p", email="canari@exemple.invalid", label="Réseau Exemple", status="active"))
        session.flush()
        session.add(Subscription(id="s", partner_id="p", actor_id=actor))
        message = {"partner_id": "p", "night": today, "purpose": "alert", "subject": "", "text": "", "html": ""}
        session.add(OutboxMessage(id="m", message_id="<m@x>", status="sent", **message))
        session.flush()
        told = {"partner_id": "p", "suggestion_id": suggestion["id"], "actor_id": actor, "message_id": "m"}
        session.add(Announcement(id="a", event="new", night=today, **told))
        session.add(Rating(id="r", partner_id="p", suggestion_id=suggestion["id"], interest=0, reasons=["too_far"]))
    answer = desk.get(f"/acteurs/{actor}")
    words = read(answer).words
    assert "nouveauté" in words
    assert "Pas pour nous (trop loin)" in words
    assert "1 abonnement." in words
    assert "Réseau Exemple" in words
    assert "canari" not in answer.text
    received = read(boss.get("/poids")).words
    assert "1 avis" in received
    assert "de 0 à 79 %" in received


def test_an_empty_desk_says_what_to_do_and_no_command(boss: TestClient, doors: Doors) -> None:
    pages = {path: read(boss.get(path)) for path in ("/nuits", "/sources", "/reprises")}
    assert "Aucune nuit n’a encore été jouée" in pages["/nuits"].words
    for page in pages.values():
        assert page.all("p", **{"class": "empty"})
        assert not re.search(r"python|api\.cli|POLESUD_", page.words)
    assert "il n’y a rien à rétablir" in read(boss.get("/poids")).words
    with reading(doors.engine) as session:
        assert session.get(Opportunity, CASE)


def test_weights_are_rolled_back_only_where_some_came_before(boss: TestClient) -> None:
    assert "il n’y a rien à rétablir" in read(boss.post("/poids/retour"), 409).words
    read(boss.post("/poids/nulle-part/activer"), 404)


def test_administration_has_a_menu_of_its_own_for_administrators(desk: TestClient, boss: TestClient) -> None:
    rooms = {"/comptes", "/cles", "/personnes", "/journal", "/sources", "/nuits", "/poids"}
    for path in ("/", "/sources", "/nuits"):
        assert not rooms & {link["href"] for link in read(desk.get(path)).all("a")}
    assert "Administration" in read(boss.get("/")).words
    for path in rooms:
        page = read(boss.get(path))
        (here,) = [link["href"] for link in page.all("a", **{"aria-current": "page"})]
        assert here == path
        assert rooms <= {link["href"] for link in page.all("a")}


def test_a_night_s_report_is_read_with_a_session_or_a_facilitator_s_key(desk: TestClient, doors: Doors) -> None:
    assert doors.anonymous.get("/nuits/2026-01-01", follow_redirects=False).status_code == 303
    assert doors.client.get("/nuits/2026-01-01", follow_redirects=False).status_code == 403
    for door in (desk, doors.facilitator):
        assert door.get("/nuits/2026-01-01", follow_redirects=False).status_code == 404


def test_a_case_shows_the_notices_that_make_it_and_how_it_ended(desk: TestClient, doors: Doors) -> None:
    with reading(doors.engine) as session:
        case = session.get_one(Opportunity, CASE)
    told = {"source": case.source, "source_id": case.source_id, "published_on": date(2026, 11, 5)}
    opening = StoredCaseNotice(**told, reference="A1", step="opening", content={"url": "https://www.bodacc.fr/x/1"})
    closing = StoredCaseNotice(**told, reference="A2", step="insufficient_assets")
    with writing(doors.engine) as session:
        session.add_all([opening, closing])
    try:
        outline = read(desk.get(f"/opportunites/{CASE}"))
        assert "Annonces publiées" in outline.words
        assert "procédure close pour insuffisance d’actif, sans cession publiée" in outline.words
        assert outline.all("a", href="https://www.bodacc.fr/x/1")
    finally:
        with writing(doors.engine) as session:
            session.execute(delete(StoredCaseNotice))
    assert "Annonces publiées" not in read(desk.get(f"/opportunites/{CASE}")).words
