"""Job 3: an actor met this morning is added from its SIREN, with the phone of the person."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from api.demo import recorded
from api.demo.fake_services import served as served_sources
from matcher.embedding import Encoder
from tests.jobs.conftest import CountedJob
from tests.support.real_browser import listening
from tests.support.witness import Served

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def served(world_database: Path, encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The application beside a played service of companies, which the house reads."""
    with served_sources(recorded.own()) as service:
        options = service.settings() | {"open_data_sources": "recherche_entreprises"}
        with listening(world_database, encoder, tmp_path_factory.mktemp("served"), **options) as opened:
            yield opened


def test_an_actor_is_added_from_its_siren_with_the_phone_of_the_person(counted_job: CountedJob) -> None:
    with counted_job(3) as hands:
        hands.click("text=Ajouter un acteur")
        hands.fill("[name=siret]", "000 100 032")
        hands.click("text=Compléter")
        expect(hands.page.locator("[name=name]")).to_have_value("SCIERIE COOPERATIVE DU VERCORS")
        hands.fill("[name=contact_nom]", "Malika Perrin")
        hands.fill("[name=contact_telephone]", "06 39 98 12 34")
        hands.click("text=Enregistrer")
        main = hands.page.locator("main")
        expect(main.get_by_role("status").first).to_have_text("La fiche est ajoutée.")
        expect(main.locator("dl.facts")).to_contain_text("00010003200010")
        expect(main.get_by_role("link", name="06 39 98 12 34")).to_have_attribute("href", "tel:+33639981234")
