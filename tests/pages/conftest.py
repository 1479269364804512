"""A partner before the pages: links signed as mails sign them, over a module's own copy of the invented world."""

from collections.abc import Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import httpx2
import pytest
from sqlalchemy import func
from sqlmodel import select

from api.mail.links import Purpose, Signer
from models.database import reading, writing
from models.tables import Announcement, Opportunity, OutboxMessage, Partner, Rating, Subscription, metadata
from tests.world import Doors, demo_actor, demo_opportunity

ADDRESS = "canari@exemple.invalid"
PARTNER = "11111111-2222-4333-8444-555555555555"
GARDENERS = demo_actor("a001", "00017926700026")
OPENING, CASE = demo_opportunity("m001"), demo_opportunity("r001")


@dataclass(frozen=True)
class Visit:
    """One partner's way through the pages, of a suggestion of an opening and of one of a confidential case."""

    doors: Doors
    suggestion: str
    confidential: str
    subscription: str

    @property
    def signer(self) -> Signer:
        signer: Signer = self.doors.app.state.signers.newest()
        return signer

    def path(self, purpose: Purpose, **claims: str) -> str:
        if purpose is Purpose.CONFIRM:
            claims = {"u": self.subscription} | claims
        elif purpose is Purpose.UNSUBSCRIBE:
            claims = {"p": PARTNER} | claims
        else:
            claims = {"p": PARTNER, "s": self.suggestion} | claims
        return f"/{purpose}/{self.signer.sign(purpose, **claims)}"

    def get(self, path: str) -> httpx2.Response:
        return self.doors.anonymous.get(path, follow_redirects=False)

    def post(self, path: str, form: dict[str, Any] | None = None, *, follow: bool = False) -> httpx2.Response:
        return self.doors.anonymous.post(path, data=form or {}, follow_redirects=follow)

    def ratings(self) -> Sequence[Rating]:
        with reading(self.doors.engine) as session:
            return session.exec(select(Rating).order_by(Rating.created_at)).all()  # type: ignore[arg-type]

    def partner(self) -> Partner:
        with reading(self.doors.engine) as session:
            return session.get_one(Partner, PARTNER)

    def opportunity(self, opportunity_id: str = OPENING) -> Opportunity:
        with reading(self.doors.engine) as session:
            return session.get_one(Opportunity, opportunity_id)

    def change(self, opportunity_id: str = OPENING, **values: Any) -> None:
        with writing(self.doors.engine) as session:
            row = session.get_one(Opportunity, opportunity_id)
            for name, value in values.items():
                setattr(row, name, value)
            session.add(row)

    def rows(self) -> dict[str, int]:
        """How many rows each table has."""
        with reading(self.doors.engine) as session:
            return {
                table.name: session.exec(select(func.count()).select_from(table)).one()
                for table in metadata.sorted_tables
            }


@pytest.fixture(scope="module")
def world(doors: Doors) -> Visit:
    found = doors.ask({"opportunity_id": OPENING, "k": 3})[0]["suggestions"][0]["id"]
    shown = doors.ask({"opportunity_id": CASE, "k": 9})[0]["suggestions"]
    # A group of employees is confidential itself: nobody is shown what is suggested to it.
    secret = next(one["id"] for one in shown if one["candidate"]["kind"] != "employee_group")
    return Visit(doors, found, secret, "99999999-2222-4333-8444-555555555555")


@pytest.fixture
def visit(world: Visit) -> Visit:
    """The visit, begun afresh: one active partner who follows one actor and said nothing yet."""
    with writing(world.doors.engine) as session:
        for table in (Rating, Announcement, OutboxMessage, Subscription, Partner):
            for row in session.exec(select(table)).all():
                session.delete(row)
            session.flush()
        session.add(Partner(id=PARTNER, email=ADDRESS, status="active"))
        session.flush()
        session.add(
            Subscription(id=world.subscription, partner_id=PARTNER, actor_id=GARDENERS, frequency="weekly", weekday=1)
        )
    return world


class Outline(HTMLParser):
    """What a page holds, as far as tests ask."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str, **wanted: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag and wanted.items() <= attrs.items()]

    @property
    def words(self) -> str:
        return " ".join(self.text.replace("\N{NO-BREAK SPACE}", " ").split())
