"""A list of the desk as a file: the same table as CSV or as XLSX."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Annotated

from fastapi import Depends, Request
from sqlmodel import Session
from starlette.responses import Response

from api.audit import log
from api.core.errors import NotFoundError
from api.core.table_files import TYPES, Cell, as_csv, as_xlsx
from api.web.dependencies import TodayDep, UnitDep
from api.web.rendering import HEADERS
from api.web.visitors import Visitor, VisitorDep
from models.unit_of_work import UnitOfWork

EXPORTED = "list.exported"
# The column that says « oui » of a confidential row.
CONFIDENTIAL = "Confidentiel"


@dataclass(frozen=True)
class ListFile:
    """What a file is made with. file_format: csv or xlsx."""

    file_format: str
    visitor: Visitor
    unit: UnitOfWork
    today: date

    @property
    def session(self) -> Session:
        return self.unit.session

    def answer(self, name: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Response:
        """Return the file; that the list left the house is noted in the journal. name: without its day and ending."""
        table = [columns, *rows]
        content = as_csv(table) if self.file_format == "csv" else as_xlsx(name.replace("-", " ").capitalize(), table)
        note = partial(_note, list_name=name, file_format=self.file_format, count=len(rows), by=self.visitor.by)
        self.unit.later(note)
        disposition = f'attachment; filename="{name}-{self.today.isoformat()}.{self.file_format}"'
        headers = HEADERS | {"Content-Disposition": disposition}
        return Response(content, media_type=TYPES[self.file_format], headers=headers)


async def _list_file(request: Request, visitor: VisitorDep, unit: UnitDep, today: TodayDep) -> ListFile:
    file_format = str(request.path_params["file_format"])
    if file_format not in TYPES:
        raise NotFoundError("Cette liste se télécharge en CSV ou en XLSX.")
    return ListFile(file_format, visitor, unit, today)


# For routes whose address ends with `.{file_format}`.
ListFileDep = Annotated[ListFile, Depends(_list_file)]


def _note(session: Session, list_name: str, file_format: str, count: int, by: str) -> None:
    detail = {"list": list_name, "format": file_format, "count": count}
    log.note(session, by=by, action=EXPORTED, kind="list", detail=detail)


def day_cell(moment: date | None) -> str:
    """Return a day as files have it: spreadsheets of all languages read it."""
    return moment.isoformat() if moment else ""


def yes_cell(is_so: bool) -> str:
    return "oui" if is_so else ""
