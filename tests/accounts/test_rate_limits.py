"""Requests are counted in memory, shared through the tables, and refused beyond the limit by every process."""

import logging
import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event
from sqlmodel import select

from api.accounts import api_keys, rate_limits
from api.accounts.rate_limits import RateLimits
from api.core.errors import TooManyError
from api.core.settings import RateSettings
from models.database import open_database, reading
from models.tables import ApiKey, RequestCount
from tests.support.databases import url_of
from tests.support.lock_holder import held_lock
from tests.support.proof_share import examples

KEY = b"k" * 64
NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def limits(engine: Engine, clock: Clock, limit: int = 10) -> RateLimits:
    return RateLimits(engine, KEY, RateSettings(rate_per_key=limit, rate_per_account=0, rate_per_network=limit), clock)


def passed(counting: RateLimits, times: int, name: str = "one") -> int:
    """Ask so many times; return how often it was let through."""
    count = 0
    for _ in range(times):
        try:
            counting.count(rate_limits.KEY, name)
        except TooManyError:
            continue
        count += 1
    return count


def test_beyond_the_limit_a_key_waits_and_another_does_not(engine: Engine) -> None:
    counting = limits(engine, Clock())
    assert passed(counting, 15) == 10
    assert passed(counting, 15, "other") == 10


def test_what_is_read_each_second_grows_with_who_asks_and_not_with_who_asked(engine: Engine) -> None:
    """A flood from 60,000 networks had each later second read them all, for 0.7 s, under the writers' lock."""
    counting, loaded = limits(engine, Clock()), list[object]()
    for number in range(200):
        passed(counting, 1, f"network {number}")
    counting.merge()
    passed(counting, 1, "network 7")
    note = lambda row, _context: loaded.append(row)  # noqa: E731
    event.listen(RequestCount, "load", note)
    try:
        counting.merge()
    finally:
        event.remove(RequestCount, "load", note)
    assert len(loaded) == 1
    assert passed(counting, 15, "network 7") == 8


def test_two_processes_share_one_limit(engine: Engine, database: Path) -> None:
    clock, second_engine = Clock(), open_database(url_of(database))
    first, second = limits(engine, clock), limits(second_engine, clock)
    assert passed(first, 6) == 6
    first.merge()
    assert passed(second, 1) == 1
    second.merge()
    assert passed(second, 9) == 3
    second.merge()
    assert passed(first, 1) == 1
    first.merge()
    assert passed(first, 5) == 0
    second_engine.dispose()


@settings(max_examples=examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 12), st.booleans()), max_size=30))
def test_no_sixty_seconds_let_more_than_twice_the_limit_through(
    engine: Engine, acts: list[tuple[int, int, bool]]
) -> None:
    clock = Clock()
    counting = limits(engine, clock)
    moments: list[datetime] = []
    for seconds, times, is_merged in acts:
        clock.now += timedelta(seconds=seconds)
        moments += [clock.now] * passed(counting, times, str(id(acts)))
        if is_merged:
            counting.merge()
    for start in moments:
        within = [moment for moment in moments if start <= moment < start + timedelta(seconds=60)]
        assert len(within) <= 20


def test_a_minute_later_the_old_requests_count_in_part_and_then_no_more(engine: Engine) -> None:
    clock = Clock()
    counting = limits(engine, clock)
    assert passed(counting, 10) == 10
    clock.now = NOW + timedelta(seconds=90)
    assert passed(counting, 10) == 5
    clock.now = NOW + timedelta(seconds=240)
    assert passed(counting, 20) == 10


def test_old_counts_are_deleted_and_none_tells_whom_it_counts(engine: Engine) -> None:
    clock = Clock()
    counting = limits(engine, clock)
    counting.count_network("203.0.113.9")
    counting.merge()
    with reading(engine) as session:
        (row,) = session.exec(select(RequestCount)).all()
        assert len(row.id) == 64
    clock.now += timedelta(minutes=3)
    counting.count_network("203.0.113.10")
    counting.merge()
    with reading(engine) as session:
        (kept,) = session.exec(select(RequestCount)).all()
        assert kept.id != row.id


def test_this_machine_is_no_network_and_a_subscriber_s_64_is_one(engine: Engine) -> None:
    counting = limits(engine, Clock())
    for address in ("127.0.0.1", "::1", "testclient", ""):
        for _ in range(30):
            counting.count_network(address)
    for number in range(10):
        counting.count_network(f"2001:db8::{number:x}")
    with pytest.raises(TooManyError) as refused:
        counting.count_network("2001:db8::ffff")
    assert 0 < (refused.value.retry_after_s or 0) <= 60


def test_while_another_process_writes_requests_are_counted_and_nothing_is_lost(engine: Engine, database: Path) -> None:
    counting = limits(engine, Clock())
    with held_lock(database):
        assert passed(counting, 4) == 4
    counting.merge()
    assert passed(counting, 10) == 6


def test_a_lock_that_lasts_does_not_end_the_sharing_of_counts(database: Path) -> None:
    """The thread that merges outlives each refusal of the tables."""
    refused = threading.Event()

    class Listener(logging.Handler):
        def emit(self, _record: logging.LogRecord) -> None:
            refused.set()

    counting = limits(open_database(url_of(database), wait_s=0.05), Clock())
    rate_limits.logger.addHandler(listener := Listener())
    counting.start()
    try:
        with held_lock(database):
            assert passed(counting, 4) == 4
            assert refused.wait(60)
        counting.stop()
    finally:
        rate_limits.logger.removeHandler(listener)
    with reading(open_database(url_of(database))) as session:
        assert [row.requests for row in session.exec(select(RequestCount))] == [4]


def test_the_day_of_a_key_s_last_use_is_written_with_the_counts(engine: Engine) -> None:
    api_keys.create_key(engine, "Mairie")
    with reading(engine) as session:
        key_id = session.exec(select(ApiKey.id)).one()
    counting = limits(engine, Clock())
    counting.note_key(key_id, date(2026, 11, 24))
    counting.merge()
    with reading(engine) as session:
        assert session.get_one(ApiKey, key_id).last_used_on == date(2026, 11, 24)
