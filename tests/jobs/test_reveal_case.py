"""Job 10: a confidential case is revealed to one actor once both sides agreed; who learned what is on one page."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine

from api.catalogue import record_changes
from api.catalogue.schemas import ActorIn
from api.confidentiality.disclosure import ConsentSide, grant_consent
from models.base import utc_now
from models.database import open_database
from tests.browser.test_desk import check
from tests.jobs.conftest import CountedJob
from tests.support.databases import url_of
from tests.support.signed_in import PASSWORD, open_partner
from tests.support.witness import Served, Witness
from tests.support.world import demo_opportunity

pytestmark = pytest.mark.slow

CASE, TITLE = demo_opportunity("r001"), "Menuiserie Bessolière"
NAME, EMAIL = "Les Repas du Vercors", "camille@example.org"


@dataclass(frozen=True)
class PartnerVisit:
    """A partner in a browser of its own. Its actor fits no takeover: no score would show it the case."""

    page: Page
    engine: Engine
    account_id: str
    actor_id: str

    def undertake(self) -> None:
        """Agree for its actor, as its page of the case writes it."""
        grant_consent(self.engine, CASE, self.actor_id, ConsentSide.ACTOR, account_id=self.account_id, now=utc_now())


@pytest.fixture
def partner(browser: Browser, served: Served) -> Iterator[PartnerVisit]:
    engine = open_database(url_of(served.folder / "world.db"))
    known = ActorIn(source_id="repas", name=NAME, kind="association", activities=["repas livrés à domicile"])
    actor_id = record_changes.create_actor(engine, known)
    account_id = open_partner(engine, EMAIL, actor_id, name="Camille Repas")
    context = browser.new_context(locale="fr-FR")
    page = context.new_page()
    page.goto(f"{served.url}/connexion")
    page.fill("[name=courriel]", EMAIL)
    page.fill("[name=mot_de_passe]", PASSWORD)
    page.click("main button")
    expect(page.locator("h1")).to_have_text("Mes propositions")
    yield PartnerVisit(page, engine, account_id, actor_id)
    context.close()
    engine.dispose()


def test_a_case_is_revealed_and_who_learned_what_is_on_one_page(
    counted_job: CountedJob, witness: Witness, partner: PartnerVisit
) -> None:
    house, outside = witness.page, partner.page.locator("main")
    expect(outside).not_to_contain_text("Ce qui vous est ouvert")
    with counted_job(10) as hands:
        hands.fill("#trouver", "Bessolière")
        hands.press("Enter")
        hands.click(house.locator("main").get_by_role("link", name=TITLE).first)
        hands.click("main >> text=Confidentialité")
        hands.fill("#cherche", "repas du vercors")
        hands.click("main button:has-text('Chercher')")
        hands.click(house.locator(".found li", has_text=NAME).get_by_role("button", name="Le cédant est d’accord"))
        partner.page.reload()
        expect(outside).to_contain_text("Ce qui vous est ouvert")
        expect(outside).to_contain_text("un accord donné, l’autre attendu")
        expect(outside).not_to_contain_text(TITLE)
        partner.undertake()
        partner.page.reload()
        outside.get_by_role("link", name="Entreprise à reprendre").first.click()
        expect(outside).to_contain_text(TITLE)
        hands.click("main >> text=tout, par personne")
        learned = house.locator("table tbody tr")
        expect(learned.filter(has_text="identité révélée")).to_contain_text("Camille Repas")
        expect(learned.filter(has_text="accord du cédant")).to_contain_text(NAME)
        expect(learned.filter(has_text="telle que lue dehors")).to_contain_text("Entreprise à reprendre")
        check(witness)
