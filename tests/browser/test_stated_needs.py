"""An owner states a project on the public page, by keyboard, and confirms it; the desk reads it: on a phone, in the
dark.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlmodel import select

from api.core.settings import Settings
from api.mailing.links import Purpose, open_signer
from matcher.embedding import Encoder
from models.database import open_database, reading
from models.stated_needs import StatedNeed
from tests.browser.test_desk import check, shoot
from tests.support.databases import url_of
from tests.support.real_browser import listening
from tests.support.witness import Served, Witness

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def served(world_database: Path, encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with listening(world_database, encoder, tmp_path_factory.mktemp("served"), needs_page=True) as opened:
        yield opened


def look(witness: Witness, name: str) -> None:
    check(witness)
    shoot(witness, name)


def stated_by(served: Served) -> tuple[str, str]:
    """Return the id of the only need, and the path of the link that its sender is mailed."""
    engine = open_database(url_of(served.folder / "world.db"))
    with reading(engine) as session:
        need_id = session.exec(select(StatedNeed)).one().id
    engine.dispose()
    signer = open_signer(Settings(link_keys=str(served.folder / "keys")))
    return need_id, f"/{Purpose.NEED.value}/{signer.sign(Purpose.NEED, need=need_id)}"


def test_an_owner_states_a_project_by_keyboard_and_the_desk_takes_it_up(witness: Witness, served: Served) -> None:
    page, keyboard = witness.page, witness.page.keyboard
    witness.go("/deposer")
    look(witness, "deposer")
    page.focus("a[href='/deposer/cession']")
    keyboard.press("Enter")
    page.focus("[name=title]")
    keyboard.type("Menuiserie, agencement")
    keyboard.press("Tab")
    keyboard.type("Crest (26)")
    keyboard.press("Tab")
    keyboard.type("beaucoup")
    keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Rien n’est envoyé")
    expect(page.locator("[name=title]")).to_have_value("Menuiserie, agencement")
    look(witness, "deposer-erreur")
    page.fill("[name='takeover.headcount']", "7")
    page.fill("[name=description]", "Je pense arrêter dans deux ans.")
    page.fill("[name=contact_courriel]", "dominique@example.org")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Un courriel arrive")
    # What the browser says of the refused form is its own way to show a status.
    witness.troubles[:] = [trouble for trouble in witness.troubles if "422" not in trouble]

    need_id, link = stated_by(served)
    witness.go(link)
    look(witness, "besoin-a-confirmer")
    page.focus("main button")
    keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("reçu")
    expect(page.locator("main")).not_to_contain_text("Menuiserie")
    look(witness, "besoin-suivi")

    witness.sign_in()
    expect(page.locator(f"a[href='/a-valider/besoins/{need_id}']")).to_be_visible()
    witness.go("/a-valider")
    page.click("main >> text=Menuiserie, agencement")
    look(witness, "besoin-depose")
    page.click("text=En faire un cas de reprise")
    expect(page.locator("[name=description]")).to_have_value("Je pense arrêter dans deux ans.")
    page.locator("button:has-text('Enregistrer')").first.click()
    expect(page.locator("h1")).to_contain_text("Menuiserie, agencement")
    witness.go(link)
    expect(page.get_by_role("status")).to_contain_text("en cours")
    page.click("main button")
    expect(page.get_by_role("status")).to_contain_text("Rien de ce que vous aviez écrit")
