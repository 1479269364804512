"""Pictures for « Aide » of the jobs that no browser test does yet: their pages as they stand."""

import pytest
from playwright.sync_api import expect

from tests.jobs.pictures import ARE_WANTED, Camera
from tests.support.witness import Witness
from tests.support.world import demo_opportunity

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not ARE_WANTED, reason="pictures: make jobs PICTURES=1")]

CASE = demo_opportunity("r001")


def test_actors_of_a_takeover_by_role(witness: Witness) -> None:
    witness.sign_in()
    witness.go(f"/opportunites/{CASE}?closes=oui")
    roles = witness.page.locator("h2", has_text="Par rôle")
    expect(roles).to_be_visible()
    Camera(witness.page, 6).shoot(roles)
