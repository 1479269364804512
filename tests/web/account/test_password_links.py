"""A password chosen by a link that was mailed: after an invitation, or a forgotten password."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import select

from api.accounts import accounts, mailed_links
from api.core.settings import Settings
from models.base import utc_now
from models.database import reading, writing
from models.tables import OutboxMessage
from tests.support.outline import Outline
from tests.support.sending import send
from tests.support.signed_in import PASSWORD, browser, open_account, signed_in
from tests.support.smtp_server import Post, post
from tests.support.world import CLIENT_BASE, Doors, demo_actor

pytestmark = pytest.mark.slow

NEW_PASSWORD = "lentille sabot orage pigeon"
LINK = re.compile(rf"{CLIENT_BASE}/nouveau-mot-de-passe/[\w-]+")
GARDENERS = demo_actor("a001", "00017926700026")
CHOSEN = {"mot_de_passe": NEW_PASSWORD, "encore": NEW_PASSWORD}


@pytest.fixture(scope="module")
def mailbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    with post(Path(tmp_path_factory.mktemp("mails")) / "log") as server:
        yield server


def links_to(mailbox: Post, email: str) -> list[str]:
    """Return the links of all mails to an address, in order; both parts of each mail have the same."""
    found = []
    for mail in mailbox.accepted():
        if mail.to != (email,):
            continue
        message = message_from_bytes(mail.content, policy=policy.default)
        text, html = (message.get_body((kind,)) for kind in ("plain", "html"))
        assert text is not None
        assert html is not None
        (link,) = LINK.findall(text.get_content())
        assert LINK.findall(html.get_content()) == [link]
        found.append(link.removeprefix(CLIENT_BASE))
    return found


def ask(doors: Doors, email: str) -> int:
    return browser(doors).post("/mot-de-passe-oublie", data={"courriel": email}).status_code


def enter(doors: Doors, email: str, password: str) -> int:
    return browser(doors).post("/connexion", data={"courriel": email, "mot_de_passe": password}).status_code


def test_a_forgotten_password_is_chosen_anew_by_a_mailed_link_once(doors: Doors, mailbox: Post) -> None:
    email = "oubli@exemple.invalid"
    here = signed_in(doors, "facilitator", email)
    assert [ask(doors, email), ask(doors, f"  {email.upper()} ")] == [303, 303]
    assert send(doors, mailbox).sent == 2
    first, second = links_to(mailbox, email)
    visit = browser(doors)
    assert Outline(visit.get(first).text).all("input", id="courriel")[0]["value"] == email
    assert visit.post(first, data=CHOSEN | {"encore": "autre"}).status_code == 422
    assert visit.post(first, data=CHOSEN).headers["location"] == "/connexion?fait=oui"
    assert here.get("/compte").status_code == 303, "the other sessions are over"
    assert [visit.get(link).status_code for link in (first, second)] == [410, 410]
    assert visit.post(second, data=CHOSEN).status_code == 410
    assert (enter(doors, email, PASSWORD), enter(doors, email, NEW_PASSWORD)) == (401, 303)


def test_an_invitation_is_mailed_and_either_link_ends_the_other(doors: Doors, mailbox: Post) -> None:
    administrator = signed_in(doors, "administrator")
    for path, form in (
        ("/comptes", {"courriel": "invitee@exemple.invalid", "nom": "Dominique Essai", "role": "facilitator"}),
        (f"/acteurs/{GARDENERS}/partenaires", {"courriel": "invitee2@exemple.invalid"}),
    ):
        email = form["courriel"]
        page = administrator.post(path, data=form).text
        shown = re.findall(r"/invitation/[\w-]+", page)[0]
        assert f"Un courriel part à {email}" in Outline(page).words
        assert send(doors, mailbox).sent == 1
        (mailed,) = links_to(mailbox, email)
        assert browser(doors).get(shown).status_code == 200
        assert browser(doors).post(mailed, data=CHOSEN).status_code == 303
        assert browser(doors).get(shown).status_code == 410
        assert enter(doors, email, NEW_PASSWORD) == 303


def test_no_table_holds_a_link_that_was_mailed(doors: Doors, mailbox: Post) -> None:
    email = "tables@exemple.invalid"
    open_account(doors, "facilitator", email)
    ask(doors, email)
    send(doors, mailbox)
    token = links_to(mailbox, email)[0].rpartition("/")[2]
    with reading(doors.engine) as session:
        rows = session.exec(select(OutboxMessage)).all()
    assert rows
    assert all(token not in f"{row.text}{row.html}" and "nouveau-mot-de-passe" not in row.text for row in rows)


@contextmanager
def statements(doors: Doors) -> Iterator[list[str]]:
    """Collect what requests ask of the tables, in the threads that answer them."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_others: Any) -> None:
        if threading.current_thread().name.startswith("AnyIO"):
            seen.append(statement)

    engine = doors.app.state.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_nothing_tells_whether_an_address_has_an_account(doors: Doors, mailbox: Post) -> None:
    """The answer, its headers and what the request asks of the tables are the same: so is its time."""
    known, closed, unknown = (f"{name}@exemple.invalid" for name in ("connue", "fermee", "inconnue"))
    open_account(doors, "facilitator", known)
    accounts.disable(doors.engine, open_account(doors, "facilitator", closed), by="cli", now=utc_now())
    answers, asked = [], []
    for email in (known, closed, unknown):
        with statements(doors) as seen:
            answer = browser(doors).post("/mot-de-passe-oublie", data={"courriel": email})
        answers.append((answer.status_code, sorted(answer.headers.items()), answer.text))
        asked.append(list(seen))
    assert answers[0] == answers[1] == answers[2]
    # A first request writes its counter, and later ones change it.
    assert asked[1] == asked[2]
    assert asked[0]
    assert send(doors, mailbox).sent == 1
    assert links_to(mailbox, known)


