"""Needs come in by themselves: stated on a page, confirmed by a mailed link, taken up by a person; nothing typed is
lost.
"""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update
from sqlmodel import col, select

from api.core.settings import Settings
from api.mailing.links import Purpose
from api.privacy.personal_data import erase_person, export_person, purge
from api.stated_needs.stating import MOST_OPEN
from matcher.embedding import Encoder
from models.accounts import AccountSession
from models.base import utc_now
from models.database import reading, writing
from models.tables import Contact, Opportunity, OutboxMessage, StatedNeed, metadata
from tests.support.databases import copy_database
from tests.support.options import OPTIONS
from tests.support.outline import Outline
from tests.support.page_forms import PageForm
from tests.support.sending import send
from tests.support.signed_in import PASSWORD, browser, open_partner, sessions, signed_in
from tests.support.smtp_server import Post, post
from tests.support.world import CLIENT_BASE, Doors, demo_actor, opened_doors

pytestmark = pytest.mark.slow

LINK = re.compile(rf"{CLIENT_BASE}/besoin/[\w-]+")
GARDENERS = demo_actor("a001", "00017926700026")
BUYER = {
    "title": "Tonte et taille de haies autour de la mairie",
    "description": "Deux passages par mois, d’avril à octobre.",
    "place": "Crest (26)",
    "deadline": "2099-03-01",
    "amount_eur": "12 500",
    "buyer_name": "Mairie des Essais",
    "contact_nom": "Camille Essai",
    "contact_telephone": "04 65 71 00 12",
}
OWNER = {
    "title": "Menuiserie Zzsecret",
    "description": "Je pense à la retraite dans deux ans, Zzsecret.",
    "place": "Privas (07)",
    "takeover.headcount": "7",
    "contact_nom": "Dominique Zzsecret",
    "contact_telephone": "06 39 98 00 12",
}


@pytest.fixture(scope="module")
def mailbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    with post(Path(tmp_path_factory.mktemp("mails")) / "log") as server:
        yield server


@dataclass
class Stated:
    """A need that was stated from an address of its own. link: the path of the mailed link."""

    link: str
    email: str
    mail: str


def state(doors: Doors, mailbox: Post, kind: str, form: dict[str, str], email: str) -> Stated:
    sent = browser(doors).post(f"/deposer/{kind}", data=form | {"contact_courriel": email})
    assert (sent.status_code, sent.headers["location"]) == (303, "/deposer/recu"), sent.text[-3000:]
    assert send(doors, mailbox).sent == 1
    (mail,) = [mail for mail in mailbox.accepted() if mail.to == (email,)]
    message = message_from_bytes(mail.content, policy=policy.default)
    parts = [message.get_body((kind,)) for kind in ("plain", "html")]
    text = f"{message['subject']}\n" + "\n".join(part.get_content() for part in parts if part)
    (path,) = {found.removeprefix(CLIENT_BASE) for found in LINK.findall(text)}
    return Stated(path, email, text)


def need_from(doors: Doors, email: str) -> StatedNeed:
    with reading(doors.engine) as session:
        return session.exec(select(StatedNeed).where(StatedNeed.email == email)).one()


def words(answer: object) -> str:
    return Outline(answer.text).words


@pytest.fixture(scope="module")
def house(doors: Doors) -> TestClient:
    return signed_in(doors, "facilitator")


def entered(doors: Doors, email: str) -> TestClient:
    """Return a browser in which a partner signs in."""
    token = sessions.sign_in(doors.engine, email, PASSWORD, client_address="192.0.2.1", now=utc_now(), options=OPTIONS)
    return browser(doors, token)


@pytest.fixture(scope="module")
def partner(doors: Doors) -> TestClient:
    open_partner(doors.engine, "structure@exemple.invalid", GARDENERS, name="Alix Structure")
    return entered(doors, "structure@exemple.invalid")


