"""A person is noted on an actor's page, corrected, and called: in a real browser, on a phone, in the dark."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_desk import GARDENERS, check, shoot
from tests.support.witness import Witness

pytestmark = pytest.mark.slow


def test_a_contact_is_added_with_a_fault_mended_and_can_be_called(witness: Witness) -> None:
    page = witness.page
    witness.sign_in()
    witness.go(f"/acteurs/{GARDENERS}")
    page.click("text=Ajouter un contact")
    check(witness)
    page.fill("#contact_nom", "Anne-Lise Roche")
    page.fill("#contact_telephone", "04 65 71")
    page.click("summary >> text=D’où vient ce contact")
    page.fill("#contact_source", "")
    page.click("text=Enregistrer")
    expect(page.locator("#contact_telephone-erreur")).to_be_visible()
    # Its part of the form was folded.
    expect(page.locator("#contact_source-erreur")).to_be_visible()
    expect(page.locator("#contact_nom")).to_have_value("Anne-Lise Roche")
    check(witness)
    shoot(witness, "contact-erreur")
    page.fill("#contact_telephone", "04 65 71 00 01")
    page.fill("#contact_courriel", "roche@example.org")
    page.fill("#contact_source", "Rencontrée au salon")
    page.click("text=Enregistrer")
    expect(page.locator("#contacts + .notice")).to_have_text("Contact ajouté.")
    expect(page.locator("a[href='tel:+33465710001']")).to_be_visible()
    expect(page.locator("a[href='mailto:roche@example.org']")).to_be_visible()
    check(witness)
    shoot(witness, "acteur-contact")
    # What the browser says of the refused form is its own way to show a status.
    witness.troubles[:] = [trouble for trouble in witness.troubles if "422" not in trouble]
    page.set_viewport_size({"width": 320, "height": 900})
    shoot(witness, "acteur-contact-320")
