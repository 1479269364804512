"""The mail templates of the house, written, corrected and removed by several persons."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete

from models.database import writing
from models.tables import MailTemplate
from tests.support.accounts import account, signed_in
from tests.support.page_forms import PageForm
from tests.support.world import ABSENT, Doors
from tests.web.desk.test_desk_pages import read

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def signed_in_desk(doors: Doors) -> Iterator[TestClient]:
    with signed_in(doors, account(doors.engine, "camille@exemple.invalid")) as client:
        yield client


@pytest.fixture
def desk(doors: Doors, signed_in_desk: TestClient) -> TestClient:
    """A facilitator of a house that has no template yet."""
    with writing(doors.engine) as session:
        session.execute(delete(MailTemplate))
    return signed_in_desk


def test_of_two_forms_of_a_template_the_second_overwrites_nothing_unseen(desk: TestClient) -> None:
    desk.post("/modeles", data={"nom": "Relance", "sujet": "Avez-vous lu ?", "texte": "Bonjour"})
    (address,) = (str(link["href"]) for link in read(desk.get("/modeles")).all("a") if "/modeles/" in str(link["href"]))
    first, second = (PageForm(desk.get(address).text, address) for _ in range(2))
    desk.post(address, data=first.with_(sujet="Un mot de nous"))
    # What is stored already is no loss.
    assert "enregistré" in read(desk.post(address, data=second.with_(sujet="Un mot de nous"))).words
    refused = desk.post(address, data=second.with_(texte="Bonsoir"))
    assert "Enregistré entre-temps par quelqu’un d’autre : Un mot de nous." in read(refused, 409).words
    typed = PageForm(refused.text, address)
    assert (typed.values["sujet"], typed.values["texte"]) == (["Avez-vous lu ?"], ["Bonsoir"])
    assert PageForm(desk.get(address).text, address).values["texte"] == ["Bonjour"]
    # Who has seen it may.
    assert "enregistré" in read(desk.post(address, data=typed.values)).words


def test_a_template_is_written_corrected_and_removed(desk: TestClient) -> None:
    assert "Deux modèles sont ajoutés" in read(desk.post("/modeles", data={"acte": "exemples"})).words
    page = read(desk.get("/modeles"))
    (address, _) = sorted({str(one["href"]) for one in page.all("a") if "/modeles/" in str(one["href"])})
    given = {"nom": "Relance", "sujet": "Avez-vous lu ?", "texte": "Bonjour {contact}"}
    assert "Relance" in read(desk.post(address, data=given)).words
    assert "porte déjà ce nom" in read(desk.post("/modeles", data=given), 409).words
    for wrong, why in ({"nom": ""}, "donnez un nom"), ({"sujet": "{x}"}, "n’est pas un repère"):
        refused = desk.post(address, data=given | wrong)
        assert why in read(refused, 422).words.lower()
        assert "Bonjour {contact}" in refused.text
    assert "supprimé" in read(desk.post(address, data={"acte": "supprimer"})).words
    read(desk.get(address), 404)
    read(desk.post(f"/modeles/{ABSENT}", data=given), 404)
