"""« Mon compte » by page: sessions, another password, the second factor; and what the house requires."""

import re

import pyotp
import pytest
from fastapi.testclient import TestClient

from api.web.cookie import Cookie
from tests.support.outline import Outline
from tests.support.signed_in import OWN, PASSWORD, browser, open_account, signed_in
from tests.support.world import CLIENT_BASE, Doors

pytestmark = pytest.mark.slow

EMAIL = "camille.canari@exemple.invalid"
NEW_PASSWORD = "lentille sabot orage pigeon"
# In small letters: TestClient writes its own under that name into the dictionary that it is given.
FIREFOX = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"}


def visit(doors: Doors, address: str = "192.0.2.1") -> TestClient:
    return TestClient(
        doors.app,
        base_url=CLIENT_BASE,
        headers=OWN | FIREFOX,
        follow_redirects=False,
        raise_server_exceptions=False,
        client=(address, 5000),
    )


def enter(client: TestClient, email: str, password: str = PASSWORD) -> int:
    return client.post("/connexion", data={"courriel": email, "mot_de_passe": password}).status_code


def test_sessions_are_listed_with_a_coarse_device_and_ended_by_their_owner(doors: Doors) -> None:
    open_account(doors, "facilitator", EMAIL)
    here, there, elsewhere = visit(doors), visit(doors), visit(doors)
    assert [enter(client, EMAIL) for client in (here, there, elsewhere)] == [303] * 3
    answer = here.get("/compte")
    assert answer.status_code == 200
    page = answer.text
    assert page.count("Firefox, Linux</th>") == 3, Outline(page).words
    assert "192.0.2.1" not in page
    assert "celle-ci" in page
    mark = re.findall(r'name="session" value="([0-9a-f]{16})"', page)[0]
    assert here.post("/compte/sessions", data={"acte": "fermer", "session": mark}).status_code == 303
    assert sorted(client.get("/compte").status_code for client in (there, elsewhere)) == [200, 303]
    assert here.post("/compte/sessions", data={"acte": "fermer", "session": mark}).status_code == 404
    assert here.post("/compte/sessions", data={"acte": "autres"}).status_code == 303
    assert [client.get("/compte").status_code for client in (here, there, elsewhere)] == [200, 303, 303]


def test_nobody_ends_another_s_session(doors: Doors) -> None:
    one, other = signed_in(doors, "facilitator", "un@exemple.invalid"), signed_in(doors, "facilitator", EMAIL)
    signed_in(doors, "facilitator", EMAIL)
    mark = re.findall(r'name="session" value="([0-9a-f]{16})"', other.get("/compte").text)[0]
    assert one.post("/compte/sessions", data={"acte": "fermer", "session": mark}).status_code == 404


def test_a_changed_password_ends_the_other_sessions_and_the_old_one_opens_nothing(doors: Doors) -> None:
    email = "change@exemple.invalid"
    open_account(doors, "facilitator", email)
    here, there = visit(doors), visit(doors)
    assert (enter(here, email), enter(there, email)) == (303, 303)
    form = {"actuel": PASSWORD, "mot_de_passe": NEW_PASSWORD, "encore": NEW_PASSWORD}
    for wrong in ({"actuel": "pas le bon du tout"}, {"encore": "x"}, {"mot_de_passe": "x" * 12, "encore": "x" * 12}):
        refused = here.post("/compte/mot-de-passe", data=form | wrong)
        assert refused.status_code == 422
        assert PASSWORD not in refused.text
        assert NEW_PASSWORD not in refused.text
    assert here.post("/compte/mot-de-passe", data=form).status_code == 303
    assert (here.get("/compte").status_code, there.get("/compte").status_code) == (200, 303)
    assert (enter(there, email), enter(there, email, NEW_PASSWORD)) == (401, 303)


def test_who_signed_in_here_before_still_gets_in_while_a_stranger_is_blocked(doors: Doors) -> None:
    """The known browser gets in even from the attacker's network, another network does, the attacker does not."""
    email = "attaque@exemple.invalid"
    open_account(doors, "facilitator", email)
    known = visit(doors, "203.0.113.66")
    assert enter(known, email) == 303
    attacker = visit(doors, "203.0.113.66")
    assert [enter(attacker, email, "pas le bon du tout") for _ in range(7)] == [401] * 5 + [429] * 2
    blocked = attacker.post("/connexion", data={"courriel": email, "mot_de_passe": PASSWORD})
    assert blocked.status_code == 429
    assert 0 < int(blocked.headers["Retry-After"]) <= 30
    assert enter(known, email) == 303
    assert enter(visit(doors, "198.51.100.7"), email) == 303


def test_looking_for_a_password_that_is_accepted_uses_up_no_attempt(doors: Doors) -> None:
    client = signed_in(doors, "facilitator", "cherche@exemple.invalid")
    weak = {"actuel": PASSWORD, "mot_de_passe": "motdepasse2026", "encore": "motdepasse2026"}
    assert [client.post("/compte/mot-de-passe", data=weak).status_code for _ in range(8)] == [422] * 8
    good = {"actuel": PASSWORD, "mot_de_passe": NEW_PASSWORD, "encore": NEW_PASSWORD}
    assert client.post("/compte/mot-de-passe", data=good).status_code == 303