def test_who_asks_often_is_slowed_and_a_mailbox_gets_three_mails_an_hour(doors: Doors, mailbox: Post) -> None:
    email = "souvent@exemple.invalid"
    open_account(doors, "facilitator", email)
    statuses = [ask(doors, email) for _ in range(25)]
    assert set(statuses) == {303, 429}
    assert statuses == sorted(statuses)
    refused = browser(doors).post("/mot-de-passe-oublie", data={"courriel": email})
    assert int(refused.headers["Retry-After"]) > 0
    assert Outline(refused.text).all("input", name="courriel")[0]["value"] == email
    assert send(doors, mailbox).sent <= mailed_links.MOST_AN_HOUR


def test_a_link_opens_nothing_after_its_hour_nor_for_a_disabled_account(doors: Doors, mailbox: Post) -> None:
    email, now = "tard@exemple.invalid", utc_now()
    account_id, signer = open_account(doors, "facilitator", email), doors.app.state.signers.newest()
    for sent_at, answered in ((now - timedelta(minutes=59), 200), (now - timedelta(minutes=61), 410)):
        with writing(doors.engine) as session:
            mailed_links.mail_forgotten(session, email, sent_at, doors.app.state.settings)
        assert send(doors, mailbox, sent_at).sent == 1
        link = links_to(mailbox, email)[-1]
        assert browser(doors).get(link).status_code == answered
    other_purpose = signer.sign(
        mailed_links.Purpose.CONFIRM, now=now, account=account_id, mark="", until=now.isoformat()
    )
    for forged in (other_purpose, "x" * 100, link.rpartition("/")[2][:-2]):
        assert browser(doors).get(f"/nouveau-mot-de-passe/{forged}").status_code == 404
    with writing(doors.engine) as session:
        mailed_links.mail_forgotten(session, email, now, doors.app.state.settings)
    assert send(doors, mailbox, now).sent == 1
    accounts.disable(doors.engine, account_id, by="cli", now=now)
    assert browser(doors).get(links_to(mailbox, email)[-1]).status_code == 410


def test_a_mail_that_was_asked_for_long_ago_or_is_no_longer_needed_does_not_leave(doors: Doors, mailbox: Post) -> None:
    late, needless = "perime@exemple.invalid", "inutile@exemple.invalid"
    client = signed_in(doors, "facilitator", needless)
    open_account(doors, "facilitator", late)
    with writing(doors.engine) as session:
        mailed_links.mail_forgotten(session, late, utc_now() - timedelta(hours=7), doors.app.state.settings)
        mailed_links.mail_forgotten(session, needless, utc_now(), doors.app.state.settings)
    form = {"actuel": PASSWORD, "mot_de_passe": NEW_PASSWORD, "encore": NEW_PASSWORD}
    assert client.post("/compte/mot-de-passe", data=form).status_code == 303
    assert send(doors, mailbox).sent == 0
    assert (links_to(mailbox, late), links_to(mailbox, needless)) == ([], [])


def test_one_s_own_name_is_changed_and_nothing_typed_is_lost(doors: Doors) -> None:
    client = signed_in(doors, "facilitator", "nom@exemple.invalid")
    for wrong in ("", "   ", "é" * 101):
        refused = client.post("/compte/nom", data={"nom": wrong})
        assert refused.status_code == 422
        assert Outline(refused.text).all("input", name="nom")[0].get("value", "") == wrong
        assert "Votre nom n’est pas changé" in Outline(refused.text).words
    assert client.post("/compte/nom", data={"nom": " Camille  Essai "}).headers["location"] == "/compte?fait=nom"
    page = Outline(client.get("/compte?fait=nom").text)
    assert page.all("input", name="nom")[0]["value"] == "Camille Essai"
    assert "Votre nom est enregistré." in page.words


def test_sign_in_and_errors_say_whom_to_call(doors: Doors) -> None:
    settings: Settings = doors.app.state.settings
    named = settings.model_copy(update={"contact_name": "Camille Exemple", "contact_phone": "04 65 71 00 00"})
    html = {"Accept": "text/html"}
    visit = browser(doors)
    assert "courriel" not in Outline(visit.get("/nulle-part", headers=html).text).words
    doors.app.state.settings = named
    try:
        pages = [visit.get(path, headers=html) for path in ("/connexion", "/mot-de-passe-oublie", "/nulle-part")]
        forbidden = signed_in(doors, "facilitator").get("/journal")
    finally:
        doors.app.state.settings = settings
    assert [page.status_code for page in (*pages, forbidden)] == [200, 200, 404, 403]
    for page in (*pages, forbidden):
        assert "Camille Exemple, 04 65 71 00 00" in Outline(page.text).words
        assert 'href="tel:0465710000"' in page.text
