"""Copies of the database: backup while it serves, restore, and a temporary copy for a dry run.

SQLite and PostgreSQL keep the same promises, each in its own way (`sqlite_copies`, `postgres_copies`).
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine, make_url

from api.core.errors import SourceError
from api.privacy.ledger import Head
from api.privacy.postgres_copies import PostgresCopies
from api.privacy.sqlite_copies import SqliteCopies
from models.database import open_database


class DatabaseCopies(Protocol):
    """Copies of one database, named by its URL."""

    def backup(self, target_path: Path) -> None:
        """Copy the database to a new file, its owner's alone, which gets its name once it is complete and checked.

        Raises SourceError if the database does not exist, ConflictError if the file does.
        """

    def check(self, backup_file: Path) -> None:
        """Raises SourceError unless the file is a sound backup of this program, not of a newer version."""

    def check_unused(self) -> None:
        """Raises ConflictError where others have the database open, and it could not be replaced."""

    def working_copy(self, backup_file: Path) -> AbstractContextManager[str]:
        """Yield the URL of a database made of a sound backup beside this one; what is left of it is removed afterwards.

        Raises SourceError for a backup that cannot be read back.
        """

    def scratch_copy(self) -> AbstractContextManager[str]:
        """Yield the URL of a copy of the database as it is now; it is removed afterwards."""

    def head_of(self, database_url: str) -> Head | None:
        """Return how far the ledger went when a database was last written.

        None for one of before there was a ledger, and for one that is not there or cannot be read.
        """

    def put_in_place(self, copy_url: str) -> str:
        """Replace the database by a working copy, in one transaction; return where what it replaced is, or "".

        Only `api.privacy.restoring` may call it: what was revoked since stands only after it replayed the ledger.
        """


def copies_of(database_url: str, tools: str = "") -> DatabaseCopies:
    """Return what copies a database. tools: the folder of PostgreSQL's programs; without it they are on the PATH."""
    backend = make_url(database_url).get_backend_name()
    if backend == "postgresql":
        return PostgresCopies(database_url, tools)
    if backend == "sqlite" and make_url(database_url).database:
        return SqliteCopies(database_url)
    raise SourceError("Cette base n’a pas de copies : ni un fichier SQLite, ni PostgreSQL.")


def backup(database_url: str, target_path: Path, *, tools: str = "") -> None:
    """Copy a database to a new file; see `DatabaseCopies.backup`."""
    copies_of(database_url, tools).backup(target_path)


@contextmanager
def dry_run_copy(engine: Engine, *, tools: str = "") -> Iterator[Engine]:
    """Yield an engine over a temporary copy; the database itself is only read, without a lock."""
    with copies_of(engine.url.render_as_string(hide_password=False), tools).scratch_copy() as copy_url:
        copy_engine = open_database(copy_url)
        try:
            yield copy_engine
        finally:
            copy_engine.dispose()
