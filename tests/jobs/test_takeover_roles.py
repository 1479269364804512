"""Job 6: of a joinery to take over, who takes over, who accompanies, who finances; a case is opened with the three."""

import pytest
from playwright.sync_api import expect

from api.open_data.reference_actors import load_reference_actors
from models.base import utc_now
from models.database import open_database
from tests.browser.test_desk import check
from tests.jobs.conftest import CountedJob
from tests.support.databases import url_of
from tests.support.witness import Served, Witness
from tests.support.world import demo_opportunity

pytestmark = pytest.mark.slow
JOINERY = demo_opportunity("r001")


def test_a_case_is_opened_with_one_of_each_role(counted_job: CountedJob, served: Served, witness: Witness) -> None:
    engine = open_database(url_of(served.folder / "world.db"))
    load_reference_actors(engine, now=utc_now())
    engine.dispose()
    page = witness.page
    with counted_job(6) as hands:
        hands.fill("#trouver", "menuiserie bessolière")
        hands.press("Enter")
        hands.click(page.locator(f"a[href='/opportunites/{JOINERY}/reprise/roles']"))
        for field in ("reprendre", "accompagner", "financer"):
            expect(page.locator(f"input[name={field}]:checked")).not_to_have_value("")
        check(witness)
        hands.show(page.locator("main"))
        hands.click(page.locator("main form button").first)
        notice = page.locator(".notice[role=status]")
        expect(notice).to_contain_text("Les dossiers sont ouverts")
        expect(notice.locator("a")).to_have_count(3)
    check(witness)
