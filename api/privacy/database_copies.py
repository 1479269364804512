"""Backups of an SQLite database: a whole copy while it serves, checked; and the way back from one.

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


def backup(url: str, target: Path) -> None:
    """Copy the database to a new file, which stands under its name only once it is whole and sound.

    Raises SourceError where there is no such database, ConflictError where the file is there already.
    """
    source = _path(url)
    if target.exists():
        raise ConflictError(f"« {target} » existe déjà : donnez un autre nom.")
    if not source.is_file():
        raise SourceError(f"« {source} » : il n’y a pas de base à cet endroit.")
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    # It holds persons: its owner alone may read it.
    partial.touch(mode=0o600)
    try:
        with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(partial)) as new:
            old.backup(new)
            # One file, without a journal beside it.
            new.execute("PRAGMA journal_mode=DELETE")
        check(partial)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def restore(url: str, source: Path) -> Path | None:
    """Put a backup in the place of the database, in one transaction; return where what was there is kept.

    Bring the tables up to date afterwards. Raises SourceError for a file that is damaged, of something else, or newer.
    """
    check(source)
    target, kept = _path(url), None
    if target.is_file():
        kept = target.with_name(f"{target.name}.avant-restauration")
        number = 1
        while kept.exists():
            number += 1
            kept = target.with_name(f"{target.name}.avant-restauration-{number}")
        backup(url, kept)
    target.parent.mkdir(parents=True, exist_ok=True)
    from_file = f"{source.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(from_file, uri=True)) as old, closing(sqlite3.connect(target, timeout=30)) as new:
        old.backup(new)
    return kept


def check(path: Path) -> None:
    """Raises SourceError unless the file is a whole database of ours, not newer than this program."""
    if not path.is_file():
        raise SourceError(f"« {path} » n’existe pas.")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as opened:
            if opened.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
                raise SourceError(f"« {path} » est abîmé.")
            if opened.execute("PRAGMA foreign_key_check").fetchone():
                raise SourceError(f"« {path} » est abîmé : des lignes en appellent qui n’y sont pas.")
            revision = opened.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.DatabaseError as error:
        raise SourceError(f"« {path} » n’est pas une base de Pôle Sud, ou est abîmé.") from error
    known = {script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}
    if revision is None or revision[0] not in known:
        raise SourceError(f"« {path} » vient d’une version plus récente de ce programme : mettez-le d’abord à jour.")


def _path(url: str) -> Path:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        raise SourceError("Cette commande est pour SQLite ; PostgreSQL a les siennes (pg_dump, pg_restore).")
    return Path(parsed.database)


@contextmanager
def dry_run_copy(engine: Engine) -> Iterator[Engine]:
    """Yield an engine over a copy that vanishes with the block; the database itself is only read, and locks nobody.

    Raises ConflictError for a database that is no SQLite file.
    """
    path = engine.url.database
    if engine.dialect.name != "sqlite" or not path:
        raise ConflictError("L’essai à blanc copie la base : il lui faut SQLite.")
    with tempfile.TemporaryDirectory(prefix="pole-sud-") as folder:
        copy = Path(folder) / "essai.db"
        # It holds persons: its owner alone may read it.
        copy.touch(mode=0o600)
        source = f"{Path(path).absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(source, uri=True)) as old, closing(sqlite3.connect(copy)) as new:
            old.backup(new)
        opened = open_database(f"sqlite:///{copy}")
        try:
            yield opened
        finally:
            opened.dispose()
