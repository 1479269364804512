"""Engine and sessions from a URL; migrations to the newest tables."""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy.pool import Pool
from sqlmodel import Session, create_engine

MIGRATIONS = Path(__file__).parent / "migrations"

# Whoever waits for SQLite's own lock sleeps and asks again, in no order and longer each time: the threads of one
# process queue here instead, before they take a connection.
_QUEUES: WeakKeyDictionary[Pool, threading.RLock] = WeakKeyDictionary()
_QUEUES_LOCK = threading.Lock()
# What to set whenever this process has written; what other processes write is not heard of.
_WOKEN: WeakKeyDictionary[Pool, set[threading.Event]] = WeakKeyDictionary()


def open_database(url: str) -> Engine:
    """Return an engine for SQLite or PostgreSQL, e.g. `sqlite:///var/polesud.db`."""
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": 10})
    sqlalchemy_event.listen(engine, "connect", _prepare_sqlite)
    sqlalchemy_event.listen(engine, "begin", _begin_sqlite)
    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session that reads one consistent state and writes nothing."""
    if engine.dialect.name == "postgresql":
        # By default each of its statements would see what was committed before it.
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    with Session(engine, expire_on_commit=False) as session:
        yield session


@contextmanager
def writing(engine: Engine, *, durable: bool = False) -> Iterator[Session]:
    """One unit of work: committed at the end, rolled back whole if anything is raised.

    What is `durable` survives a power cut once committed; SQLite may lose the last moments of the rest, never more.
    """
    writer = engine.execution_options(writes=True, durable=durable)
    with _queue(engine), Session(writer, expire_on_commit=False) as session, session.begin():
        # SQLite's lock, first of all: a moment read within is then later than all that was written before.
        session.connection()
        yield session
    for event in tuple(_WOKEN.get(engine.pool, ())):
        event.set()


@contextmanager
def waking_at_commits(engine: Engine, event: threading.Event) -> Iterator[None]:
    """Set an event after each unit of work that this process commits through `writing`, as long as this is open."""
    with _QUEUES_LOCK:
        woken = _WOKEN.setdefault(engine.pool, set())
        woken.add(event)
    try:
        yield
    finally:
        with _QUEUES_LOCK:
            woken.discard(event)


def _queue(engine: Engine) -> AbstractContextManager[object]:
    if engine.dialect.name != "sqlite":
        return nullcontext()
    # A copy of an engine with other options shares its pool.
    with _QUEUES_LOCK:
        return _QUEUES.setdefault(engine.pool, threading.RLock())


def migrate(engine: Engine, revision: str = "head") -> None:
    """Bring the tables to a revision, up or down (`base` empties the database)."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        if revision == "base":
            command.downgrade(config, revision)
        else:
            command.upgrade(config, revision)
        connection.commit()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own implicit transactions begin too late to protect a read before a write: ours begin by hand.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "busy_timeout=10000", "synchronous=NORMAL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    options = connection.get_execution_options()
    if not options.get("writes"):
        connection.exec_driver_sql("BEGIN")
        return
    # Within a transaction SQLite would not change it.
    connection.exec_driver_sql(f"PRAGMA synchronous={'FULL' if options.get('durable') else 'NORMAL'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE")
