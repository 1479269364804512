"""Somebody else who holds a database against all writers for as long as it is wanted."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from models.database import WRITERS_LOCK
from models.tables import metadata
from tests.support.databases import SERVER, by_hand, url_of


@contextmanager
def held_lock(database: Path) -> Iterator[None]:
    """Hold what every writer needs until the end of this context; who reads is not held up.

    SQLite: another connection has begun to write. PostgreSQL: a session has the writers' lock, and all tables but for
    readers.
    """
    with _locked_tables(database) if SERVER else _locked_file(database):
        yield


@contextmanager
def _locked_tables(database: Path) -> Iterator[None]:
    with by_hand(url_of(database)) as connection:
        names = ", ".join(table.name for table in metadata.sorted_tables)
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITERS_LOCK})")
        connection.exec_driver_sql(f"LOCK TABLE {names} IN EXCLUSIVE MODE")
        yield


@contextmanager
def _locked_file(database: Path) -> Iterator[None]:
    with closing(sqlite3.connect(database, isolation_level=None, timeout=60)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")
