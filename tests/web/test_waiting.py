"""Who is of the house waits for what was written before the request; outsiders never wait."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session

from api.accounts import sessions
from api.matching.desk import Desk
from api.partner_view.building import PartnerSpaces
from api.partner_view.ties import Ties
from models.base import utc_now
from tests.support.options import OPTIONS
from tests.support.signed_in import PASSWORD, browser, open_partner, signed_in
from tests.support.world import Doors, demo_actor, demo_opportunity

pytestmark = pytest.mark.slow

GARDENERS, OPENING = demo_actor("a001", "00017926700026"), demo_opportunity("m001")


class WaitingDesk(Desk):
    """A desk that is served, and counts who waits for it."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk.engine, desk.encoder, desk.departments)
        self.snapshot()
        self.is_served = True
        self.waits = 0

    def catch_up(self, seconds: float, session: Session | None = None) -> bool:
        self.waits += 1
        return super().catch_up(seconds, session)


@pytest.fixture(scope="module")
def desk(doors: Doors) -> Iterator[WaitingDesk]:
    state = doors.app.state
    whole, spaces = state.desk, state.partner_spaces
    state.desk = waiting = WaitingDesk(whole)
    state.partner_spaces = PartnerSpaces(waiting, Ties.of(state.signers.newest()))
    yield waiting
    state.desk, state.partner_spaces = whole, spaces


@pytest.fixture(scope="module")
def partner(doors: Doors) -> TestClient:
    open_partner(doors.engine, "partenaire@exemple.invalid", GARDENERS)
    token = sessions.sign_in(
        doors.engine,
        "partenaire@exemple.invalid",
        PASSWORD,
        client_address="192.0.2.1",
        now=utc_now(),
        options=OPTIONS,
    )
    return browser(doors, token)


@pytest.mark.parametrize("path", ["/opportunites", "/acteurs", f"/opportunites/{OPENING}"])
def test_a_page_of_the_house_waits_once(doors: Doors, desk: WaitingDesk, path: str) -> None:
    house = signed_in(doors, "facilitator")
    desk.waits = 0
    assert house.get(path).status_code == 200
    assert desk.waits == 1


def test_a_facilitator_s_key_waits_and_a_client_s_does_not(doors: Doors, desk: WaitingDesk) -> None:
    desk.waits = 0
    doors.ask({"opportunity_id": OPENING}, door=doors.client)
    assert desk.waits == 0
    doors.ask({"opportunity_id": OPENING})
    assert desk.waits == 1


@pytest.mark.parametrize(("path", "status"), [("/espace", 200), ("/", 303), ("/acteurs", 403)])
def test_a_partner_never_waits(desk: WaitingDesk, partner: TestClient, path: str, status: int) -> None:
    desk.waits = 0
    assert partner.get(path).status_code == status
    assert desk.waits == 0
