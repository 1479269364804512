"""Engine and sessions from a URL."""

import json
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, make_url
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import Pool
from sqlmodel import Session, SQLModel, create_engine

from models.base import table_of
from models.private_files import OWNER_FILE, keep_private, tighten

# How many requests may hold a reading session at once, and how many connections a process may open. The difference is
# for units of work that begin and end in one thread, so that a request waiting for a thread never blocks them.
MOST_READERS, POOL_SIZE, MOST_CONNECTIONS = 24, 8, 48
# How long a unit of work waits for its turn to write, unless the engine was opened otherwise.
WAIT_S = 30.0
# Lists of at most so many texts are written as JSON once each.
_FEW_TEXTS = 20
_JSON = json.JSONDecoder()
# A reader waits for nobody but a process that repairs the journal of one that was killed.
_BUSY_MS = 10_000
# PostgreSQL's « lock_not_available », and « deadlock_detected »: of two who wait for each other it ends one.
_NOT_LOCKED = ("55P03", "40P01")


class _Queue:
    """The turn of the threads of one process to write into a database."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.holder: int | None = None


# The advisory lock of a PostgreSQL database that each unit of work holds until its end: any number, always the same.
WRITERS_LOCK = 26_072_026
# SQLite's own lock is polled, in no order and ever more slowly, and PostgreSQL's is waited for with a connection: the
# threads of one process queue here instead, before they take one.
_QUEUES: WeakKeyDictionary[Pool, _Queue] = WeakKeyDictionary()
_QUEUES_LOCK = threading.Lock()
# What to set whenever this process has written; what other processes write is not heard of.
_WOKEN: WeakKeyDictionary[Pool, set[threading.Event]] = WeakKeyDictionary()


class LockedError(Exception):
    """Others held the tables for longer than a unit of work waits; nothing was written."""


class Ledger(Protocol):
    """Where revocations are kept outside the database, so that no backup undoes them."""

    def take(self, session: Session) -> None:
        """Note what the unit of work revokes; called before it commits: a crash leaves a revocation too many."""

    def has_sent(self, *names: str) -> bool:
        """Return whether a mail was sent, by its id in the outbox; or told, by partner, suggestion and event."""

    def journal_marks(self) -> Sequence[tuple[int, str]]:
        """Return the entries of the journal, by number and hash, that were noted outside."""

    def mark_journal(self, session: Session, count: int, last_hash: str) -> None:
        """Note how far the journal goes."""


def open_database(url: str, *, wait_s: float = WAIT_S, ledger: Ledger | None = None) -> Engine:
    """Return an engine for SQLite or PostgreSQL, e.g. `sqlite:///var/polesud.db`.

    wait_s: how long `writing` waits for other writers. ledger: what `writing` revokes is noted in it.
    An SQLite file and those beside it are their owner's alone.
    """
    engine = _open(url, wait_s)
    return engine.execution_options(ledger=ledger) if ledger else engine


def ledger_of(engine: Engine) -> Ledger | None:
    """Return the ledger that a database was opened with."""
    ledger: Ledger | None = engine.get_execution_options().get("ledger")
    return ledger


def has_sent(session: Session, *names: str) -> bool:
    """Ask the session's ledger, if there is one: what was sent after a backup is not in the restored tables."""
    bind = session.get_bind()
    ledger = ledger_of(bind) if isinstance(bind, Engine) else None
    return ledger is not None and ledger.has_sent(*names)


def _open(url: str, wait_s: float) -> Engine:
    # hide_parameters: they are people's data, and an error's message may be shown or kept.
    options: dict[str, Any] = {
        "hide_parameters": True,
        "execution_options": {"wait_s": wait_s},
        "json_serializer": _to_json_text,
        "json_deserializer": _from_json_text,
    }
    pool = {"pool_size": POOL_SIZE, "max_overflow": MOST_CONNECTIONS - POOL_SIZE}
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True, **options, **pool)
    if make_url(url).database in (None, "", ":memory:"):
        pool = {}  # a database in memory has one connection
    else:
        _keep_file_private(url)
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": 10}, **options, **pool)
    sqlalchemy_event.listen(engine, "connect", _prepare_sqlite)
    sqlalchemy_event.listen(engine, "begin", _begin_sqlite)
    return engine


