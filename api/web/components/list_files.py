"""A list of the desk as a file: the same table as CSV or as XLSX."""

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Annotated

from fastapi import Depends, Request
from sqlmodel import Session
from starlette.responses import Response

from api.audit import log
from api.core.errors import NotFoundError
from api.core.table_files import TYPES, Cell, as_csv, as_xlsx
from api.web.rendering import HEADERS
from api.web.visitors import Visitor
from models.unit_of_work import UnitOfWork

EXPORTED = "list.exported"


async def _file_format(request: Request) -> str:
    """Return the format that an address ends with; any other does not exist."""
    file_format = str(request.path_params["file_format"])
    if file_format not in TYPES:
        raise NotFoundError("Cette liste n’existe pas sous ce format : demandez csv ou xlsx.")
    return file_format


# For routes whose address ends with `.{file_format}`.
FileFormatDep = Annotated[str, Depends(_file_format)]


def list_file(
    rows: Sequence[Sequence[Cell]], file_format: str, name: str, visitor: Visitor, unit: UnitOfWork, today: date
) -> Response:
    """Return a list, its heading first, as a file; that it left the house is noted in the journal.

    name: of the file, without day and ending. Raises nothing.
    """
    title = name.replace("-", " ").capitalize()
    content = as_csv(rows) if file_format == "csv" else as_xlsx(title, rows)
    unit.later(partial(_note, file_format=file_format, count=len(rows) - 1, name=name, by=visitor.by))
    disposition = f'attachment; filename="{name}-{today.isoformat()}.{file_format}"'
    return Response(content, media_type=TYPES[file_format], headers=HEADERS | {"Content-Disposition": disposition})


def _note(session: Session, file_format: str, count: int, name: str, by: str) -> None:
    log.note(session, by=by, action=EXPORTED, kind="list", detail={"list": name, "format": file_format, "count": count})
