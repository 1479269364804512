"""The ladder of a confidential case climbed from both sides in a real browser, and a partner's answer."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader
from sqlmodel import select

from api.catalogue import record_changes
from api.catalogue.schemas import ActorIn
from api.core.settings import Settings
from api.mailing.links import open_signer
from api.partner_view.marks import Marks, Pair
from models.accounts import Account
from models.database import open_database, reading
from tests.browser.test_desk import SHOTS, check, shoot
from tests.support.accounts import PASSWORD
from tests.support.databases import url_of
from tests.support.small_files import a_pdf
from tests.support.witness import Served, Witness
from tests.support.world import demo_opportunity

pytestmark = pytest.mark.slow

CASE = demo_opportunity("r001")
EMAIL = "repreneur@exemple.invalid"
NAME = "Les Charpentes Réunies"
TITLE = "Menuiserie Bessolière"
PDF = {"name": "Bessolière, mémoire.pdf", "mimeType": "application/pdf", "buffer": a_pdf("Les comptes")}


@pytest.fixture(scope="module")
def actor(served: Served) -> str:
    engine = open_database(url_of(served.folder / "world.db"))
    known = ActorIn(
        source_id="repreneur",
        name=NAME,
        kind="scop",
        activities=["bâtiment et travaux publics", "menuiserie bois"],
        seeks=["acquisitions"],
        commune_code="07019",
        headcount=40,
    )
    found = record_changes.create_actor(engine, known)
    record_changes.change_opportunity(engine, CASE, {"deadline": None})
    engine.dispose()
    return found


def mark_of_case(partner: Witness, actor_id: str) -> str:
    """Return the mark of the case in this partner's addresses: several cases have the same line."""
    served = partner.served
    with reading(open_database(url_of(served.folder / "world.db"))) as session:
        account = session.exec(select(Account).where(Account.email == EMAIL)).one().id
    signer = open_signer(Settings(link_keys=str(served.folder / "keys")))
    return Marks.of(signer, account).make(Pair(actor_id, CASE))


@pytest.fixture
def elsewhere(browser: Browser, served: Served) -> Iterator[Witness]:
    """The partner's own browser: nothing of the facilitator's is in it."""
    context = browser.new_context(locale="fr-FR", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    seen = Witness(page, served)
    page.on("console", lambda one: seen.troubles.append(one.text) if one.type in ("error", "warning") else None)
    page.on("request", lambda one: None if one.url.startswith(served.url) else seen.troubles.append(one.url))
    yield seen
    context.close()
    # A page that is refused is told to the console too: nothing else is.
    assert [one for one in seen.troubles if "404" not in one and "422" not in one] == []


def look(witness: Witness, name: str) -> None:
    """Check a page, and shoot it wide, dark and narrow for whoever looks."""
    check(witness)
    if not SHOTS:
        return
    shoot(witness, name)
    witness.page.emulate_media(color_scheme="dark")
    shoot(witness, f"{name}-sombre")
    witness.page.emulate_media(color_scheme="light")
    witness.page.set_viewport_size({"width": 320, "height": 640})
    shoot(witness, f"{name}-320")
    witness.page.set_viewport_size({"width": 1280, "height": 900})


def tab_to(page: Page, target: str, most: int = 40) -> None:
    """Press Tab until an element has the focus, which must be seen there."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("target => document.activeElement.matches(target)", target):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
            return
    raise AssertionError(f"{target} is not reached by keyboard")


def test_the_ladder_through_both_sides(witness: Witness, elsewhere: Witness, actor: str) -> None:
    """Invited, answering, undertaking by keyboard; the facilitator agrees for the holder, files, opens, withdraws."""
    house, partner = witness.page, elsewhere.page
    witness.sign_in()
    witness.go(f"/acteurs/{actor}/partenaires")
    check(witness)
    house.fill("#courriel", EMAIL)
    house.fill("#nom", "Camille Repreneuse")
    house.click("main button:has-text('Inviter')")
    link = house.locator("main code").inner_text()
    look(witness, "partenaires")

    partner.goto(link)
    for name in ("mot_de_passe", "encore"):
        partner.fill(f"[name={name}]", PASSWORD)
    partner.click("main button")
    partner.fill("[name=courriel]", EMAIL)
    partner.fill("[name=mot_de_passe]", PASSWORD)
    partner.click("main button")
    expect(partner.locator("h1")).to_have_text("Mes propositions")
    expect(partner.locator("main")).not_to_contain_text(TITLE)
    look(elsewhere, "espace")

    partner.click(f"h3 a[href='/espace/propositions/{mark_of_case(elsewhere, actor)}']")
    look(elsewhere, "espace-proposition")
    partner.click("main form button")
    expect(partner.get_by_role("alert")).to_contain_text("Choisissez l’une des quatre réponses")
    look(elsewhere, "espace-proposition-erreur")
    partner.check("[name=interet][value='3']")
    partner.click("main button:has-text('Envoyer ma réponse')")
    expect(partner.get_by_role("status")).to_contain_text("Rappelez-moi vite")
    look(elsewhere, "espace-repondu")
    dossier = climb(elsewhere)

    witness.go(f"/opportunites/{CASE}/confidentialite")
    look(witness, "confidentialite-vide")
    house.fill("#cherche", "charpentes")
    house.click("text=Chercher")
    look(witness, "confidentialite-cherche")
    house.locator(".found li", has_text=NAME).get_by_role("button", name="Le cédant est d’accord").click()
    expect(house.get_by_role("status")).to_contain_text("enregistré")
    house.set_input_files("#fichier", PDF)  # type: ignore[arg-type]
    house.select_option("#dossier", "documents")
    house.click("main button:has-text('Ajouter')")
    expect(house.locator("#documents + table")).to_contain_text("mémoire.pdf")

    partner.goto(dossier)
    expect(partner.locator("main")).to_contain_text(TITLE)
    expect(partner.locator("main")).to_contain_text("pas encore ouverts")
    look(elsewhere, "dossier-identite")
    house.get_by_role("button", name=f"Ouvrir les documents ({NAME})").click()
    partner.reload()
    with partner.expect_download() as download:
        partner.click("text=mémoire.pdf")
    assert NAME in PdfReader(download.value.path()).pages[0].extract_text()
    assert "Bessoli" not in download.value.url
    look(elsewhere, "dossier-documents")
    house.reload()
    expect(house.locator("main")).to_contain_text("document téléchargé")
    look(witness, "confidentialite")

    house.locator("td[data-name='Accord du cédant']").get_by_role("button", name="Retirer").click()
    partner.reload()
    expect(partner.locator("main")).not_to_contain_text(TITLE)
    for path, name in (("/espace/acteurs", "espace-acteurs"), ("/espace/donnees", "espace-donnees")):
        elsewhere.go(path)
        look(elsewhere, name)
    partner.click("main a, nav a:has-text('Mes acteurs')")
    partner.click(f"main a:has-text('{NAME}')")
    look(elsewhere, "espace-acteur")


def climb(elsewhere: Witness) -> str:
    """Open the dossier and undertake, by keyboard alone; return where it is."""
    page = elsewhere.page
    page.click("text=Voir son dossier")
    look(elsewhere, "dossier-teaser")
    tab_to(page, "#engagement")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Cochez la case")
    check(elsewhere)
    tab_to(page, "#engagement")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Votre engagement est enregistré")
    expect(page.locator("main")).not_to_contain_text(TITLE)
    look(elsewhere, "dossier-engage")
    return page.url.partition("?")[0]
