"""Takeovers to come in a real browser: the map shades the territories that have figures, and the page reads well."""

import pytest
from playwright.sync_api import expect

from models.database import open_database, writing
from models.handovers import HandoverGroup
from tests.browser.test_desk import check
from tests.browser.test_suivi import shoot_all
from tests.support.databases import url_of
from tests.support.witness import Witness
from tests.web.desk.test_handover_page import GROUPS

pytestmark = pytest.mark.slow


def test_the_map_shades_what_is_counted_and_tells_its_figures(witness: Witness) -> None:
    engine = open_database(url_of(witness.served.folder / "world.db"))
    with writing(engine) as session:
        session.add_all(HandoverGroup(**group.model_dump()) for group in GROUPS)
    engine.dispose()
    page = witness.page
    witness.sign_in()
    witness.go("/reprises")
    expect(page.locator("#carte path.area")).to_have_count(33)
    expect(page.locator("#carte path.shade-1")).to_have_count(1)
    expect(page.locator("#carte path.shade-3")).to_have_count(1)
    page.locator("#carte path.shade-3").hover()
    expect(page.locator("#carte .leaflet-tooltip")).to_contain_text("CA Montélimar Agglomération")
    check(witness)
    shoot_all(witness, "reprises")
    page.select_option("#metier", "41")
    page.click("text=Afficher")
    expect(page.locator("main")).to_contain_text("Bâtiment et travaux publics")
    check(witness)
