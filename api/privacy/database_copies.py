"""Copies of an SQLite database: backup while it serves, restore, and a temporary copy for a dry run.

PostgreSQL has its own tools for this (pg_dump, pg_restore).
"""

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy import Engine, make_url

from api.core.errors import ConflictError, SourceError
from models.database import MIGRATIONS, open_database
from models.private_files import keep_private


def backup(database_url: str, target_path: Path) -> None:
    """Copy the database to a new file; the file gets its name only once it is complete and checked.

    Raises SourceError if the database does not exist, ConflictError if the file does.
    """
    source_path = _database_path(database_url)
    if target_path.exists():
        raise ConflictError(f"« {target_path} » existe déjà : donnez un autre nom.")
    if not source_path.is_file():
        raise SourceError(f"« {source_path} » : il n’y a pas de base à cet endroit.")
    partial_path = target_path.with_name(f".{target_path.name}.{os.getpid()}")
    # It holds persons: its owner alone may read it.
    keep_private(partial_path)
    try:
        with closing(sqlite3.connect(source_path)) as source_db, closing(sqlite3.connect(partial_path)) as target_db:
            source_db.backup(target_db)
            # A single file, without a write-ahead log beside it.
            target_db.execute("PRAGMA journal_mode=DELETE")
        check(partial_path)
        partial_path.replace(target_path)
    finally:
        partial_path.unlink(missing_ok=True)


def put_in_place(database_url: str, backup_file: Path) -> Path | None:
    """Replace the database by a copy, in one transaction; return the path of a backup of the replaced database.

    Only `api.privacy.restoring` may call it: what was revoked since stands only after it replayed the ledger. Raises
    SourceError for a damaged, foreign or newer file.
    """
    check(backup_file)
    database_path, backup_path = _database_path(database_url), None
    if database_path.is_file():
        backup_path = database_path.with_name(f"{database_path.name}.avant-restauration")
        copy_number = 1
        while backup_path.exists():
            copy_number += 1
            backup_path = database_path.with_name(f"{database_path.name}.avant-restauration-{copy_number}")
        backup(database_url, backup_path)
    database_path.parent.mkdir(parents=True, exist_ok=True)
    keep_private(database_path)
    _copy(backup_file, database_path)
    return backup_path


@contextmanager
def working_copy(backup_file: Path, database_url: str) -> Iterator[Path]:
    """Yield a copy of a backup beside the database, its owner's alone; it is removed afterwards."""
    check(backup_file)
    database_path = _database_path(database_url)
    database_path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".restauration-", dir=database_path.parent) as folder:
        copy_path = Path(folder) / "copie.db"
        keep_private(copy_path)
        _copy(backup_file, copy_path)
        yield copy_path


def _copy(from_file: Path, to_file: Path) -> None:
    source_uri = f"{from_file.absolute().as_uri()}?mode=ro"
    with (
        closing(sqlite3.connect(source_uri, uri=True)) as source_db,
        closing(sqlite3.connect(to_file, timeout=30)) as target_db,
    ):
        source_db.backup(target_db)


def check(database_path: Path) -> None:
    """Raises SourceError unless the file is a sound database of this program, not of a newer version."""
    if not database_path.is_file():
        raise SourceError(f"« {database_path} » n’existe pas.")
    try:
        with closing(sqlite3.connect(f"{database_path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            if connection.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
                raise SourceError(f"« {database_path} » est abîmé.")
            if connection.execute("PRAGMA foreign_key_check").fetchone():
                raise SourceError(f"« {database_path} » est abîmé : des lignes en appellent qui n’y sont pas.")
            revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.DatabaseError as error:
        raise SourceError(f"« {database_path} » n’est pas une base de Pôle Sud, ou est abîmé.") from error
    known_revisions = {script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}
    if revision is None or revision[0] not in known_revisions:
        raise SourceError(
            f"« {database_path} » vient d’une version plus récente de ce programme : mettez-le d’abord à jour."
        )


def _database_path(database_url: str) -> Path:
    parsed_url = make_url(database_url)
    if parsed_url.get_backend_name() != "sqlite" or not parsed_url.database:
        raise SourceError("Cette commande est pour SQLite ; PostgreSQL a les siennes (pg_dump, pg_restore).")
    return Path(parsed_url.database)


@contextmanager
def dry_run_copy(engine: Engine) -> Iterator[Engine]:
    """Yield an engine over a temporary copy; the database itself is only read, without a lock.

    Raises ConflictError for a database that is not an SQLite file.
    """
    database_path = engine.url.database
    if engine.dialect.name != "sqlite" or not database_path:
        raise ConflictError("L’essai à blanc copie la base : il lui faut SQLite.")
    with tempfile.TemporaryDirectory(prefix="pole-sud-") as temporary_folder:
        copy_path = Path(temporary_folder) / "essai.db"
        # It holds persons: its owner alone may read it.
        keep_private(copy_path)
        _copy(Path(database_path), copy_path)
        copy_engine = open_database(f"sqlite:///{copy_path}")
        try:
            yield copy_engine
        finally:
            copy_engine.dispose()
