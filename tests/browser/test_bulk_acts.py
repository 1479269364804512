"""Acts on many rows in a real browser, by keyboard: each page reads well by ear, in the dark and on a phone."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_desk import check, shoot
from tests.support.witness import Witness

pytestmark = pytest.mark.slow


def test_ticked_opportunities_are_archived_and_all_come_back(witness: Witness) -> None:
    page = witness.page
    witness.sign_in()
    witness.go("/opportunites")
    for box in page.locator(".tick input").all()[:2]:
        box.focus()
        page.keyboard.press("Space")
    shoot(witness, "opportunites-cochees")
    page.locator(".bulk button", has_text="Archiver").focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Archiver")
    check(witness)
    shoot(witness, "ensemble")
    page.locator("main button", has_text="Archiver").focus()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("C’est fait.")
    check(witness)
    shoot(witness, "acte")
    page.locator("main button", has_text="Annuler le tout").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[role=status]")).to_contain_text("2 rendus comme avant")
