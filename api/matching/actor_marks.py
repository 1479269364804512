"""Which actors stand apart: the ids of those that are confidential, archived, or have left."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol


class Marked(Protocol):
    """What is read of a record; left: of a SIRET, where it has one."""

    @property
    def confidential(self) -> bool: ...
    @property
    def archived(self) -> bool: ...
    @property
    def left(self) -> bool: ...
    @property
    def siret(self) -> str | None: ...


class ActorMarks(NamedTuple):
    """Ids by what is said of a row. left: its SIRET is closed."""

    confidential: frozenset[str] = frozenset()
    archived: frozenset[str] = frozenset()
    left: frozenset[str] = frozenset()

    def with_rows(self, rows: Mapping[str, Marked | None]) -> "ActorMarks":
        """Return the marks where these rows came, changed, or went (None)."""
        if not rows:
            return self
        known = [(row_id, row) for row_id, row in rows.items() if row is not None]
        return ActorMarks(
            (self.confidential - rows.keys()) | {row_id for row_id, row in known if row.confidential},
            (self.archived - rows.keys()) | {row_id for row_id, row in known if row.archived},
            (self.left - rows.keys()) | {row_id for row_id, row in known if row.left and row.siret},
        )
