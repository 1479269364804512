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
            _with(self.confidential, rows, {row_id for row_id, row in known if row.confidential}),
            _with(self.archived, rows, {row_id for row_id, row in known if row.archived}),
            _with(self.left, rows, {row_id for row_id, row in known if row.left and row.siret}),
        )


def _with(marked: frozenset[str], rows: Mapping[str, object], own: set[str]) -> frozenset[str]:
    """Return who is marked where `own` of some rows are; the same object where it is as before."""
    return marked if {row_id for row_id in rows if row_id in marked} == own else (marked - rows.keys()) | own
