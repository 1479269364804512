"""Nights pass: each thing is told once, nothing is lost, and what died goes on."""

import json
import random
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from api.catalogue import record_changes
from api.core.errors import NotFoundError
from api.core.french import NBSP
from api.learning.ratings import rate
from api.mailing.delivery import deliver
from api.mailing.transport import Transport
from api.night.departure import departure_gate
from api.night.reports import STAGES, last_nights, read_night
from api.night.run import run_night, settle_nights
from api.night.wording import stage_lines
from models.database import open_database, reading
from models.tables import Opportunity
from tests.support.databases import copy_database, url_of
from tests.support.forked_programs import ForkedProgram
from tests.support.night_worker import night_once
from tests.support.night_world import (
    NIGHT,
    SIGNER,
    TITLES,
    TRADES,
    add_actor,
    add_need,
    announcements,
    follow,
    mails,
    moment,
    open_desk,
    row_counts,
    small,
)
from tests.support.outbox import mail_settings
from tests.support.proof_share import examples
from tests.support.reads import read_once
from tests.support.smtp_server import post

pytestmark = pytest.mark.slow

NIGHTS, KILLS = examples(30, least=12), examples(12, least=5)
DOWN = 9  # the discard port: nobody listens


@pytest.fixture
def engine(engine: Engine) -> Engine:
    return small(engine)


def a_world(engine: Engine, partners: int = 4) -> list[str]:
    actors = [add_actor(engine, number, trade) for number, trade in enumerate(TRADES)]
    for number in range(partners):
        follow(engine, f"p{number}@exemple.invalid", actor_id=actors[number % len(actors)], most=3)
        follow(engine, f"p{number}@exemple.invalid", search=TRADES[(number + 1) % len(TRADES)], most=3)
    return actors


def worker(*words: object) -> dict[str, Any]:
    done = ForkedProgram("tests.support.night_worker", *words).ended()
    assert done.returncode == 0, done.stderr[-3000:]
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def told_twice(engine: Engine) -> list[Any]:
    counts = Counter((one.partner_id, one.suggestion_id, one.event) for one in announcements(engine))
    return [one for one, count in counts.items() if count > 1]


def test_nights_tell_each_thing_once_and_nothing_that_is_over(engine: Engine, tmp_path: Path) -> None:
    """Needs arrive, are rectified, cancelled, closed; each night is run twice, and the second run writes no row."""
    rng = random.Random(4)
    a_world(engine)
    needs: list[str] = []
    with post(tmp_path / "log") as server:
        for number in range(NIGHTS):
            day = NIGHT + timedelta(days=number)
            for _ in range(rng.randint(0, 3)):
                deadline = day + timedelta(days=rng.randint(0, 12))
                title = rng.choice(TITLES)
                needs.append(add_need(engine, len(needs), title, published_on=day, deadline=deadline))
            for need in rng.sample(needs, min(len(needs), 3)):
                change: dict[str, Any] = rng.choice(
                    (
                        {"status": "closed"},
                        {"status": "cancelled"},
                        {"amount_eur": rng.randint(50, 90) * 1000},
                        {"deadline": (day + timedelta(days=rng.randint(-1, 15))).isoformat()},
                    )
                )
                record_changes.change_opportunity(engine, need, change)
            standing = states(engine)
            assert night_once(engine, server.port, day).complete
            check_night(engine, day, standing)
            before, sent = row_counts(engine), server.ids()
            assert night_once(engine, server.port, day).complete
            assert (row_counts(engine), server.ids()) == (before, sent)
    assert told_twice(engine) == []
    assert sorted(server.ids()) == sorted({one.message_id for one in mails(engine)} | confirmations(engine))
    events = Counter(one.event.partition(":")[0] for one in announcements(engine))
    assert {"new", "rectified", "cancelled"} <= set(events)
    assert len(read_once(engine, last_nights)) == NIGHTS


def states(engine: Engine) -> dict[str, tuple[str, date | None]]:
    with reading(engine) as session:
        rows = session.exec(select(Opportunity)).all()
    return {row.title: (row.status, row.deadline) for row in rows}


