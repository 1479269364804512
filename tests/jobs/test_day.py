"""Job 5: what is new since the last visit, and the deadlines of this week, without a click: the home page says both."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from api.core.clock import today_in_france
from models.base import identifier, utc_now
from models.database import open_database, writing
from models.opportunities import Opportunity
from tests.jobs.conftest import CountedJob
from tests.support.databases import url_of
from tests.support.witness import Served

pytestmark = pytest.mark.slow
TITLES = ("Réfection de la salle des fêtes", "Transport des repas de l’école")


def test_what_is_new_and_the_two_deadlines_of_this_week(counted_job: CountedJob, served: Served) -> None:
    engine = open_database(url_of(served.folder / "world.db"))
    with writing(engine) as session:
        for place, title in enumerate(TITLES):
            session.add(
                Opportunity(
                    id=identifier("opportunities", title),
                    natural_key=title,
                    content_hash="",
                    source="test",
                    source_id=title,
                    kind="market",
                    title=title,
                    deadline=today_in_france() + timedelta(days=2 + place),
                    created_at=utc_now(),
                )
            )
    engine.dispose()
    with counted_job(5) as hands:
        main = hands.page.locator("main")
        expect(main.locator("section", has_text="Nouveau")).to_contain_text("nouvelles")
        for title in TITLES:
            expect(main.locator("section", has_text="Cette semaine")).to_contain_text(title)
