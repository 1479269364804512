"""A request reads one state of the desk: one snapshot, one reading unit of work, and at most one that writes."""

import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event, update
from sqlmodel import Session

from api.matching.desk import Desk
from api.matching.snapshot import Snapshot
from api.open_data import duplicates
from api.partner_view.building import PartnerSpaces
from api.partner_view.ties import Ties
from models.accounts import AccountSession
from models.base import utc_now
from models.database import writing
from models.open_data import DuplicateProposal
from tests.support.desk_paths import CASE, GARDENERS, OPENING, address, visitor_of
from tests.support.world import Doors, demo_actor, demo_opportunity
from tests.web.test_doors import DOORS

pytestmark = pytest.mark.slow

OTHER, ESAT = demo_opportunity("m002"), demo_actor("a002", "00025845900031")
# Who may ask is tried in test_doors. Not here: what needs a link of a mail, and what a program fetches.
ELSEWHERE = re.compile(
    r"GET /(avis|voir|suivi|confirmer|desinscription|besoin/|invitation|nouveau-mot-de-passe|connexion/code)"
    r"|GET /(static|docs|openapi|health|ready|metrics)"
)
GETS = sorted(door for door in DOORS if door.startswith("GET ") and not ELSEWHERE.match(door))
RANKING = (
    {"opportunity_id": OPENING},
    {"opportunity_id": CASE},
    {"opportunity_id": OPENING, "share": True},
    {"actor_id": GARDENERS},
    {"text": "tonte de pelouse à Valence"},
)


class CountingDesk(Desk):
    """A desk that counts how often it is asked for its snapshot; `between` is done before the second answer."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk.engine, desk.encoder, desk.departments)
        self.asked = 0
        self.between: Any = None

    def snapshot(self, session: Session | None = None) -> Snapshot:
        self.asked += 1
        if self.asked == 2 and self.between:
            self.between()
        return super().snapshot(session)


@pytest.fixture(scope="module")
def desk(doors: Doors) -> Iterator[CountingDesk]:
    state = doors.app.state
    whole, spaces = state.desk, state.partner_spaces
    state.desk = counting = CountingDesk(whole)
    state.partner_spaces = PartnerSpaces(counting, Ties.of(state.signers.newest()))
    counting.snapshot()
    yield counting
    state.desk, state.partner_spaces = whole, spaces


@contextmanager
def counted(doors: Doors) -> Iterator[Counter[str]]:
    """Count the transactions that requests begin: the snapshot's builder and the background have their own."""
    found: Counter[str] = Counter()

    def begin(connection: Any) -> None:
        if threading.current_thread().name not in ("snapshot-builder", "background-writer"):
            found["write" if connection.get_execution_options().get("writes") else "read"] += 1

    event.listen(doors.app.state.engine, "begin", begin)
    try:
        yield found
    finally:
        event.remove(doors.app.state.engine, "begin", begin)


def forget_last_use(doors: Doors) -> None:
    """Let every session be noted again: the most that a page ever has to write."""
    with writing(doors.engine) as session:
        session.execute(update(AccountSession).values(last_seen_at=utc_now() - timedelta(minutes=2)))


def test_every_door_that_shows_something_is_tried() -> None:
    assert len(GETS) >= 40


# A rehearsed import is undone in a unit of its own.
STILL_MORE = "GET /importer/{token}"
# A file that was imported is reported once; a case that nobody opened to a partner is not shown.
ABSENT_TODAY = {
    "GET /importer/{token}/rapport", "GET /importer/{token}/refuses.csv", "GET /espace/dossiers/{mark}",
    "GET /espace/dossiers/{mark}/documents/{document_id}", "GET /espace/dossiers/{mark}/engagement",
}  # fmt: skip


@pytest.mark.parametrize("door", GETS)
def test_a_page_has_one_snapshot_and_two_units_of_work_at_most(
    doors: Doors, desk: CountingDesk, visitors: dict[str, TestClient], paths: dict[str, str], door: str
) -> None:
    client, path = visitor_of(doors, visitors, door), address(door, paths)
    path += f"?suggestion_id={paths['suggestion_id']}" if door == "GET /api/ratings" else ""
    forget_last_use(doors)
    desk.asked = 0
    with counted(doors) as units:
        answer = client.get(path)
    assert answer.status_code in ((404,) if door in ABSENT_TODAY else (200, 303)), answer.text[:500]
    assert desk.asked <= 1
    if not door.startswith(STILL_MORE):
        assert units["read"] <= 1, units
        assert units["write"] <= 1, units


@pytest.mark.parametrize(
    "path",
    [
        f"/opportunites/{CASE}",
        f"/opportunites/{CASE}?nombre=30&closes=oui",
        f"/opportunites/{OPENING}?partage=oui",
        f"/opportunites/{OPENING}/comparer?acteur={GARDENERS}&acteur={ESAT}",
    ],
)
def test_the_heaviest_pages_have_no_more(
    doors: Doors, desk: CountingDesk, visitors: dict[str, TestClient], path: str
) -> None:
    """A confidential case is noted in the journal, a list in the impressions, and the visit in the session."""
    forget_last_use(doors)
    desk.asked = 0
    with counted(doors) as units:
        assert visitors["administrator"].get(path).status_code == 200
    assert desk.asked == 1
    assert units["read"] <= 1, units
    assert units["write"] <= 1, units


@pytest.mark.parametrize("question", RANKING)
def test_a_question_to_the_api_has_no_more(doors: Doors, desk: CountingDesk, question: dict[str, Any]) -> None:
    desk.asked = 0
    with counted(doors) as units:
        doors.ask(question)
    assert desk.asked == 1
    assert units["read"] <= 1, units
    assert units["write"] <= 1, units


@pytest.mark.parametrize(
    "path", [f"/opportunites/{OPENING}", f"/opportunites/{OPENING}/comparer", f"/opportunites/{OPENING}/groupement",
             f"/acteurs/{GARDENERS}", "/opportunites"]
)  # fmt: skip
def test_a_duplicate_decided_meanwhile_breaks_no_page(
    doors: Doors, desk: CountingDesk, visitors: dict[str, TestClient], path: str
) -> None:
    """The desk that is asked a second time has lost the very thing that the page is about."""
    now = utc_now()
    proposals = {
        OPENING: DuplicateProposal(
            id="p1", kind="opportunities", first_id=OPENING, second_id=OTHER, status="proposed", similarity=1.0,
            why={}, proposed_at=now, decided_by="",
        ),
        GARDENERS: DuplicateProposal(
            id="p2", kind="actors", first_id=GARDENERS, second_id=ESAT,
            status="proposed", similarity=1.0, why={}, proposed_at=now, decided_by="",
        ),
    }  # fmt: skip
    with writing(doors.engine) as session:
        for one in proposals.values():
            session.merge(one)

    def decide() -> None:
        for hidden, one in (("p1", OTHER), ("p2", ESAT)):
            duplicates.decide(doors.engine, hidden, duplicates.SAME, keep=one, by="cli", now=utc_now())

    desk.asked, desk.between = 0, decide
    try:
        assert visitors["administrator"].get(path).status_code == 200
    finally:
        desk.between = None
        for hidden in ("p1", "p2"):
            duplicates.decide(doors.engine, hidden, duplicates.PROPOSED, by="cli", now=utc_now())
