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
from sqlmodel import Session, col

from api.accounts import sessions
from api.confidentiality.documents import list_documents
from api.core.clock import today_in_france
from api.matching.snapshot import Desk, Snapshot
from api.open_data import duplicates
from api.partner_view.building import PartnerSpaces
from models.accounts import AccountSession
from models.alerts import Night
from models.base import utc_now
from models.database import reading, writing
from models.open_data import DuplicateProposal
from models.opportunities import Opportunity
from tests.support.options import OPTIONS
from tests.support.signed_in import PASSWORD, browser, open_account, open_partner
from tests.support.world import Doors, demo_actor, demo_opportunity
from tests.web.test_doors import DOORS

pytestmark = pytest.mark.slow

OPENING, OTHER, CASE = demo_opportunity("m001"), demo_opportunity("m002"), demo_opportunity("r001")
GARDENERS, ESAT = demo_actor("a001", "00017926700026"), demo_actor("a002", "00025845900031")
EMAILS = {
    "administrator": "administration@exemple.invalid",
    "partner": "partenaire@exemple.invalid",
}
# Who may ask is tried in test_doors. Not here: what needs a link of a mail, and what a program fetches.
ELSEWHERE = re.compile(
    r"GET /(avis|voir|suivi|confirmer|desinscription|invitation|connexion/code)"
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
    state.partner_spaces = PartnerSpaces(counting)
    counting.snapshot()
    yield counting
    state.desk, state.partner_spaces = whole, spaces


@pytest.fixture(scope="module")
def visitors(doors: Doors) -> dict[str, TestClient]:
    open_account(doors, "administrator", EMAILS["administrator"])
    open_partner(doors.engine, EMAILS["partner"], GARDENERS)
    return {
        role: browser(
            doors,
            sessions.sign_in(doors.engine, email, PASSWORD, client_address="192.0.2.1", now=utc_now(), options=OPTIONS),
        )
        for role, email in EMAILS.items()
    }


@pytest.fixture(scope="module")
def paths(doors: Doors, visitors: dict[str, TestClient]) -> dict[str, str]:
    """What stands for each variable of an address; each leads to something that is there."""
    suggestion = doors.ask({"opportunity_id": OPENING, "k": 3})[0]["suggestions"][0]["id"]
    with writing(doors.engine) as session:
        session.add(Night(day=today_in_france(), started_at=utc_now()))
        session.execute(update(Opportunity).where(col(Opportunity.id) == CASE).values(teaser="Une affaire à reprendre"))
    desk, partner = visitors["administrator"], visitors["partner"]
    case = desk.post("/dossiers", data={"suggestion": suggestion}).headers["location"].rpartition("/")[2]
    desk.post(f"/opportunites/{CASE}/confidentialite/documents", files={"fichier": ("bilan.pdf", b"%PDF-1.7\n%%EOF\n")})
    with reading(doors.engine) as session:
        documents = list_documents(session, CASE)
    document = documents[0].id
    staged = desk.post(
        "/importer",
        data={"contenu": "actors"},
        files={"fichier": ("acteurs.csv", b"id;nom;type\nx1;Les Essais;scop\n")},
    )
    token = staged.headers["location"].rpartition("/")[2]
    mark = re.findall(r"/espace/propositions/([\w-]+)", partner.get("/espace").text)[0]
    return {
        "actor_id": GARDENERS,
        "opportunity_id": OPENING,
        "suggestion_id": suggestion,
        "case_id": case,
        "document_id": document,
        "token": token,
        "mark": mark,
        "day": today_in_france().isoformat(),
    }


@contextmanager
def counted(doors: Doors) -> Iterator[Counter[str]]:
    """Count the transactions that requests begin: the snapshot's builder has its own."""
    found: Counter[str] = Counter()

    def begin(connection: Any) -> None:
        if threading.current_thread().name != "snapshot-builder":
            found["write" if connection.get_execution_options().get("writes") else "read"] += 1

    event.listen(doors.app.state.engine, "begin", begin)
    try:
        yield found
    finally:
        event.remove(doors.app.state.engine, "begin", begin)


def visited(doors: Doors, visitors: dict[str, TestClient], door: str) -> TestClient:
    if door.startswith("GET /api/"):
        return doors.facilitator
    return visitors["partner" if door.startswith("GET /espace") else "administrator"]


def address(door: str, paths: dict[str, str]) -> str:
    path = door.removeprefix("GET ")
    known = paths | ({"opportunity_id": CASE} if "confidentialite" in path else {})
    return re.sub(r"{(\w+)}", lambda name: known[name[1]], path)


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
    "GET /espace/dossiers/{mark}/documents/{document_id}",
}  # fmt: skip


@pytest.mark.parametrize("door", GETS)
def test_a_page_has_one_snapshot_and_two_units_of_work_at_most(
    doors: Doors, desk: CountingDesk, visitors: dict[str, TestClient], paths: dict[str, str], door: str
) -> None:
    client, path = visited(doors, visitors, door), address(door, paths)
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
        f"/opportunites/{OPENING}/comparer?a={GARDENERS}&b={ESAT}",
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
             f"/acteurs/{GARDENERS}", "/"]
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
