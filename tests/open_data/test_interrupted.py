"""A reading that dies anywhere and goes on ends as one that never died; a rehearsal leaves everything as it was."""

import random
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event

from api.demo.fake_services import Served, served
from api.privacy.database_copies import dry_run_copy
from models.database import open_database
from tests.support.databases import copy_database, url_of
from tests.support.forked_programs import ForkedProgram
from tests.support.notices import notice, read
from tests.support.open_data_dump import dump
from tests.support.proof_share import examples

pytestmark = pytest.mark.slow


class DiedError(BaseException):
    """Nothing catches it, as nothing catches a power cut."""


@pytest.fixture(scope="module")
def service() -> Iterator[Served]:
    with served() as running:
        yield running


def history(rng: random.Random, count: int) -> list[dict[str, Any]]:
    """Return notices of November, some of which rectify, cancel or award earlier ones, or cannot be read."""
    found: list[dict[str, Any]] = []
    for number in range(count):
        day, linked = 1 + number * 20 // count, f"26-{100_000 + rng.randrange(number + 1)}"
        kind = rng.choice(("new", "new", "new", "rectified", "cancelled", "awarded", "bad"))
        fields: dict[str, Any] = {
            "new": {},
            "rectified": {"nature": "RECTIFICATIF", "annonce_lie": [linked], "objet": f"Objet rectifié {number}"},
            "cancelled": {"nature": "ANNULATION", "etat": "ANNULATION", "annonce_lie": [linked]},
            "awarded": {"nature": "ATTRIBUTION", "annonce_lie": [linked]},
            "bad": {"nature": "INCONNUE"},
        }[kind]
        found.append(notice(number, day, **fields))
    return found


@settings(deadline=None, max_examples=examples(16), suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10_000), count=st.integers(1, 330), deaths=st.lists(st.integers(1, 60), max_size=4))
def test_wherever_it_dies_it_ends_as_if_it_had_not(
    empty_database: Path,
    tmp_path_factory: pytest.TempPathFactory,
    service: Served,
    seed: int,
    count: int,
    deaths: list[int],
) -> None:
    folder = tmp_path_factory.mktemp("died")
    service.records["boamp"] = history(random.Random(seed), count)
    whole, broken = (
        open_database(url_of(copy_database(empty_database, folder / name))) for name in ("whole.db", "broken.db")
    )
    assert read(whole, service)["boamp"].complete
    for statements in deaths:
        die_after(broken, statements, service)
    assert read(broken, service)["boamp"].complete
    expected = dump(whole)
    assert len(expected["raw_records"]) == count
    if deaths and len(dump(broken)["sync_runs"]) > 1:
        # It had ended before it could die: the last reading found nothing new.
        expected["sync_runs"] = dump(broken)["sync_runs"]
    assert dump(broken) == expected
    whole.dispose()
    broken.dispose()


def die_after(engine: Engine, statements: int, service: Served) -> None:
    """Read until so many statements were run, then die before the next."""
    left = statements

    def count(*_: Any) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise DiedError

    event.listen(engine, "before_cursor_execute", count)
    try:
        read(engine, service)
    except DiedError:
        pass
    finally:
        event.remove(engine, "before_cursor_execute", count)


def test_killed_again_and_again_it_goes_on_and_ends_as_if_it_had_not(
    empty_database: Path, tmp_path: Path, service: Served
) -> None:
    service.records["boamp"] = history(random.Random(5), 400)
    whole, broken = (copy_database(empty_database, tmp_path / name) for name in ("whole.db", "broken.db"))
    read(open_database(url_of(whole)), service)
    rng, kills, code = random.Random(1), 0, -1
    while code != 0:
        process = ForkedProgram("tests.support.sync_worker", broken, service.base, "boamp")
        process.first_line(60)
        if kills < 3:
            time.sleep(rng.uniform(0.05, 0.4))
            process.kill()
        code = process.wait(60)
        kills += code == -signal.SIGKILL
    assert kills
    after = dump(open_database(url_of(broken)))
    expected = dump(open_database(url_of(whole)))
    # Killed between its end and its exit, it is called once more, and finds nothing new.
    after["sync_runs"] = after["sync_runs"][:1]
    for table, rows in expected.items():
        assert after[table] == rows, table


@pytest.mark.sqlite_only("a rehearsal copies the file; the command refuses any other database")
def test_a_rehearsal_tells_what_would_come_and_leaves_every_byte(engine: Engine, service: Served) -> None:
    service.records["boamp"] = history(random.Random(3), 120)

    def content() -> tuple[Any, str]:
        with closing(sqlite3.connect(engine.url.database or "")) as raw:
            return raw.execute("PRAGMA data_version").fetchall(), "\n".join(raw.iterdump())

    before = content()
    with dry_run_copy(engine) as copy:
        told = read(copy, service)["boamp"]
    assert content() == before
    assert read(engine, service)["boamp"] == told
