"""Changes by other processes are heard of once they are committed, and again after the connection was lost."""

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from models.change_feed import ChangeFeed
from models.database import open_database
from tests.support.databases import SERVER

# Not a measure of speed: how long a feed that never comes is waited for.
LONG = 60
ADVANCE = text("UPDATE actors SET name = name")
on_postgresql = pytest.mark.skipif(not SERVER, reason="SQLite tells nobody of changes")


@pytest.fixture
def woken() -> threading.Event:
    return threading.Event()


@pytest.fixture
def feed(engine: Engine, woken: threading.Event) -> Iterator[ChangeFeed]:
    """A feed that listens; what woke it first is forgotten."""
    feed = ChangeFeed(engine, woken)
    feed.start()
    if SERVER:
        assert woken.wait(LONG)
        woken.clear()
    yield feed
    feed.stop()
    assert not feed.is_heard


@pytest.fixture
def other(engine: Engine) -> Iterator[Engine]:
    """Another process's connections."""
    opened = open_database(engine.url.render_as_string(hide_password=False))
    yield opened
    opened.dispose()


@on_postgresql
def test_a_commit_is_heard_and_neither_a_rollback_nor_what_is_not_watched(
    feed: ChangeFeed, woken: threading.Event, other: Engine
) -> None:
    with other.connect() as connection:
        connection.execute(ADVANCE)
        assert not woken.wait(0.3)
        connection.rollback()
        connection.execute(text("UPDATE accounts SET name = name"))
        connection.commit()
        assert not woken.wait(0.3)
        connection.execute(ADVANCE)
        connection.commit()
    assert woken.wait(LONG)
    assert feed.is_heard


@on_postgresql
def test_a_lost_connection_comes_again_and_has_its_listener_look_at_the_counter(
    feed: ChangeFeed, woken: threading.Event, other: Engine
) -> None:
    end = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN %' AND datname = :name")
    with other.begin() as connection:
        assert connection.execute(end, {"name": other.url.database}).scalars().all() == [True]
    # Committed while nobody listened: the feed says on its return that something may have changed.
    with other.begin() as connection:
        connection.execute(ADVANCE)
    assert woken.wait(LONG)
    while not feed.is_heard:
        woken.wait(0.02)
    woken.clear()
    with other.begin() as connection:
        connection.execute(ADVANCE)
    assert woken.wait(LONG)


@pytest.mark.skipif(bool(SERVER), reason="PostgreSQL tells of changes")
def test_where_nobody_tells_of_changes_the_feed_says_that_it_is_not_heard(
    feed: ChangeFeed, woken: threading.Event, other: Engine
) -> None:
    with other.begin() as connection:
        connection.execute(ADVANCE)
    assert not feed.is_heard
    assert not woken.is_set()
