"""Job 7: four actors of a list get the same template, and a page says who answers."""

import pytest
from playwright.sync_api import expect
from sqlmodel import col, select

from api.core.clock import today_in_france
from models.database import open_database, writing
from models.tables import Actor, Contact, MailTemplate
from tests.browser.test_desk import check
from tests.jobs.conftest import CountedJob
from tests.support.databases import url_of
from tests.support.witness import Served, Witness

pytestmark = pytest.mark.slow


def test_the_same_template_goes_to_four_actors_and_who_answers_is_followed(
    counted_job: CountedJob, served: Served, witness: Witness
) -> None:
    engine = open_database(url_of(served.folder / "world.db"))
    with writing(engine) as session:
        session.add(MailTemplate(id="m", name="Contact", subject="Pour {acteur}", body="Bonjour", updated_by="cli"))
        for number, actor_id in enumerate(session.exec(select(Actor.id).where(~col(Actor.confidential))).all()):
            session.add(
                Contact(
                    id=f"c{number}", actor_id=actor_id, name=f"Personne {number}", email=f"p{number}@exemple.invalid",
                    source="essai", lawful_basis="legitimate_interest", retained_until=today_in_france(),
                )
            )  # fmt: skip
    engine.dispose()
    with counted_job(7) as hands:
        hands.click("nav >> text=Acteurs")
        boxes = hands.page.locator("tr:not(:has(.tag)) [name=acteur]").all()[:4]
        for box in boxes:
            hands.check(box)
        hands.click("button >> text='Envoyer'")
        expect(hands.page.locator("main")).to_contain_text("4 mails, 0 réponse")
    check(witness)
    witness.page.locator("button[name=mail]").first.click()
    expect(witness.page.locator("main")).to_contain_text("4 mails, 1 réponse")
    check(witness)
    witness.page.locator("text=Relancer ceux qui").click()
    expect(witness.page.locator("[name=contact]")).to_have_count(3)
    check(witness)
    witness.go("/modeles")
    check(witness)
