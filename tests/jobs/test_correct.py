"""Job 4: the commune and the headcount of an actor whom she has just spoken to are corrected, then given back."""

import pytest
from playwright.sync_api import expect

from api.accounts.accounts import find_account
from models.base import utc_now
from models.database import open_database, writing
from models.interactions import Interaction
from tests.jobs.conftest import CountedJob
from tests.support.databases import url_of
from tests.support.witness import Served
from tests.support.world import demo_actor

pytestmark = pytest.mark.slow
GARDENERS = demo_actor("a001", "00017926700026")


def test_commune_and_headcount_are_corrected_then_undone(counted_job: CountedJob, served: Served) -> None:
    engine = open_database(url_of(served.folder / "world.db"))
    by = f"account:{find_account(engine, served.email).id}"
    with writing(engine) as session:
        session.add(Interaction(id="un-appel", kind="call", at=utc_now(), by=by, actor_id=GARDENERS))
    engine.dispose()
    with counted_job(4) as hands:
        main = hands.page.locator("main")
        hands.click(hands.page.locator(f'a[href="/acteurs/{GARDENERS}/corriger"]'))
        hands.fill("#place", "Privas (07)")
        hands.fill("#headcount", "77")
        hands.click(hands.page.get_by_role("button", name="Enregistrer").first)
        expect(main).to_contain_text("Privas (07)")
        expect(main).to_contain_text("77 salariés")
        hands.click("text=Annuler cette modification")
        expect(main).to_contain_text("de nouveau comme avant")
        expect(main).not_to_contain_text("Privas (07)")
