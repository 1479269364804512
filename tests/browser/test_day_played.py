"""A day played, from sign-in to the mails of the evening: a real browser, and a real server for the mails."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.sync_api import expect

from api.core.clock import day_in_france, night_of
from api.mailing.transport import Transport
from api.night.run import run_night
from models.base import utc_now
from models.database import open_database, writing
from models.tables import Opportunity
from tests.support.databases import url_of
from tests.support.smtp_server import Post, post
from tests.support.witness import Served, Witness
from tests.support.world import demo_opportunity

pytestmark = pytest.mark.slow

OPENING = demo_opportunity("m001")
PERSON, MAILBOX = "Camille Essai", "camille.essai@example.org"


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[Post]:
    with post(tmp_path / "log") as server:
        yield server


def test_a_day_from_sign_in_to_the_mails_of_the_evening(witness: Witness, served: Served, mailbox: Post) -> None:
    """She signs in, sees what presses, finds whom to call, opens a case, writes to them, and signs out; mails leave."""
    page = witness.page
    main = page.locator("main")
    title = due_in_three_days(served)
    witness.sign_in()

    # Morning: what presses, and the morning mail from tomorrow on.
    expect(main.locator("section", has_text="Cette semaine")).to_contain_text(title)
    witness.go("/compte")
    page.check("[name=matin]")
    page.locator("form[action='/compte/matin'] button").click()
    expect(page.locator("[name=matin]")).to_be_checked()

    # An actor, by a name half remembered; the person who answered is noted, with the call.
    page.fill("#trouver", "secateur val")
    page.keyboard.press("Enter")
    page.locator(".results li").first.get_by_role("link").first.click()
    expect(page.locator("h1")).to_have_text("Les Sécateurs du Val")
    page.click("text=Ajouter un contact")
    page.fill("#contact_nom", PERSON)
    page.fill("#contact_courriel", MAILBOX)
    page.click("text=Enregistrer")
    expect(main).to_contain_text(MAILBOX)
    page.fill("#echange-note", "Ils ont de la place en mars.")
    main.locator("button[name=geste][value=call]").first.click()
    expect(page.locator("[role=status]").first).to_contain_text("L’appel est noté")

    # The need of this morning: a case for the first actor, and a mail to them.
    witness.go("/")
    main.get_by_role("link", name=title).first.click()
    main.locator("button:has-text('Ouvrir un dossier')").first.click()
    expect(page.locator("#historique + table")).to_contain_text("dossier ouvert")
    witness.go(f"/opportunites/{OPENING}")
    main.get_by_role("checkbox", name="Choisir Les Sécateurs du Val").check()
    main.get_by_role("button", name="Écrire aux acteurs cochés").click()
    page.fill("#sujet", "Les espaces verts")
    page.fill("#texte", "Bonjour, seriez-vous libres en mars ?")
    page.locator("button[value=envoyer]").click()
    expect(main).to_contain_text("1 mail, 0 réponse")
    page.click("text=Se déconnecter")
    expect(page.locator("[name=courriel]")).to_be_visible()

    # Evening: the night of the house.
    night(served, mailbox, utc_now() + timedelta(minutes=5))
    mails = {str(mail["To"]): mail for mail in received(mailbox)}
    assert set(mails) == {MAILBOX, served.email}
    letter, morning = mails[MAILBOX], mails[served.email]
    assert letter["Subject"] == "Les espaces verts"
    assert served.email in letter["Reply-To"]
    assert "seriez-vous libres en mars" in text_of(letter)
    assert morning["Subject"].startswith("Ma journée")
    assert title in text_of(morning)
    assert PERSON not in text_of(morning)

    witness.sign_in()
    witness.go("/courriers")
    page.locator("main table a, main li a").first.click()
    expect(main).to_contain_text("parti")


def due_in_three_days(served: Served) -> str:
    """Let a need be due this week, and return its title."""
    engine = open_database(url_of(served.folder / "world.db"))
    with writing(engine) as session:
        need = session.get_one(Opportunity, OPENING)
        need.deadline = day_in_france(utc_now()) + timedelta(days=3)
        title = need.title
        session.add(need)
    engine.dispose()
    return title


def night(served: Served, mailbox: Post, now: datetime) -> None:
    """Do the night at a moment, with the desk of the service."""
    state = served.app.state
    options = state.settings.model_copy(update={"smtp_port": mailbox.port, "smtp_timeout_s": 5})
    with Transport.of(options) as transport:
        report = run_night(
            state.desk, state.signers.newest(), transport, night=night_of(now), now=lambda: now, options=options
        )
    assert report.complete


def received(mailbox: Post) -> list[EmailMessage]:
    return [message_from_bytes(one.content, policy=policy.default) for one in mailbox.accepted()]


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return " ".join(str(body.get_content()).split())
