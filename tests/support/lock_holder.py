"""Somebody else who holds a database against all writers for as long as it is wanted."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from models.database import WRITERS_LOCK
from models.tables import metadata
from tests.support.databases import SERVER, by_hand, url_of

SCRIPT = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
connection.execute("ROLLBACK")
"""


@contextmanager
def held_lock(database: Path) -> Iterator[None]:
    """Hold what every writer needs until the end of this context; who reads is not held up.

    SQLite: another process has begun to write. PostgreSQL: a session has the writers' lock, and all tables but for
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
    command = [sys.executable, "-c", SCRIPT, str(database)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        try:
            yield
        finally:
            holder.communicate()
