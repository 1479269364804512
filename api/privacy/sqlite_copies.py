"""Copies of an SQLite database, by SQLite's own online backup."""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import make_url

from api.core.errors import SourceError
from api.privacy.backup_files import new_backup_file
from api.privacy.ledger import Head
from models.private_files import keep_private
from models.revisions import is_known_revision


class SqliteCopies:
    """See `api.privacy.database_copies.DatabaseCopies`."""

    def __init__(self, database_url: str) -> None:
        self._path = _path_of(database_url)

    def backup(self, target_path: Path) -> None:
        if not self._path.is_file():
            raise SourceError(f"« {self._path} » : il n’y a pas de base à cet endroit.")
        with new_backup_file(target_path) as partial_path:
            with closing(sqlite3.connect(self._path)) as source_db, closing(sqlite3.connect(partial_path)) as target_db:
                source_db.backup(target_db)
                # A single file, without a write-ahead log beside it.
                target_db.execute("PRAGMA journal_mode=DELETE")
            self.check(partial_path)

    def check(self, backup_file: Path) -> None:
        if not backup_file.is_file():
            raise SourceError(f"« {backup_file} » n’existe pas.")
        try:
            with closing(_read_only(backup_file)) as connection:
                if connection.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
                    raise SourceError(f"« {backup_file} » est abîmé.")
                if connection.execute("PRAGMA foreign_key_check").fetchone():
                    raise SourceError(f"« {backup_file} » est abîmé : des lignes en appellent qui n’y sont pas.")
                revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.DatabaseError as error:
            raise SourceError(f"« {backup_file} » n’est pas une base de Pôle Sud, ou est abîmé.") from error
        if revision is None or not is_known_revision(revision[0]):
            raise SourceError(
                f"« {backup_file} » vient d’une version plus récente de ce programme : mettez-le d’abord à jour."
            )

    def check_unused(self) -> None:
        """Whoever has the file open sees the new content at its next question."""

    @contextmanager
    def working_copy(self, backup_file: Path) -> Iterator[str]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".restauration-", dir=self._path.parent) as folder:
            copy_path = Path(folder) / "copie.db"
            keep_private(copy_path)
            _copy(backup_file, copy_path)
            yield f"sqlite:///{copy_path}"

    @contextmanager
    def scratch_copy(self) -> Iterator[str]:
        with tempfile.TemporaryDirectory(prefix="pole-sud-") as folder:
            copy_path = Path(folder) / "essai.db"
            keep_private(copy_path)
            _copy(self._path, copy_path)
            yield f"sqlite:///{copy_path}"

    def head_of(self, database_url: str) -> Head | None:
        database_path = _path_of(database_url)
        if not database_path.is_file():
            return None
        try:
            with closing(_read_only(database_path)) as connection:
                row = connection.execute("SELECT count, mac FROM ledger_head").fetchone()
        except sqlite3.DatabaseError:
            return None
        return Head(*row) if row else None

    def put_in_place(self, copy_url: str) -> str:
        copy_path, former_path = _path_of(copy_url), None
        self.check(copy_path)
        if self._path.is_file():
            former_path = self._path.with_name(f"{self._path.name}.avant-restauration")
            copy_number = 1
            while former_path.exists():
                copy_number += 1
                former_path = self._path.with_name(f"{self._path.name}.avant-restauration-{copy_number}")
            self.backup(former_path)
        keep_private(self._path)
        _copy(copy_path, self._path)
        return str(former_path or "")


def _path_of(database_url: str) -> Path:
    return Path(make_url(database_url).database or "")


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)


def _copy(from_file: Path, to_file: Path) -> None:
    with closing(_read_only(from_file)) as source_db, closing(sqlite3.connect(to_file, timeout=30)) as target_db:
        source_db.backup(target_db)