def test_the_cookie_of_a_known_browser_names_nobody_and_opens_nothing(doors: Doors) -> None:
    email = "cookie@exemple.invalid"
    open_account(doors, "facilitator", email)
    client = visit(doors)
    answer = client.post("/connexion", data={"courriel": email, "mot_de_passe": PASSWORD})
    (cookie,) = [one for one in answer.headers.get_list("set-cookie") if one.startswith("appareil-")]
    assert re.fullmatch(r"appareil-[0-9a-f]{12}=[\w.-]+; HttpOnly; Max-Age=15552000; Path=/; SameSite=lax", cookie)
    other = visit(doors)
    name, _, value = cookie.partition(";")[0].partition("=")
    other.cookies.set(name, value)
    assert other.get("/compte").status_code == 303


@pytest.fixture
def enrolled(doors: Doors) -> tuple[TestClient, pyotp.TOTP, list[str]]:
    email = "facteur@exemple.invalid"
    client = signed_in(doors, "facilitator", email)
    if "commencer" in (page := client.get("/compte/second-facteur").text):
        assert client.post("/compte/second-facteur", data={"acte": "commencer"}).status_code == 303
        page = client.get("/compte/second-facteur").text
    assert "<svg width=" in page
    assert "data:" not in page
    assert " style=" not in page
    (secret,) = re.findall(r"<code>([A-Z2-7 ]{39})</code>", page)
    telephone = pyotp.TOTP(secret.replace(" ", ""))
    wrong = client.post("/compte/second-facteur", data={"acte": "confirmer", "code": "12"})
    assert wrong.status_code == 422
    done = client.post("/compte/second-facteur", data={"acte": "confirmer", "code": telephone.now()})
    codes = re.findall(r"<code>([A-Z2-7-]{29})</code>", done.text)
    assert len(codes) == 10
    assert codes[0] not in client.get("/compte/second-facteur").text
    return client, telephone, codes


def test_after_the_password_the_code_is_asked_for_by_page(
    doors: Doors, enrolled: tuple[TestClient, pyotp.TOTP, list[str]]
) -> None:
    _, _, codes = enrolled
    client = visit(doors)
    form = {"courriel": "facteur@exemple.invalid", "mot_de_passe": PASSWORD, "retour": "/acteurs"}
    sent = client.post("/connexion", data=form)
    assert sent.headers["location"] == "/connexion/code?retour=/acteurs"
    assert not [one for one in sent.headers.get_list("set-cookie") if one.startswith("appareil-")]
    assert client.get("/acteurs").headers["location"].startswith("/connexion")
    assert Outline(client.get(sent.headers["location"]).text).all("input", name="retour")[0]["value"] == "/acteurs"
    assert client.post("/connexion/code", data={"code": "123"}).status_code == 401
    opened = client.post("/connexion/code", data={"code": codes[1], "retour": "/acteurs"})
    assert (opened.status_code, opened.headers["location"]) == (303, "/acteurs")
    assert client.get("/acteurs").status_code == 200
    page = client.get("/compte").text
    assert "Un code de votre téléphone est demandé" in page
    boss = signed_in(doors, "administrator", "chef@exemple.invalid")
    account = re.findall(r'action="/comptes/([\w-]+)"><button [^>]*value="facteur"', boss.get("/comptes").text)[0]
    assert boss.post(f"/comptes/{account}", data={"acte": "facteur"}).headers["location"] == "/comptes?fait=facteur"
    assert client.get("/compte").status_code == 303
    assert client.post("/connexion", data=form).headers["location"] == "/acteurs"


def test_where_the_house_requires_it_nothing_else_opens_before(doors: Doors) -> None:
    partner_free = browser(doors)
    client = signed_in(doors, "facilitator", "exige@exemple.invalid")
    usual = doors.app.state.settings
    doors.app.state.settings = usual.model_copy(update={"second_factor": "required"})
    try:
        for path in ("/", "/acteurs", "/dossiers"):
            assert client.get(path).headers["location"] == "/compte/second-facteur"
        assert "mettez-le en place pour continuer" in client.get("/compte/second-facteur").text
        assert client.get("/compte").status_code == 200
        assert client.post("/deconnexion").status_code == 303
        assert partner_free.get("/connexion").status_code == 200
    finally:
        doors.app.state.settings = usual
    assert Cookie.of(usual).name == "session"


def test_keys_are_listed_created_once_shown_and_revoked_by_page(doors: Doors) -> None:
    boss = signed_in(doors, "administrator", "chef@exemple.invalid")
    page = boss.post("/cles", data={"nom": "Mairie de Crest", "role": "client"})
    (secret,) = re.findall(r"<code>(ps_[\w-]{43})</code>", page.text)
    assert secret not in boss.get("/cles").text
    headers = {"X-API-Key": secret}
    assert doors.anonymous.get("/api/actors", headers=headers).status_code == 200
    doors.app.state.rate_limits.merge()
    row = re.findall(r'<th scope="row">Mairie de Crest</th>.*?</tr>', boss.get("/cles").text, re.DOTALL)[0]
    assert "jamais" not in row
    (key_id,) = re.findall(r'action="/cles/([\w-]+)"', row)
    assert boss.post("/cles", data={"nom": "Mairie de Crest", "role": "client"}).status_code == 409
    assert boss.post("/cles", data={"nom": "", "role": "client"}).status_code == 422
    assert boss.post(f"/cles/{key_id}", data={"acte": "revoquer"}).status_code == 303
    assert doors.anonymous.get("/api/actors", headers=headers).status_code == 401
    assert "révoquée" in boss.get("/cles").text
