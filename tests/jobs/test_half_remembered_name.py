"""Job 2: a name half remembered finds the actor, with whom to call on screen; the call is noted from there."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from api.core.clock import today_in_france
from models.contacts import Contact
from models.database import open_database, writing
from tests.browser.test_desk import check
from tests.jobs.conftest import CountedJob
from tests.support.databases import url_of
from tests.support.witness import Served, Witness
from tests.support.world import demo_actor

pytestmark = pytest.mark.slow
GARDENERS = demo_actor("a001", "00017926700026")


def test_who_is_half_remembered_is_called_and_the_call_noted(
    counted_job: CountedJob, served: Served, witness: Witness
) -> None:
    engine = open_database(url_of(served.folder / "world.db"))
    with writing(engine) as session:
        session.add(
            Contact(
                id="c2",
                actor_id=GARDENERS,
                name="Camille Essai",
                phone="+33639981234",
                source="essai",
                lawful_basis="legitimate_interest",
                retained_until=today_in_france() + timedelta(days=365),
            )
        )
    engine.dispose()
    with counted_job(2) as hands:
        hands.fill("#trouver", "secateur val")
        hands.press("Enter")
        line = hands.page.locator(".results li").first
        expect(line).to_contain_text("Les Sécateurs du Val")
        expect(line.locator("a[href='tel:+33639981234']")).to_be_visible()
        check(witness)
        hands.click(line.locator("button", has_text="Noter un appel"))
        expect(hands.page.locator("[role=status]").first).to_contain_text("L’appel est noté")
        expect(hands.page.locator("#historique + table")).to_contain_text("Camille Essai")
