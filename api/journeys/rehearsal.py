"""A copy of the database to try something on: what is done there is seen as if it were done, and then gone."""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Engine

from api.errors import ConflictError
from models.database import open_database


@contextmanager
def rehearsed(engine: Engine) -> Iterator[Engine]:
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
