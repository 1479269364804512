"""Databases of tests, each named by a path: an SQLite file there, or a database of a PostgreSQL server.

`python -m tests.support.on_postgres` starts a server and says its URL in the environment.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, inspect, make_url

from api.demo.postgres_server import create_database, drop_database

SERVER_VARIABLE = "POLESUD_TEST_SERVER"
# The URL of a PostgreSQL server on which tests may make databases; none: SQLite.
SERVER = os.environ.get(SERVER_VARIABLE, "")


def url_of(path: Path) -> str:
    """Return the URL of the database that a path names."""
    if not SERVER:
        return f"sqlite:///{path}"
    return make_url(SERVER).set(database=_name_of(path)).render_as_string(hide_password=False)


def make_database(path: Path) -> None:
    """Make an empty database, without tables; SQLite makes it when it is first opened."""
    if SERVER:
        create_database(SERVER, _name_of(path))
        path.touch()


def copy_database(source: Path, target: Path) -> Path:
    """Copy a database whole, whatever still stands in its journal. On PostgreSQL nobody may have the source open."""
    if SERVER:
        create_database(SERVER, _name_of(target), template=_name_of(source))
        target.touch()
        return target
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)
    return target


def remove_database(path: Path) -> None:
    """Remove a database that no test needs any more: a server's folder would grow by 10 MB a test."""
    if SERVER:
        drop_database(SERVER, _name_of(path))


@contextmanager
def by_hand(url: URL | str) -> Iterator[Connection]:
    """One transaction of somebody who knows nothing of the application: a person's own SQL, another program.

    Committed at the end, rolled back where something is raised.
    """
    engine = create_engine(url, poolclass=NullPool, connect_args={} if SERVER else {"timeout": 60})
    with engine.begin() as connection:
        yield connection


def heard_writes(engine: Engine) -> AbstractContextManager[list[str]]:
    """Note the statements by which this process changes rows, as long as this context is open."""
    return heard_statements(engine, ("INSERT", "UPDATE", "DELETE"))


@contextmanager
def heard_statements(engine: Engine, beginning: tuple[str, ...] = ("",)) -> Iterator[list[str]]:
    """Note the statements of this process, or those that begin so, as long as this context is open."""
    heard: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.lstrip().startswith(beginning):
            heard.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield heard
    finally:
        event.remove(engine, "before_cursor_execute", note)


def stored_bytes(engine: Engine) -> bytes:
    """Return all that a database holds: an SQLite file with its journal, or each row of a server, as text."""
    if SERVER:
        return rows_as_text(engine).encode()
    path = Path(engine.url.database or "")
    files = [path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))]
    return b"".join(file.read_bytes() for file in files if file.exists())


def rows_as_text(engine: Engine) -> str:
    """Return every row of every table as a database writes it."""
    with engine.connect() as connection:
        if not SERVER:
            return "\n".join(connection.connection.driver_connection.iterdump())  # type: ignore[union-attr]
        question = 'SELECT string_agg(one::text, chr(10)) FROM "{}" AS one'
        tables = inspect(engine).get_table_names()
        return "\n".join(connection.exec_driver_sql(question.format(table)).scalar() or "" for table in tables)


def _name_of(path: Path) -> str:
    return f"t_{blake2b(str(path.resolve()).encode(), digest_size=12).hexdigest()}"