def check_night(engine: Engine, day: date, standing: dict[str, tuple[str, date | None]]) -> None:
    """Whatever was told that night was not over, and only what is cancelled was told as such."""
    for one in announcements(engine):
        if one.night == day:
            status, deadline = standing[one.told["title"]]
            assert deadline is None or deadline >= day
            assert status == ("cancelled" if one.event.startswith("cancelled") else "open")


def test_nights_killed_at_random_moments_lose_nothing(
    empty_database: Path, tmp_path: Path, engine: Engine, database: Path
) -> None:
    """Each thing is in one mail, each mail arrives; twice, and under the same Message-ID, only where a kill fell."""
    a_world(engine)
    with post(tmp_path / "log") as server:
        told = worker("killed", database, server.port, KILLS, 7)
        taken = Counter(server.ids())
    assert told["kills"] >= KILLS
    assert told["complete"]
    assert told_twice(engine) == []
    written = mails(engine)
    assert {one.message_id for one in written} <= set(taken)
    assert {one.status for one in written} == {"sent"}
    assert sum(count - 1 for count in taken.values()) <= told["kills"]
    # What a world without any kill tells.
    plain = copy_database(empty_database, tmp_path / "plain.db")
    assert expected(plain, told["nights"]) == sorted((one.told["title"], one.event) for one in announcements(engine))


def expected(database: Path, nights: int) -> list[tuple[str, str]]:
    engine = small(open_database(url_of(database)))
    a_world(engine)
    for number in range(1, nights + 1):
        day = NIGHT + timedelta(days=number)
        add_need(engine, number, TITLES[number % len(TITLES)], deadline=day + timedelta(days=20), published_on=day)
        with post(database.with_suffix(f".{number}.log")) as server:
            night_once(engine, server.port, day)
    found = sorted((one.told["title"], one.event) for one in announcements(engine))
    engine.dispose()
    return found


def test_two_nights_at_once_tell_and_send_nothing_twice(engine: Engine, database: Path, tmp_path: Path) -> None:
    a_world(engine, partners=8)
    for number in range(10):
        add_need(engine, number, TITLES[number % len(TITLES)])
    with post(tmp_path / "log") as server:
        told = worker("rivals", database, server.port, 3)
        assert told == {"statuses": [0, 0, 0], "complete": True}
        assert told_twice(engine) == []
        assert sorted(server.ids()) == sorted({one.message_id for one in mails(engine)} | confirmations(engine))


def confirmations(engine: Engine) -> set[str]:
    return {one.message_id for one in mails(engine, "confirmation")}


def test_where_the_server_is_down_the_night_is_not_finished_until_its_mails_have_left(
    engine: Engine, tmp_path: Path
) -> None:
    a_world(engine)
    for number in range(5):
        add_need(engine, number, TITLES[number])
    found = night_once(engine, DOWN, NIGHT)
    assert (found.finished_at, found.complete) == (None, False)
    assert set(found.stages) == set(STAGES)
    assert found.mails == {"pending": 4}
    options = mail_settings(DOWN)
    tomorrow = moment(NIGHT) + timedelta(hours=24)
    settle_nights(engine, tomorrow)
    assert read_once(engine, read_night, NIGHT).finished_at is None
    # The next night writes nothing to who still waits; then all leaves at once, one digest each.
    assert night_once(engine, DOWN, NIGHT + timedelta(days=1), tomorrow).stages["match"]["skipped"] == {
        "undelivered": 8
    }
    with post(tmp_path / "log") as server, Transport.of(mail_settings(server.port)) as transport:
        gate = departure_gate(engine, lambda: open_desk(engine), SIGNER, options)
        deliver(engine, transport, gate=gate, now=lambda: tomorrow + timedelta(hours=5), options=options)
        settle_nights(engine, tomorrow + timedelta(hours=5))
        assert len(server.ids()) == len(mails(engine)) + len(confirmations(engine))
        assert len(mails(engine)) == 4
    assert all(one.complete for one in read_once(engine, last_nights))
    before = row_counts(engine)
    night_once(engine, DOWN, NIGHT)
    assert row_counts(engine) == before


