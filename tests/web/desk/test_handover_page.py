"""« Reprises à venir »: the map and the tables tell whole groups; without figures the page says how to get them."""

import json
import re
from datetime import date

import pytest

from api.web.desk.handovers import SHADES
from models.base import utc_now
from models.database import writing
from models.handovers import HandoverGroup
from models.open_data import SyncRun
from tests.support.outline import Outline
from tests.support.signed_in import signed_in
from tests.support.world import Doors

pytestmark = pytest.mark.slow

VALENCE, MONTELIMAR = "200068781", "200040459"
GROUPS = (
    HandoverGroup(territory=VALENCE, section=41, division="43", companies=1200, seniors=300, older=700, larger=210),
    HandoverGroup(territory=VALENCE, section=41, division="", companies=40, seniors=20, older=None, larger=12),
    HandoverGroup(territory=VALENCE, section=0, division="", companies=90, seniors=30, older=40, larger=None),
    HandoverGroup(territory=MONTELIMAR, section=41, division="43", companies=100, seniors=45, older=60, larger=30),
    HandoverGroup(territory="", section=0, division="", companies=60, seniors=12, older=None, larger=None),
)


@pytest.fixture(scope="module")
def counted(doors: Doors) -> Doors:
    with writing(doors.engine) as session:
        for group in GROUPS:
            session.add(HandoverGroup(**group.model_dump()))
        moment = utc_now()
        run = {"departments": "26,07", "since": date(2026, 9, 1), "day": date(2026, 11, 25), "complete": True}
        session.add(SyncRun(source="reprises_a_venir", number=1, ended_at=moment, **run))
    return doors


def test_before_anything_is_counted_the_page_says_so_without_a_command(doors: Doors) -> None:
    words = Outline(signed_in(doors, "facilitator").get("/reprises").text).words
    assert "Rien n’est encore compté" in words
    assert "api.cli" not in words


def test_tables_and_map_tell_sums_of_groups(counted: Doors) -> None:
    page = signed_in(counted, "facilitator").get("/reprises")
    words = Outline(page.text).words
    assert "1 490 entreprises employeuses, dont 407 (27 %) ont un dirigeant de 60 ans ou plus" in words
    assert "Comptées le 25 novembre 2026" in words
    for name in ("CA Valence Romans Agglo", "CA Montélimar Agglomération", "Reste des deux départements"):
        assert name in words
    drawn = re.search(r'id="carte-territoires">(.*?)</script>', page.text)
    assert drawn
    areas = json.loads(drawn[1])["areas"]
    assert set(areas) == {VALENCE, MONTELIMAR}
    assert [areas[code]["shade"] for code in (VALENCE, MONTELIMAR)] == [1, len(SHADES) - 1]


def test_a_territory_and_a_trade_can_be_chosen_and_unknown_ones_choose_nothing(counted: Doors) -> None:
    browser = signed_in(counted, "facilitator")
    words = Outline(browser.get(f"/reprises?territoire={VALENCE}&metier=41").text).words
    assert "1 240 entreprises employeuses, dont 320 (26 %)" in words
    assert "Bâtiment et travaux publics (sans plus de précision)" in words
    everything = browser.get("/reprises").text
    assert browser.get("/reprises?territoire=<b>&metier=99").text == everything


def test_the_page_names_no_company(counted: Doors) -> None:
    text = signed_in(counted, "facilitator").get("/reprises").text
    assert not re.search(r"(?<!\d)\d{14}(?!\d)", text)
    codes = set(re.findall(r"(?<!\d)\d{9}(?!\d)", text))
    assert codes <= {VALENCE, MONTELIMAR}
