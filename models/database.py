"""Engine and sessions from a URL; migrations to the newest tables."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, make_url
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.pool import Pool
from sqlmodel import Session, SQLModel, create_engine

from models.base import table_of

MIGRATIONS = Path(__file__).parent / "migrations"

# How many requests may hold a reading session at once, and how many connections a process may open. The difference is
# for units of work that begin and end in one thread, so that a request waiting for a thread never blocks them.
MOST_READERS, POOL_SIZE, MOST_CONNECTIONS = 24, 8, 48

# SQLite's own lock is polled, in no order and ever more slowly: the threads of one process queue here instead, before
# they take a connection.
_QUEUES: WeakKeyDictionary[Pool, threading.RLock] = WeakKeyDictionary()
_QUEUES_LOCK = threading.Lock()
# What to set whenever this process has written; what other processes write is not heard of.
_WOKEN: WeakKeyDictionary[Pool, set[threading.Event]] = WeakKeyDictionary()


def open_database(url: str) -> Engine:
    """Return an engine for SQLite or PostgreSQL, e.g. `sqlite:///var/polesud.db`."""
    # hide_parameters: they are people's data, and an error's message may be shown or kept.
    pool: dict[str, Any] = {
        "hide_parameters": True,
        "pool_size": POOL_SIZE,
        "max_overflow": MOST_CONNECTIONS - POOL_SIZE,
    }
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True, **pool)
    if make_url(url).database in (None, "", ":memory:"):
        pool = {"hide_parameters": True}  # a database in memory has one connection
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": 10}, **pool)
    sqlalchemy_event.listen(engine, "connect", _prepare_sqlite)
    sqlalchemy_event.listen(engine, "begin", _begin_sqlite)
    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """Open a session that reads one consistent state and writes nothing."""
    with reading_session(engine) as session:
        yield session


def reading_session(engine: Engine) -> Session:
    """Return a session that reads one consistent state from its first statement until it is closed, and again after."""
    if engine.dialect.name == "postgresql":
        # By default each of its statements would see what was committed before it.
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    return Session(engine, expire_on_commit=False)


@contextmanager
def writing(engine: Engine, *, durable: bool = False) -> Iterator[Session]:
    """Open one unit of work: committed at the end, rolled back if anything is raised.

    durable: it survives a power cut once committed; without it SQLite may lose the last moments, never more.
    """
    writer = engine.execution_options(writes=True, durable=durable)
    with _queue(engine), Session(writer, expire_on_commit=False) as session, session.begin():
        # Take SQLite's lock first: a time read in this unit is then later than all earlier writes.
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


def insert_new(session: Session, model: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows whose keys are not taken yet; another process may insert the same ones meanwhile."""
    if rows:
        dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
        session.execute(dialect.insert(table_of(model)).on_conflict_do_nothing(), rows)


def _queue(engine: Engine) -> AbstractContextManager[object]:
    if engine.dialect.name != "sqlite":
        return nullcontext()
    # A copy of an engine with other options shares its pool.
    with _QUEUES_LOCK:
        return _QUEUES.setdefault(engine.pool, threading.RLock())


def migrate(engine: Engine, revision: str = "head") -> None:
    """Bring the tables to a revision, up or down (`base` empties the database)."""
    alembic_config = Config()
    alembic_config.set_main_option("script_location", str(MIGRATIONS))
    with engine.connect() as connection:
        alembic_config.attributes["connection"] = connection
        if revision == "base":
            command.downgrade(alembic_config, revision)
        else:
            command.upgrade(alembic_config, revision)
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