def test_the_report_says_why_something_did_not_leave(engine: Engine, tmp_path: Path) -> None:
    """The server was down while the night was composed; meanwhile a need became confidential and another closed."""
    actor = add_actor(engine, 1)
    needs = [add_need(engine, number) for number in range(3)]
    follow(engine, "camille@exemple.invalid", actor_id=actor, least="unlikely")
    night_once(engine, DOWN, NIGHT)
    record_changes.change_opportunity(engine, needs[0], {"confidential": True})
    record_changes.change_opportunity(engine, needs[1], {"status": "closed"})
    with post(tmp_path / "log") as server:
        found = night_once(engine, server.port, NIGHT, moment(NIGHT) + timedelta(hours=5))
        assert len(server.ids()) == 2
    reasons = found.stages["send"]["reasons"]
    assert reasons == {"composed_anew": 1, "confidential": 1, "opportunity_closed": 1}
    sending = dict(line[:2] for line in stage_lines(found.as_json()))["Envoi"]
    assert f"1{NBSP}composé de nouveau au moment de partir" in sending
    assert f"1{NBSP}devenue confidentielle" in sending
    assert found.announced == {"new": 1}


def test_a_stage_that_is_done_is_not_done_again(engine: Engine, tmp_path: Path) -> None:
    actors = a_world(engine)
    add_need(engine, 1)
    night_once(engine, DOWN, NIGHT)
    add_need(engine, 2)
    follow(engine, "late@exemple.invalid", actor_id=actors[0])
    with post(tmp_path / "log") as server:
        again = night_once(engine, server.port, NIGHT, moment(NIGHT) + timedelta(hours=5))
    assert again.complete
    assert {one.told["title"] for one in announcements(engine)} == {f"{TITLES[0]} (1)"}


def test_a_dry_run_leaves_no_trace(engine: Engine) -> None:
    a_world(engine)
    add_need(engine, 1)
    desk = open_desk(engine)
    desk.snapshot()
    before, options = row_counts(engine), mail_settings(DOWN)
    with Transport.of(options) as transport:
        found = run_night(
            desk, SIGNER, transport, night=NIGHT, now=lambda: moment(NIGHT), dry_run=True, options=options
        )
    assert found.stages["match"]["announced"] > 0
    # The vectors of words searched for the first time are kept: they are nobody's news.
    assert row_counts(engine) | {"text_vectors": 0} == before | {"text_vectors": 0}
    with pytest.raises(NotFoundError):
        read_once(engine, read_night, NIGHT)


def test_some_days_after_the_deadline_a_partner_is_asked_once_how_it_ended(engine: Engine, tmp_path: Path) -> None:
    actor = add_actor(engine, 1)
    for number in range(3):
        add_need(engine, number, deadline=NIGHT + timedelta(days=2))
    who = follow(engine, "camille@exemple.invalid", actor_id=actor).partner_id

    def asked(on: date) -> int:
        with post(tmp_path / f"{on}.log") as server:
            return int(night_once(engine, server.port, on).stages["follow_ups"]["questions"])

    assert asked(NIGHT) == 0
    first, second, third = (one.suggestion_id for one in announcements(engine))
    at = moment(NIGHT)
    rate(engine, who, first, interest=2, now=at)
    rate(engine, who, second, interest=1, now=at)
    rate(engine, who, third, interest=3, now=at)
    rate(engine, who, third, answered=True, retained=False, now=at)
    assert asked(NIGHT + timedelta(days=8)) == 0
    assert asked(NIGHT + timedelta(days=9)) == 1
    (mail,) = mails(engine, "follow_up")
    assert "/suivi/" in mail.text
    assert asked(NIGHT + timedelta(days=10)) == 0
    assert len(mails(engine, "follow_up")) == 1


def test_each_night_that_changes_the_hour_runs_once(engine: Engine, tmp_path: Path) -> None:
    """Whoever calls again an hour later, on the same day in France, finds it done."""
    actor = add_actor(engine, 1)
    follow(engine, "camille@exemple.invalid", actor_id=actor, on=date(2026, 1, 1))
    with post(tmp_path / "log") as server:
        for number, day in enumerate((date(2026, 3, 29), date(2026, 10, 25))):
            add_need(engine, number, published_on=day, deadline=day + timedelta(days=9))
            sent = []
            for hour in range(4):
                at: datetime = moment(day) + timedelta(hours=hour)
                night_once(engine, server.port, day, at)
                sent.append(len(mails(engine)))
            assert sent == [number + 1] * 4
    assert len({one.message_id for one in mails(engine)}) == 2
