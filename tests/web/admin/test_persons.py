"""Personal data by page: given as a file, forgotten for good; the address stands in no URL and in no log."""

import json
import logging

import pytest

from tests.support.databases import rows_as_text
from tests.support.outline import Outline
from tests.support.signed_in import open_account, signed_in
from tests.support.world import Doors

pytestmark = pytest.mark.slow

CANARY = "serin.volage@exemple.invalid"


def _dump(doors: Doors) -> str:
    return rows_as_text(doors.engine)


def test_somebody_is_given_all_that_is_kept_and_then_forgotten(doors: Doors, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    open_account(doors, "facilitator", CANARY, "Serin Volage")
    browser = signed_in(doors, "administrator")
    given = browser.post("/personnes", data={"courriel": CANARY, "acte": "exporter"})
    assert given.status_code == 200
    assert "attachment" in given.headers["content-disposition"]
    assert json.loads(given.text)["account"]["name"] == "Serin Volage"
    assert "password_hash" not in given.text

    hasty = browser.post("/personnes", data={"courriel": CANARY, "encore": "autre@exemple.invalid", "acte": "effacer"})
    assert hasty.status_code == 422
    assert CANARY in _dump(doors)

    done = browser.post("/personnes", data={"courriel": CANARY, "encore": CANARY, "acte": "effacer"})
    assert "C’est effacé" in Outline(done.text).words
    dump = _dump(doors)
    assert CANARY not in dump
    assert "Serin Volage" not in dump
    again = browser.post("/personnes", data={"courriel": CANARY, "acte": "exporter"})
    assert again.status_code == 404
    assert CANARY not in again.text
    assert CANARY not in caplog.text


@pytest.mark.parametrize(
    "form", [{"courriel": "pas une adresse", "acte": "exporter"}, {"courriel": CANARY, "acte": "autre"}, {}]
)
def test_what_cannot_be_done_is_said(doors: Doors, form: dict[str, str]) -> None:
    answer = signed_in(doors, "administrator").post("/personnes", data=form)
    assert answer.status_code == 422
    assert "n’est pas valide" in Outline(answer.text).words


def test_the_last_administrator_stays(doors: Doors) -> None:
    browser = signed_in(doors, "administrator")
    own = {"courriel": "administrator@exemple.invalid", "encore": "administrator@exemple.invalid", "acte": "effacer"}
    assert browser.post("/personnes", data=own).status_code == 409