def test_a_buyer_s_need_waits_until_it_is_confirmed_and_becomes_an_opportunity_with_all_that_was_typed(
    doors: Doors, mailbox: Post, house: TestClient
) -> None:
    stated = state(doors, mailbox, "besoin", BUYER, "mairie@exemple.invalid")
    need = need_from(doors, stated.email)
    page = f"/a-valider/besoins/{need.id}"
    assert house.get(page).status_code == 404, "nobody reads what is not confirmed"
    assert BUYER["title"] not in house.get("/a-valider").text
    visitor = browser(doors)
    assert "Confirmer et envoyer" in words(visitor.get(stated.link))
    assert visitor.post(stated.link, data={"acte": "confirmer"}).status_code == 303
    assert "État : reçu" in words(visitor.get(stated.link))
    for desk_page in ("/", "/a-valider"):
        assert page in house.get(desk_page).text
    shown = words(house.get(page))
    for text in (*BUYER.values(), "mairie@exemple.invalid", "Premiers acteurs"):
        assert text.replace("\N{NO-BREAK SPACE}", " ") in shown
    assert "/acteurs/" in house.get(page).text, "the first matches"
    assert house.post(page, data={"acte": "prendre"}).headers["location"] == f"{page}?fait=pris"
    assert "État : en cours" in words(visitor.get(stated.link))

    address = "/opportunites/nouvelle"
    form = PageForm(house.get(f"{address}?besoin={need.id}").text, address).with_(acte="enregistrer")
    (made, again) = (house.post(address, data=form) for _ in range(2))
    assert made.headers["location"] == again.headers["location"], "sent twice, it is one"
    opportunity_id = made.headers["location"].split("/")[2].partition("?")[0]
    with reading(doors.engine) as session:
        row = session.get_one(Opportunity, opportunity_id)
        contact = session.exec(select(Contact).where(Contact.opportunity_id == opportunity_id)).one()
    assert (row.title, row.description, row.commune_code) == (BUYER["title"], BUYER["description"], "26108")
    assert (row.amount_eur, str(row.deadline), row.buyer_name) == (12_500, "2099-03-01", "Mairie des Essais")
    assert (contact.name, contact.phone, contact.email) == ("Camille Essai", "+33465710012", stated.email)
    assert "État : publié" in words(visitor.get(stated.link))
    assert page not in house.get("/a-valider").text

    assert visitor.post(stated.link, data={"acte": "retirer"}).status_code == 303
    assert "Rien de ce que vous aviez écrit n’est gardé" in words(visitor.get(stated.link))
    with writing(doors.engine) as session:
        session.execute(update(Opportunity).where(col(Opportunity.id) == opportunity_id).values(status="closed"))
    assert "Rien de ce que vous aviez écrit n’est gardé" in words(visitor.get(stated.link)), "whatever became of it"
    assert f"/opportunites/{opportunity_id}" in house.get(page).text, "a person decides about what was made of it"
    assert house.post(page, data={"acte": "noter"}).headers["location"] == "/a-valider?fait=note"
    assert page not in house.get("/a-valider").text