def _to_json_text(value: Any) -> str:
    """Return what `json.dumps` does, quicker: most values of JSON columns are empty, or lists of the same few texts."""
    if value is None:
        return "null"
    if type(value) is list and len(value) <= _FEW_TEXTS:
        return _texts_as_json(tuple(value)) if {*map(type, value)} == {str} else json.dumps(value) if value else "[]"
    return "{}" if value == {} else json.dumps(value)


@lru_cache(2_000)
def _texts_as_json(texts: tuple[str, ...]) -> str:
    return json.dumps(texts)


def _from_json_text(given: str | bytes) -> Any:
    """Return what `json.loads` does, quicker: most values are empty lists, and none has spaces around it.

    PostgreSQL's driver gives bytes in UTF-8.
    """
    text = given if isinstance(given, str) else given.decode()
    if text == "[]":
        return []
    try:
        value, end = _JSON.raw_decode(text)
    except ValueError:
        return json.loads(text)
    return value if end == len(text) else json.loads(text)


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

    durable: it survives a power cut once committed; without it SQLite may lose the last moments, never more, and so may
    a PostgreSQL whose operator set it so.
    Raises LockedError where other writers keep it waiting for too long, or wait for it while it waits for them.
    """
    wait_s = engine.get_execution_options().get("wait_s", WAIT_S)
    deadline = time.monotonic() + wait_s
    writer = engine.execution_options(writes=True, durable=durable, deadline=deadline)
    with _locked_in_time(), _turn(engine, wait_s), Session(writer, expire_on_commit=False) as session, session.begin():
        # Take the writers' lock first: what is read in this unit is what all earlier ones left, and a time is later.
        connection = session.connection()
        if engine.dialect.name == "postgresql":
            _prepare_postgresql(connection, deadline - time.monotonic(), durable)
        yield session
        if ledger := ledger_of(engine):
            session.flush()
            ledger.take(session)
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


@contextmanager
def _turn(engine: Engine, wait_s: float) -> Iterator[None]:
    """Be the only thread of this process that writes into a database.

    Raises LockedError, and RuntimeError where this thread's own unit of work would be waited for.
    """
    # A copy of an engine with other options shares its pool.
    with _QUEUES_LOCK:
        queue = _QUEUES.setdefault(engine.pool, _Queue())
    if queue.holder == threading.get_ident():
        raise RuntimeError("a unit of work was opened within another one, which it would wait for")
    if not queue.lock.acquire(timeout=wait_s):
        raise LockedError
    queue.holder = threading.get_ident()
    try:
        yield
    finally:
        queue.holder = None
        queue.lock.release()


@contextmanager
def _locked_in_time() -> Iterator[None]:
    """Raise LockedError where the database gives up waiting for a lock."""
    try:
        yield
    except DBAPIError as error:
        code = getattr(error.orig, "sqlite_errorcode", None)
        busy = code is not None and code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
        if busy or getattr(error.orig, "sqlstate", None) in _NOT_LOCKED:
            raise LockedError from error
        raise


def _keep_file_private(url: str) -> None:
    path = Path(make_url(url).database or "")
    if path.parent.is_dir() and not path.name.startswith("file:"):
        keep_private(path)
        # SQLite gives them the rights of the file when it makes them; these may be older.
        for suffix in ("-wal", "-shm", "-journal"):
            tighten(path.with_name(path.name + suffix), OWNER_FILE)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own implicit transactions begin too late to protect a read before a write: ours begin by hand.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", f"busy_timeout={_BUSY_MS}", "synchronous=NORMAL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _prepare_postgresql(connection: Connection, left_s: float, durable: bool) -> None:
    """Wait for the turn to write, as SQLite has it: who decides by what they read sees all that others decided."""
    settings = {"lock_timeout": f"{max(int(left_s * 1000), 1)}ms"} | ({"synchronous_commit": "on"} if durable else {})
    calls = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in settings.items())
    connection.exec_driver_sql(f"SELECT {calls}")
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITERS_LOCK})")


def _begin_sqlite(connection: Any) -> None:
    options = connection.get_execution_options()
    if not options.get("writes"):
        connection.exec_driver_sql("BEGIN")
        return
    # Within a transaction SQLite would not change it.
    connection.exec_driver_sql(f"PRAGMA synchronous={'FULL' if options.get('durable') else 'NORMAL'}")
    # What is left after the wait for this process's own writers.
    left_ms = max(int((options["deadline"] - time.monotonic()) * 1000), 1)
    connection.exec_driver_sql(f"PRAGMA busy_timeout={left_ms}")
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={_BUSY_MS}")
