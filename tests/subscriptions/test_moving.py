"""Who follows a row that a person said is another one follows that other; nothing is told twice, all can be undone."""

from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, update
from sqlmodel import select

from api.alerts.composing import AlertReport, compose_alerts
from api.catalogue import record_changes
from api.open_data.duplicates import PROPOSED, SAME, decide
from models.base import utc_now
from models.database import open_database, reading, writing
from models.open_data import DuplicateProposal
from models.tables import OutboxMessage, Subscription
from tests.support.databases import copy_database, url_of
from tests.support.night_world import (
    NIGHT,
    OPTIONS,
    SIGNER,
    TITLES,
    add_actor,
    add_need,
    announcements,
    follow,
    mails,
    moment,
    open_desk,
    small,
)
from tests.support.proof_share import examples

pytestmark = pytest.mark.slow

CAMILLE, ALEX = "camille@exemple.invalid", "alex@exemple.invalid"


@pytest.fixture
def engine(engine: Engine) -> Engine:
    return small(engine)


@pytest.fixture
def pair(engine: Engine) -> tuple[str, str]:
    return two_rows(engine)


def two_rows(engine: Engine) -> tuple[str, str]:
    """Store two rows of one cooperative, proposed as one."""
    first, second = sorted((add_actor(engine, 1, name="Les Jardiniers"), add_actor(engine, 2, name="Jardiniers")))
    with writing(engine) as session:
        session.add(DuplicateProposal(id="d", kind="actors", first_id=first, second_id=second, similarity=0.9))
    return first, second


def said_same(engine: Engine, kept: str) -> None:
    decide(engine, "d", SAME, keep=kept, by="cli", now=utc_now())


def taken_back(engine: Engine) -> None:
    decide(engine, "d", PROPOSED, by="cli", now=utc_now())


def followed(engine: Engine) -> list[str]:
    """Return what subscriptions follow, in the order of their partners."""
    with reading(engine) as session:
        rows = session.exec(select(Subscription).order_by(Subscription.partner_id, Subscription.actor_id)).all()
    return sorted(row.actor_id or "" for row in rows)


def night(engine: Engine, day: date) -> AlertReport:
    with writing(engine) as session:
        session.execute(update(OutboxMessage).values(status="sent"))
    report = compose_alerts(open_desk(engine), SIGNER, night=day, now=moment(day), options=OPTIONS)
    with writing(engine) as session:
        session.execute(update(OutboxMessage).values(status="sent"))
    return report


def test_a_subscription_moves_to_the_kept_row_and_back(engine: Engine, pair: tuple[str, str]) -> None:
    kept, hidden = pair
    follow(engine, CAMILLE, actor_id=hidden)
    said_same(engine, kept)
    assert followed(engine) == [kept]
    # The other one of the two is kept after all.
    said_same(engine, hidden)
    assert followed(engine) == [hidden]
    said_same(engine, kept)
    taken_back(engine)
    assert followed(engine) == [hidden]


def test_who_followed_the_kept_row_from_the_beginning_stays_there(engine: Engine, pair: tuple[str, str]) -> None:
    kept, hidden = pair
    follow(engine, CAMILLE, actor_id=hidden)
    follow(engine, ALEX, actor_id=kept)
    said_same(engine, kept)
    assert followed(engine) == [kept, kept]
    taken_back(engine)
    assert followed(engine) == sorted((kept, hidden))


def test_who_follows_both_keeps_both_and_is_written_to_once(engine: Engine, pair: tuple[str, str]) -> None:
    kept, _hidden = pair
    for actor_id in pair:
        follow(engine, CAMILLE, actor_id=actor_id, least="unlikely")
    said_same(engine, kept)
    assert followed(engine) == sorted(pair)
    add_need(engine, 1)
    report = night(engine, NIGHT)
    assert (report.mails, report.announced, report.skipped["actor_gone"]) == (1, 1, 1)
    taken_back(engine)
    assert followed(engine) == sorted(pair)


@settings(deadline=None, max_examples=examples(12), suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(["first", "second", "back", "need"]), min_size=2, max_size=6), st.integers(0, 1))
def test_no_opportunity_is_told_twice_whatever_is_decided_between_two_nights(
    empty_database: Path, turns: list[str], followed_row: int
) -> None:
    """And each is told: the subscription is served wherever it went."""
    with TemporaryDirectory() as folder:
        engine = small(open_database(url_of(copy_database(empty_database, Path(folder) / "own.db"))))
        pair = two_rows(engine)
        follow(engine, CAMILLE, actor_id=pair[followed_row], least="unlikely")
        add_need(engine, 0)
        night(engine, NIGHT)
        for number, turn in enumerate(turns, start=1):
            if turn == "need":
                add_need(engine, number)
            elif turn == "back":
                taken_back(engine)
            else:
                said_same(engine, pair[turn == "second"])
            night(engine, NIGHT + timedelta(days=number))
        news = [one for one in announcements(engine) if one.event == "new"]
        told = [line for mail in mails(engine) for line in mail.text.splitlines() if f"{TITLES[0]} (" in line]
        engine.dispose()
    assert len(news) == 1 + turns.count("need")
    assert len(told) >= len(news)
    # A title stands once in a mail, and in one mail.
    assert len({line.strip() for line in told}) == len(told)


def test_a_row_that_became_confidential_takes_no_follower(engine: Engine, pair: tuple[str, str]) -> None:
    kept, hidden = pair
    follow(engine, CAMILLE, actor_id=hidden)
    said_same(engine, kept)
    record_changes.change_actor(engine, kept, {"confidential": True})
    taken_back(engine)
    assert followed(engine) == [hidden]
    said_same(engine, kept)
    assert followed(engine) == [hidden]
