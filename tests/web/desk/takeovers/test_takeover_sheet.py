"""The page of a blind sheet: written, agreed to, read by a partner in its space, withdrawn; nothing typed is lost."""

from dataclasses import dataclass
from html import unescape

import pytest
from fastapi.testclient import TestClient

from api.accounts import accounts
from api.confidentiality.disclosure import ConsentSide, grant_consent
from api.core.clock import today_in_france
from api.partner_view.marks import Marks, Pair
from models.base import utc_now
from models.database import writing
from models.tables import Opportunity, TakeoverCase
from tests.support.options import OPTIONS
from tests.support.outline import Outline
from tests.support.page_forms import PageForm
from tests.support.publishing import make_public
from tests.support.signed_in import PASSWORD, browser, open_partner, sessions, signed_in
from tests.support.world import Doors, demo_actor, demo_opportunity

pytestmark = pytest.mark.slow

CASE, PUBLIC, MARKET = demo_opportunity("r001"), demo_opportunity("r002"), demo_opportunity("m001")
GARDENERS = demo_actor("a001", "00017926700026")
EMAIL = "lecture@exemple.invalid"
AGREED = {"acte": "approuver", "par": "owner", "moyen": "mail", "le": today_in_france().isoformat()}


@dataclass(frozen=True)
class SheetPage:
    """The page of a case's sheet, and a partner to whom the owner agreed."""

    doors: Doors
    house: TestClient
    partner: TestClient
    mark: str

    address: str = f"/opportunites/{CASE}/reprise/fiche"

    def page(self) -> str:
        answer = self.house.get(self.address)
        assert answer.status_code == 200
        return answer.text

    def words(self) -> str:
        return Outline(self.page()).text

    def save(self, **changes: str | list[str]) -> int:
        form = PageForm(self.page(), self.address).with_(**({"acte": "enregistrer"} | changes))
        return self.house.post(self.address, data=form).status_code

    def outside(self) -> str:
        answer = self.partner.get(f"/espace/dossiers/{self.mark}")
        assert answer.status_code == 200
        return Outline(answer.text).text


@pytest.fixture(scope="module")
def sheet(doors: Doors) -> SheetPage:
    house = signed_in(doors, accounts.FACILITATOR)
    account = open_partner(doors.engine, EMAIL, GARDENERS, name="Camille")
    partner = browser(
        doors,
        sessions.sign_in(doors.engine, EMAIL, PASSWORD, client_address="192.0.2.1", now=utc_now(), options=OPTIONS),
    )
    with writing(doors.engine) as session:
        session.get_one(Opportunity, CASE).teaser = "Une menuiserie"
    grant_consent(doors.engine, CASE, GARDENERS, ConsentSide.HOLDER, account_id="x", now=utc_now())
    assert doors.app.state.desk.catch_up(60)
    mark = Marks.of(doors.app.state.signers.newest(), account).make(Pair(GARDENERS, CASE))
    return SheetPage(doors, house, partner, mark)


def test_a_sheet_goes_from_its_first_version_to_a_partner_and_back(sheet: SheetPage) -> None:
    assert "pas encore écrite" in sheet.words()
    assert "Projet" not in sheet.outside()
    refused = sheet.house.post(
        sheet.address, data={"acte": "enregistrer", "vue": "0", "points_forts": "Menuiserie Bessolière, à Aubenas"}
    )
    assert refused.status_code == 422
    assert "Menuiserie Bessolière, à Aubenas" in unescape(refused.text), "what was typed is not lost"
    assert 'id="points_forts-erreur"' in refused.text
    assert sheet.save(points_forts="Parc de machines récent\nBail long", sale="business") == 303
    words = sheet.words()
    assert "à faire approuver par le cédant" in words
    assert "de 500 000 à 1 500 000 €" in words.replace("\u202f", " ").replace("\xa0", " ")
    assert "680" not in words, "no exact figure of the case is on its page"
    assert "Projet" not in sheet.outside()

    early = sheet.house.post(sheet.address, data=AGREED | {"vue": "1", "le": "2020-01-01", "par": ""})
    assert early.status_code == 422
    assert 'id="le-erreur"' in early.text
    assert 'id="par-erreur"' in early.text
    assert sheet.house.post(sheet.address, data=AGREED | {"vue": "1"}).status_code == 303
    outside = sheet.outside()
    assert "Parc de machines récent" in outside
    assert "le fonds de commerce" in outside
    assert "Aubenas" not in outside
    assert "Camille" in sheet.words(), "who read it is on the page"

    with writing(sheet.doors.engine) as session:
        session.get_one(TakeoverCase, CASE).turnover_eur = 2_000_000
    assert "à faire approuver de nouveau" in sheet.words()
    assert sheet.outside() == outside, "nothing but what was agreed to is read"
    assert sheet.house.post(sheet.address, data={"acte": "enregistrer", "vue": "0"}).status_code == 409

    assert sheet.house.post(sheet.address, data={"acte": "retirer"}).status_code == 303
    assert "Parc de machines récent" not in sheet.outside()


def test_only_a_takeover_that_is_a_secret_has_a_sheet(sheet: SheetPage) -> None:
    make_public(sheet.doors.engine, "opportunities", PUBLIC)
    page = sheet.house.get(f"/opportunites/{PUBLIC}/reprise/fiche")
    assert page.status_code == 200
    assert "n’est pas confidentiel" in page.text
    assert sheet.house.post(f"/opportunites/{PUBLIC}/reprise/fiche", data={"acte": "enregistrer"}).status_code == 404
    assert sheet.house.get(f"/opportunites/{MARKET}/reprise/fiche").status_code == 404
    assert sheet.partner.get(sheet.address).status_code == 403
