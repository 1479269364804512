"""Deliveries that die, meet, or find the disk full, against a real SMTP server."""

import json
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.support.deliverer import BETWEEN, deliver_once
from tests.support.forked_programs import ForkedProgram
from tests.support.outbox import NOW, add_messages, add_partners, all_messages, statuses
from tests.support.smtp_server import post

pytestmark = pytest.mark.slow


def run(mode: str, database: Path, port: int, *numbers: int) -> dict[str, Any]:
    done = ForkedProgram("tests.support.deliverer", mode, database, port, *numbers).ended()
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_a_hundred_kills_lose_nothing_and_double_only_what_was_not_acknowledged(
    database: Path, engine: Engine, tmp_path: Path
) -> None:
    """At most one duplicate a kill, always under the same Message-ID, and nothing that was marked goes again."""
    with post(tmp_path / "log") as server:
        told = run("killed", database, server.port, 100, 4)
        accepted = server.accepted()
    messages = all_messages(engine)
    assert told["kills"] == 100
    assert {message.status for message in messages} == {"sent"}
    assert {one.id for one in accepted} == {message.message_id for message in messages}
    # A message that comes again was the last that its first process handed over: its acknowledgement was lost.
    last_of = {one.connection: place for place, one in enumerate(accepted)}
    last_place = {one.id: place for place, one in enumerate(accepted)}
    repeated = [place for place, one in enumerate(accepted) if last_place[one.id] != place]
    assert all(last_of[accepted[place].connection] == place for place in repeated)
    uncertain = {message.message_id for message in messages if message.uncertain}
    assert {accepted[place].id for place in repeated} <= uncertain
    print(f"{told}; {len(messages)} messages, {len(repeated)} duplicates")
    assert len(repeated) <= 100


def test_deliveries_side_by_side_send_nothing_twice(database: Path, engine: Engine, tmp_path: Path) -> None:
    add_messages(engine, add_partners(engine, 90))
    engine.dispose()
    with post(tmp_path / "log") as server:
        told = run("rivals", database, server.port, 3)
        counts = Counter(server.ids())
    print(told)
    assert sum(told["sent"]) == 90
    assert len(counts) == 90
    assert set(counts.values()) == {1}


@pytest.mark.sqlite_only("a process may be refused the room for its own file, not for a server's")
def test_a_disk_that_fills_stops_the_delivery_and_harms_nothing(database: Path, engine: Engine, tmp_path: Path) -> None:
    """The unit of work is rolled back, the file stays whole, and what is left goes once there is room."""
    add_messages(engine, add_partners(engine, 60))
    engine.dispose()
    with post(tmp_path / "log") as server:
        told = run("full", database, server.port, 400_000)
        assert told["raised"] in ("disk I/O error", "database or disk is full")
        before = len(server.ids())
        with closing(sqlite3.connect(database)) as raw:
            assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        marked = statuses(engine).get("sent", 0)
        assert 0 < marked < 60
        # What was handed over when the disk filled could not be marked: one message, no more.
        assert before - marked in (0, 1)
        deliver_once(engine, server.port, NOW + BETWEEN)
        counts = Counter(server.ids())
    assert statuses(engine) == {"sent": 60}
    assert len(counts) == 60
    assert sum(counts.values()) == 60 + before - marked
