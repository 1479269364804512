"""A partner before the pages: links signed as mails sign them, over a module's own copy of the invented world."""

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from models.database import writing
from models.tables import Announcement, OutboxMessage, Partner, Rating, Subscription
from tests.support.desk_paths import fill_paths, open_visitors
from tests.support.partner_visit import ADDRESS, CASE, GARDENERS, OPENING, PARTNER, Visit
from tests.support.world import Doors


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


@pytest.fixture(scope="module")
def visitors(doors: Doors) -> dict[str, TestClient]:
    return open_visitors(doors)


@pytest.fixture(scope="module")
def paths(doors: Doors, visitors: dict[str, TestClient]) -> dict[str, str]:
    return fill_paths(doors, visitors)