def test_an_owner_s_project_is_read_by_facilitators_alone(
    doors: Doors, mailbox: Post, house: TestClient, partner: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither mails, nor logs, nor its own link, nor partners, nor keys tell anything of it."""
    caplog.set_level(logging.DEBUG)
    stated = state(doors, mailbox, "cession", OWNER, "cedant@exemple.invalid")
    visitor = browser(doors)
    behind_link = [visitor.get(stated.link).text]
    visitor.post(stated.link, data={"acte": "confirmer"})
    behind_link.append(visitor.get(stated.link).text)
    need = need_from(doors, stated.email)
    page = f"/a-valider/besoins/{need.id}"
    read = house.get(page)
    assert "Zzsecret" in read.text
    assert "confidentiel" in words(read)
    for text in (stated.mail, *behind_link, caplog.text):
        assert "Zzsecret" not in text
        for telling in ("Menuiserie", "Privas", "retraite", "céder", "cession", "reprise", "entreprise"):
            assert telling not in text or text is caplog.text
    for outsider in (partner, doors.client, doors.anonymous, doors.facilitator):
        assert outsider.get(page, follow_redirects=False).status_code in (303, 401, 403)
    assert partner.post(f"/espace/besoins/{need.id}").status_code == 404
    assert "Zzsecret" not in partner.get("/espace/besoins").text + doors.client.get("/api/opportunities").text
    with reading(doors.engine) as session:
        mails = session.exec(select(OutboxMessage)).all()
        tables = [str(session.execute(table.select()).all()) for table in metadata.sorted_tables]
    assert all("Zzsecret" not in f"{mail.subject}{mail.text}{mail.html}" for mail in mails)
    assert sum("Zzsecret" in content for content in tables) == 1, "one table holds it"

    # Never a public opening of it, not even by a form of one's own.
    sent_on = house.get(f"/opportunites/nouvelle?besoin={need.id}")
    assert sent_on.headers["location"] == f"/reprises/nouvelle?besoin={need.id}"
    opening = {"title": "Une ouverture", "besoin": need.id, "acte": "distinct"}
    assert house.post("/opportunites/nouvelle", data=opening).status_code == 409
    with reading(doors.engine) as session:
        assert session.exec(select(Opportunity).where(Opportunity.title == "Une ouverture")).first() is None
    address = "/reprises/nouvelle"
    form = PageForm(house.get(f"{address}?besoin={need.id}").text, address).with_(acte="enregistrer")
    made = house.post(address, data=form)
    opportunity_id = made.headers["location"].split("/")[2].partition("?")[0]
    with reading(doors.engine) as session:
        assert session.get_one(Opportunity, opportunity_id).confidential
    assert "État : en cours" in words(visitor.get(stated.link)), "a case is never said to be one"
    assert doors.client.get(f"/api/opportunities/{opportunity_id}").status_code == 404


def test_behind_a_link_nobody_tells_an_owner_s_project_from_a_buyer_s_need(
    doors: Doors, mailbox: Post, house: TestClient
) -> None:
    owner = state(doors, mailbox, "cession", OWNER, "cedant.discret@exemple.invalid")
    buyer = state(doors, mailbox, "besoin", BUYER | {"title": "Un besoin discret"}, "acheteur.discret@exemple.invalid")
    visitor = browser(doors)

    def pages() -> set[str]:
        return {visitor.get(stated.link).text.replace(stated.link, "") for stated in (owner, buyer)}

    assert len(pages()) == 1
    for stated in (owner, buyer):
        visitor.post(stated.link, data={"acte": "confirmer"})
    assert len(pages()) == 1
    for stated in (owner, buyer):
        house.post(f"/a-valider/besoins/{need_from(doors, stated.email).id}", data={"acte": "prendre"})
    assert len(pages()) == 1


def test_a_partner_states_a_subcontract_follows_it_and_takes_it_back(
    doors: Doors, house: TestClient, partner: TestClient
) -> None:
    address = "/espace/besoins/nouveau"
    form = PageForm(partner.get(address).text, address)
    assert form.values["buyer_name"] != [""], "its own actor is proposed"
    refused = partner.post(address, data=form.with_(description="Zznotlost", place="Nullepart-les-Bains"))
    assert refused.status_code == 422
    assert "Zznotlost" in refused.text
    assert "Écrivez au moins ceci." in words(refused)
    sent = form.with_(title="Pose de clôtures", nature="subcontract", place="Crest")
    assert partner.post(address, data=sent).headers["location"] == "/espace/besoins?fait=envoye"
    with reading(doors.engine) as session:
        need = session.exec(select(StatedNeed).where(StatedNeed.kind == "subcontract")).one()
    page = f"/a-valider/besoins/{need.id}"
    assert "Alix Structure" in words(house.get(page))
    prefilled = house.get(f"/opportunites/nouvelle?besoin={need.id}").text
    assert PageForm(prefilled, "/opportunites/nouvelle").values["origin"] == ["subcontract"]
    assert house.post(page, data={"acte": "clore", "reponse": "x" * 1_001}).status_code == 422
    house.post(page, data={"acte": "clore", "reponse": "Déjà trouvé près de chez vous."})
    assert "clos« Déjà trouvé près de chez vous. »" in words(partner.get("/espace/besoins"))
    late = house.post(page, data={"acte": "clore", "reponse": "Encore un mot"})
    assert late.status_code == 409
    assert "Encore un mot" in late.text

    partner.post(address, data=form.with_(title="Un autre besoin"))
    with reading(doors.engine) as session:
        other = session.exec(select(StatedNeed).where(StatedNeed.status == "waiting")).all()[-1]
    assert partner.post(f"/espace/besoins/{other.id}").headers["location"] == "/espace/besoins?fait=retire"
    assert "Un autre besoin" not in partner.get("/espace/besoins").text + house.get("/a-valider").text


def test_nobody_fills_the_desk_with_needs_of_one_account(doors: Doors, partner: TestClient) -> None:
    address = "/espace/besoins/nouveau"
    form = PageForm(partner.get(address).text, address)
    answers = [partner.post(address, data=form.with_(title=f"Essai {number}")) for number in range(MOST_OPEN + 1)]
    assert (answers[0].status_code, answers[-1].status_code) == (303, 409)
    assert "retirez-en un" in words(answers[-1])
    assert f"Essai {MOST_OPEN}" in answers[-1].text, "nothing typed is lost"
    with reading(doors.engine) as session:
        waiting = session.exec(select(StatedNeed).where(StatedNeed.status == "waiting")).all()
    own = [need.id for need in waiting if need.typed["title"].startswith("Essai ")]
    assert partner.post(f"/espace/besoins/{own[0]}").status_code == 303
    assert partner.post(address, data=form.with_(title="Essai encore")).status_code == 303


def test_a_need_sent_after_the_session_expired_returns_after_signing_in(doors: Doors) -> None:
    email, address = "lent@exemple.invalid", "/espace/besoins/nouveau"
    account_id = open_partner(doors.engine, email, GARDENERS)
    late = entered(doors, email)
    form = PageForm(late.get(address).text, address).with_(title="Écrit pendant la pause")
    with writing(doors.engine) as session:
        over = update(AccountSession).where(col(AccountSession.account_id) == account_id)
        session.execute(over.values(expires_at=utc_now() - timedelta(minutes=1)))
    assert late.post(address, data=form).headers["location"] == f"/connexion?retour={address}"
    page = entered(doors, email).get(address)
    assert "Votre session avait expiré" in words(page)
    assert PageForm(page.text, address).values["title"] == ["Écrit pendant la pause"]


def test_a_need_that_was_withdrawn_meanwhile_is_not_published_and_the_form_is_kept(
    doors: Doors, mailbox: Post, house: TestClient
) -> None:
    stated = state(doors, mailbox, "besoin", BUYER | {"title": "Un besoin passager"}, "passager@exemple.invalid")
    visitor, need = browser(doors), need_from(doors, "passager@exemple.invalid")
    visitor.post(stated.link, data={"acte": "confirmer"})
    address = "/opportunites/nouvelle"
    form = PageForm(house.get(f"{address}?besoin={need.id}").text, address).with_(acte="distinct")
    visitor.post(stated.link, data={"acte": "retirer"})
    refused = house.post(address, data=form)
    assert refused.status_code == 409
    assert "déjà traité, ou retiré" in words(refused)
    assert "Un besoin passager" in refused.text
    with reading(doors.engine) as session:
        assert session.exec(select(Opportunity).where(Opportunity.title == "Un besoin passager")).first() is None


def test_bad_input_is_said_beside_its_field_and_nothing_typed_is_lost(doors: Doors) -> None:
    wrong = OWNER | {"takeover.headcount": "beaucoup", "contact_courriel": "pas une adresse", "title": ""}
    refused = browser(doors).post("/deposer/cession", data=wrong)
    assert refused.status_code == 422
    page = Outline(refused.text)
    for name in ("takeover.headcount", "contact_courriel", "title"):
        assert page.all("input", name=name)[0]["aria-invalid"] == "true"
    assert page.all("input", name="contact_nom")[0]["value"] == OWNER["contact_nom"]
    assert OWNER["description"] in refused.text


def test_what_nobody_confirms_is_forgotten_with_its_sender(doors: Doors, mailbox: Post) -> None:
    stated = state(doors, mailbox, "cession", OWNER, "indecis@exemple.invalid")
    options: Settings = doors.app.state.settings
    soon, late = (utc_now() + timedelta(days=options.unconfirmed_need_days, hours=hours) for hours in (-1, 1))
    purge(doors.engine, now=soon, options=options)
    assert browser(doors).get(stated.link).status_code == 200
    assert purge(doors.engine, now=late, options=options).needs >= 1
    assert browser(doors).get(stated.link).status_code == 404
    with reading(doors.engine) as session:
        tables = [str(session.execute(table.select()).all()) for table in metadata.sorted_tables]
    assert not any("indecis@" in content for content in tables)


def test_a_person_gets_what_it_stated_and_it_is_erased_with_the_person(doors: Doors, mailbox: Post) -> None:
    stated = state(doors, mailbox, "cession", OWNER, "efface@exemple.invalid")
    signer = doors.app.state.signers.newest()
    whole, own = (
        export_person(doors.engine, signer, stated.email, by="cli", now=utc_now(), with_confidential=with_confidential)[
            "needs"
        ]
        for with_confidential in (True, False)
    )
    assert [need["typed"]["title"] for need in whole] == [OWNER["title"]]
    assert own == []
    erase_person(doors.engine, stated.email, by="cli", now=utc_now())
    assert browser(doors).get(stated.link).status_code == 404


def test_a_network_that_states_too_much_waits_and_an_address_is_not_pestered(
    world_database: Path, encoder: Encoder, tmp_path: Path, mailbox: Post
) -> None:
    with opened_doors(copy_database(world_database, tmp_path / "flood.db"), encoder) as doors:
        form = BUYER | {"contact_courriel": "victime@exemple.invalid"}
        answers = [browser(doors).post("/deposer/besoin", data=form) for _ in range(11)]
        assert [answer.status_code for answer in answers] == [303] * 10 + [429]
        # Whoever types an address is not told what was stated from it before.
        assert len({(str(answer.headers), answer.content) for answer in answers[:-1]}) == 1
        waits = browser(doors).post("/deposer/cession", data=OWNER | {"contact_courriel": "v@exemple.invalid"})
        assert int(waits.headers["Retry-After"]) > 0
        assert OWNER["description"] in waits.text
        assert send(doors, mailbox).sent == 3


def test_without_the_setting_there_is_no_such_page(world_database: Path, encoder: Encoder, tmp_path: Path) -> None:
    database = copy_database(world_database, tmp_path / "closed.db")
    with opened_doors(database, encoder, needs_page=False) as doors:
        for path in ("/deposer", "/deposer/besoin", "/deposer/cession", "/deposer/recu"):
            assert browser(doors).get(path).status_code == 404
        assert browser(doors).post("/deposer/besoin", data=BUYER).status_code == 404
    assert not Settings().needs_page


def test_a_link_made_for_something_else_or_for_nothing_leads_nowhere(doors: Doors) -> None:
    signer = doors.app.state.signers.newest()
    for token in ("x", signer.sign(Purpose.NEED, other="1"), signer.sign(Purpose.VIEW, need="1"), "é"):
        assert browser(doors).get(f"/besoin/{token}").status_code == 404
        assert browser(doors).post(f"/besoin/{token}", data={"acte": "retirer"}).status_code == 404
