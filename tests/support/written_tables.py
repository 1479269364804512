"""Which tables the tests of a run wrote to, in all of its processes: a contract suite that skips one is not whole."""

import os
import re
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from models.tables import metadata
from tests.support.on_postgres import WRITTEN_VARIABLE

# Written by triggers of the database, which no statement names.
BY_TRIGGERS = {"row_changes", "revocation_notices"}
# `INSERT INTO` alone: a row must be made by the code under test before anything else is done with it.
_INSERT = re.compile(r'\s*INSERT INTO "?(\w+)')


class WrittenTables:
    """Listens to every engine of this process from its making on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: set[str] = set()
        event.listen(Engine, "before_cursor_execute", self._note)

    def save(self) -> None:
        """Keep what this process wrote, for `never_written`."""
        (self._folder / str(os.getpid())).write_text("\n".join(self._names), "utf-8")

    def never_written(self) -> list[str]:
        """Return the tables that no process has written to."""
        written = {name for file in self._folder.iterdir() for name in file.read_text("utf-8").split()}
        return sorted({table.name for table in metadata.sorted_tables} - written - BY_TRIGGERS)

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if found := _INSERT.match(statement):
            self._names.add(found[1])


def written_tables() -> WrittenTables | None:
    """Return a listener where the run is asked for one."""
    folder = os.environ.get(WRITTEN_VARIABLE)
    return WrittenTables(Path(folder)) if folder else None
