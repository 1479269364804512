"""« Mon compte » in a real browser: a second factor is set up by the key beside its picture, and asked for then."""

import pyotp
import pytest
from playwright.sync_api import expect

from api.accounts import accounts, second_factor
from models.base import utc_now
from models.database import open_database
from tests.browser.test_desk import check, shoot
from tests.support.accounts import PASSWORD, account
from tests.support.databases import url_of
from tests.support.witness import Witness

pytestmark = pytest.mark.slow

EMAIL = "telephone@exemple.invalid"


def sign_in(witness: Witness) -> None:
    witness.go("/connexion")
    witness.page.fill("[name=courriel]", EMAIL)
    witness.page.fill("[name=mot_de_passe]", PASSWORD)
    witness.page.click("main button")


def test_a_second_factor_is_set_up_and_asked_for(witness: Witness) -> None:
    page, engine = witness.page, open_database(url_of(witness.served.folder / "world.db"))
    account(engine, EMAIL)
    sign_in(witness)
    witness.go("/compte/second-facteur")
    page.click("text=Commencer")
    expect(page.locator("svg.qr")).to_be_visible()
    check(witness)
    shoot(witness, "second-facteur-code")
    telephone = pyotp.TOTP(page.locator("ol code").inner_text().replace(" ", ""))
    page.fill("#code", telephone.now())
    page.click("text=Confirmer")
    expect(page.locator("main li code")).to_have_count(second_factor.RECOVERY_CODES)
    check(witness)
    shoot(witness, "second-facteur-secours")
    recovery_code = page.locator("main li code").first.inner_text()
    page.click("text=Se déconnecter")
    sign_in(witness)
    expect(page.locator("h1")).to_have_text("Votre code")
    check(witness)
    shoot(witness, "connexion-code")
    page.fill("#code", recovery_code)
    page.click("main button")
    page.wait_for_url(witness.served.url + "/")
    witness.go("/compte")
    check(witness)
    shoot(witness, "compte-avec-facteur")
    second_factor.reset(engine, accounts.find_account(engine, EMAIL).id, by="cli", now=utc_now())
    engine.dispose()
