"""An actor's form is filled in by the service of companies, which is never asked about a company that changes hands."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from api.demo import recorded
from api.demo.fake_services import Fault, Served, served
from matcher.embedding import Encoder
from models.database import writing
from models.opportunities import TakeoverCase
from tests.support.databases import copy_database
from tests.support.outline import Outline
from tests.support.page_forms import PageForm
from tests.support.signed_in import signed_in
from tests.support.world import Doors, opened_doors

NEW, CASE = "/acteurs/nouveau", "/reprises/nouvelle"
SAWMILL, RECYCLERS = "000100032", "000100057"


@pytest.fixture(scope="module")
def service() -> Iterator[Served]:
    with served(recorded.own()) as opened:
        yield opened


@pytest.fixture(scope="module")
def reading_doors(
    world_database: Path, encoder: Encoder, service: Served, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Doors]:
    database = copy_database(world_database, tmp_path_factory.mktemp("lookup") / "world.db")
    options = service.settings() | {"open_data_sources": "recherche_entreprises", "open_data_longest_wait_s": 0}
    with opened_doors(database, encoder, **options) as opened:
        yield opened


@pytest.fixture(scope="module")
def desk(reading_doors: Doors) -> TestClient:
    return signed_in(reading_doors, "facilitator")


def complete(desk: TestClient, digits: str, address: str = NEW, name: str = "siret") -> tuple[PageForm, str]:
    form = PageForm(desk.get(address).text, address)
    answer = desk.post(address, data=form.values | {name: [digits], "acte": ["completer"]})
    assert answer.status_code == 200, answer.text[:500]
    return PageForm(answer.text, address), Outline(answer.text).words


def test_a_siren_fills_the_form_with_what_is_public(desk: TestClient, service: Served) -> None:
    form, words = complete(desk, "000 100 032")
    assert "vérifiez, puis enregistrez" in words
    assert form.values["name"] == ["SCIERIE COOPERATIVE DU VERCORS"]
    assert form.values["siret"] == ["00010003200010"]
    assert form.values["place"][0].endswith("(26)")
    assert form.values["kind"] != [""]
    path, parameters, _ = service.asked[-1]
    assert parameters["q"] == SAWMILL
    assert path.endswith("/search")


def test_a_service_that_fails_leaves_a_form_that_can_be_completed(desk: TestClient, service: Served) -> None:
    service.faults.append(Fault(status=503))
    form, words = complete(desk, SAWMILL)
    assert "ne répond pas : complétez la fiche à la main" in words
    assert form.values["siret"] == [SAWMILL]


def test_nobody_is_asked_about_a_company_that_changes_hands(
    desk: TestClient, reading_doors: Doors, service: Served
) -> None:
    """Neither by the form of a case, nor by that of an actor with the same SIREN."""
    asked_before = len(service.asked)
    complete(desk, RECYCLERS, CASE, "takeover.holder_siren")
    with writing(reading_doors.engine) as session:
        case = session.exec(select(TakeoverCase)).first()
        assert case is not None
        case.holder_siren = RECYCLERS
        session.add(case)
    complete(desk, RECYCLERS)
    assert len(service.asked) == asked_before
