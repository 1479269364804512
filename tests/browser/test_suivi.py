"""A case followed in a real browser; its pages and the report read well by ear, in the dark, on a phone, on paper."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.test_desk import SHOTS, check, shoot
from tests.support.accounts import PASSWORD
from tests.support.witness import Served, Witness
from tests.support.world import demo_opportunity

pytestmark = pytest.mark.slow

OPENING, CASE = demo_opportunity("m001"), demo_opportunity("r001")


def shoot_all(witness: Witness, name: str) -> None:
    """Wide, wide in the dark, and narrow."""
    if not SHOTS:
        return
    shoot(witness, name)
    witness.page.emulate_media(color_scheme="dark")
    shoot(witness, f"{name}-sombre")
    witness.page.set_viewport_size({"width": 320, "height": 640})
    shoot(witness, f"{name}-320-sombre")
    witness.page.emulate_media(color_scheme="light")
    shoot(witness, f"{name}-320")
    witness.page.set_viewport_size({"width": 1280, "height": 900})


def unfold(witness: Witness) -> None:
    for closed in witness.page.locator("details").all():
        closed.evaluate("element => { element.open = true }")


def test_a_case_from_the_list_to_a_success_and_into_the_report(witness: Witness) -> None:
    page = witness.page
    witness.sign_in()
    witness.go("/dossiers?responsable=tous")
    witness.go(f"/opportunites/{OPENING}")
    page.locator("text=Ouvrir un dossier").first.click()
    expect(page.locator("h1")).not_to_be_empty()
    address = page.url
    page.fill("#note", "Au téléphone : intéressés, rappeler lundi.")
    page.click("button >> text=Contactée")
    expect(page.locator("#historique + table")).to_contain_text("proposée → contactée")
    unfold(witness)
    check(witness)
    shoot_all(witness, "dossier")
    page.locator("main button", has_text="Mise en relation").first.click()
    expect(page.locator("#historique + table")).to_contain_text("contactée → mise en relation")
    page.click("summary >> text=Gagnée")
    page.fill("#gagnee-crees", "2")
    page.fill("#gagnee-maintenus", "3")
    page.click("[name=vers][value=won]")
    expect(page.locator("dl.facts")).to_contain_text("2 emplois créés, 3 emplois maintenus")
    unfold(witness)
    check(witness)
    shoot_all(witness, "dossier-gagne")
    witness.go(f"/opportunites/{OPENING}/dossiers?nom=menuiserie")
    expect(page.locator(".case-columns")).to_contain_text("gagnée")
    unfold(witness)
    check(witness)
    shoot_all(witness, "dossiers-opportunite")

    witness.go(f"/opportunites/{CASE}?closes=oui")
    page.locator("text=Ouvrir un dossier").first.click()
    page.click("summary >> text=Refusée ou perdue")
    page.click("[name=vers][value=refused]")
    expect(page.locator("[role=alert]")).to_contain_text("une raison au moins")
    check(witness)
    shoot(witness, "dossier-refus")
    # Chromium says of any answer that is a refusal that it « failed to load ».
    assert [one for one in witness.troubles if "422" not in one] == []
    witness.troubles.clear()
    page.click("summary >> text=Refusée ou perdue")
    page.check("[value=too_far]")
    page.click("[name=vers][value=refused]")
    expect(page.locator("dl.facts")).to_contain_text("trop loin")

    for place in ("m012", "m014"):
        witness.go(f"/opportunites/{demo_opportunity(place)}")
        page.locator("text=Ouvrir un dossier").first.click()
    witness.go("/dossiers")
    expect(page.locator("nav [aria-current]")).to_contain_text("Suivi")
    check(witness)
    shoot_all(witness, "suivi")
    witness.go("/dossiers?etat=closed")
    expect(page.locator("h2").first).to_contain_text("2 dossiers")
    check(witness)

    witness.go("/rapport")
    expect(page.locator(".tiles")).to_contain_text("Emplois créés")
    check(witness)
    shoot_all(witness, "rapport")
    with page.expect_download() as download:
        page.click("text=Télécharger en XLSX")
    assert download.value.suggested_filename.endswith(".xlsx")
    witness.go(address.removeprefix(witness.served.url))
    expect(page.locator("h1")).not_to_be_empty()


@pytest.mark.parametrize("path", ["/dossiers?etat=lost", "/dossiers?responsable=tous", "/rapport?annee=2015"])
def test_empty_pages_are_accessible_too(witness: Witness, path: str) -> None:
    witness.sign_in()
    witness.go(path)
    assert witness.page.locator("h1").count() == 1
    check(witness)


def test_printing_leaves_the_forms_and_the_menu_out(witness: Witness) -> None:
    witness.sign_in()
    witness.go("/rapport")
    witness.page.emulate_media(media="print")
    expect(witness.page.locator("nav").first).to_be_hidden()
    expect(witness.page.locator("form.screen")).to_be_hidden()
    expect(witness.page.locator(".figures").first).to_be_visible()
    if SHOTS:
        witness.page.pdf(path=f"{SHOTS}/rapport.pdf", prefer_css_page_size=True)


def test_a_case_is_followed_without_javascript(browser: Browser, served: Served) -> None:
    context = browser.new_context(java_script_enabled=False, locale="fr-FR")
    page = context.new_page()
    page.goto(served.url + "/connexion")
    page.fill("[name=courriel]", served.email)
    page.fill("[name=mot_de_passe]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(served.url + "/")
    page.goto(served.url + f"/opportunites/{demo_opportunity('m016')}")
    page.locator("text=Ouvrir un dossier").first.click()
    page.fill("#note", "Sans script")
    page.click("button >> text=Intéressée")
    expect(page.locator("#historique + table")).to_contain_text("Sans script")
    context.close()
