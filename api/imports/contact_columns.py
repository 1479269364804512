"""The columns of a file that hold contacts: read beside a row's record, and never a reason to refuse it."""

from collections.abc import Sequence

from api.contacts.cells import CellContact, contacts_in
from api.imports.cell_marks import without_marks
from api.imports.columns import CONTACT, Layout


class ContactColumns:
    """Reads the contacts of rows that this layout describes."""

    def __init__(self, layout: Layout) -> None:
        self._columns = {
            column.field.removeprefix(CONTACT): column for column in layout.columns if column.field.startswith(CONTACT)
        }

    def read(self, number: int, cells: Sequence[str]) -> tuple[list[CellContact], dict[str, str]]:
        """Return the contacts of a row, and a warning, in French, for each field whose cell holds none."""
        if not self._columns:
            return [], {}
        told = {
            name: without_marks(cells[column.index])
            for name, column in self._columns.items()
            if column.index < len(cells)
        }
        contacts, unread = contacts_in(told)
        return contacts, {
            f"{CONTACT}{one.cell}": f"Ligne {number}, colonne « {self._columns[one.cell].name} » : {one.why}."
            for one in unread
        }
