"""Import: a file is dropped, looked at row by row, and only then brought in."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.responses import FileResponse, Response

from api.catalogue.schemas import RecordKind
from api.core.errors import InvalidError, SourceError
from api.core.french import number, plural
from api.core.settings import Settings
from api.imports.upload import Staging, too_large
from api.web.components.forms import desk_page
from api.web.dependencies import EngineDep, PlacesDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.rendering import HEADERS, see
from api.web.visitors import Visitor, VisitorDep
from models.base import utc_now

router = APIRouter(route_class=DeskRoute, include_in_schema=False, prefix="/importer")

KINDS: dict[RecordKind, str] = {"actors": "des acteurs", "opportunities": "des opportunités"}

SHOWN = 100

# What a form adds around its file.
ENVELOPE = 100_000


async def _staging(request: Request) -> Staging:
    options: Settings = request.app.state.settings
    return Staging(Path(options.imports), options.import_megabytes * 1_000_000)


StagingDep = Annotated[Staging, Depends(_staging)]


@router.get("")
def drop_form(visitor: VisitorDep, staging: StagingDep) -> Response:
    return _form(visitor, staging)


@router.post("")
async def drop(request: Request, visitor: VisitorDep, staging: StagingDep) -> Response:
    length = request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > staging.most_bytes + ENVELOPE:
        # Before it is read: nobody fills the disk of this machine.
        return _form(visitor, staging, {"fichier": _sentence(too_large(staging.most_bytes))}, status=413)
    async with request.form(max_files=1, max_fields=5) as form:
        file, said = form.get("fichier"), str(form.get("contenu", ""))
        kind = next((one for one in KINDS if one == said), None)
        problems = {}
        if kind is None:
            problems["contenu"] = "Dites ce que contient ce fichier."
        if not isinstance(file, UploadFile) or not file.filename:
            problems["fichier"] = "Choisissez un fichier."
        if problems:
            return _form(visitor, staging, problems, said, 422)
        assert isinstance(file, UploadFile)
        assert kind is not None
        try:
            staged = await run_in_threadpool(
                staging.keep,
                file.file,
                file.filename or "",
                kind,
                visitor.account_id,
                utc_now(),
            )
        except InvalidError as refused:
            found = {name: _sentence(why) for name, why in refused.fields}
            return _form(visitor, staging, found, said, 422)
    return see(f"/importer/{staged.token}")


@router.get("/{token}")
def preview(token: str, visitor: VisitorDep, unit: UnitDep, places: PlacesDep, staging: StagingDep) -> Response:
    staged = staging.find(token, visitor.account_id, utc_now())
    try:
        found = staging.preview(unit.session, staged, places)
    except SourceError as error:
        staging.drop(staged)
        return _form(visitor, staging, {"fichier": error.detail}, staged.kind, 422)
    report = found.report
    return desk_page(
        "apercu.html",
        visitor,
        "/importer",
        token=token,
        name=staged.name,
        kind=KINDS[staged.kind],
        columns=found.columns,
        counts=_counts(vars(report)),
        useful=report.created + report.changed,
        notes=report.notes,
        warnings=report.warnings[:SHOWN],
        errors=report.errors[:SHOWN],
        more=max(len(report.errors) - SHOWN, 0),
        button=f"Importer {plural(report.created + report.changed, 'fiche')}",
    )


@router.post("/{token}")
def bring_in(token: str, visitor: VisitorDep, engine: EngineDep, places: PlacesDep, staging: StagingDep) -> Response:
    staged = staging.find(token, visitor.account_id, utc_now())
    try:
        staging.bring_in(engine, staged, places, by=visitor.by)
    except SourceError as error:
        staging.drop(staged)
        return _form(visitor, staging, {"fichier": error.detail}, staged.kind, 422)
    return see(f"/importer/{token}/rapport")


@router.get("/{token}/rapport")
def report(token: str, visitor: VisitorDep, staging: StagingDep) -> Response:
    name, found = staging.report(token, visitor.account_id, utc_now())
    return desk_page(
        "importe.html",
        visitor,
        "/importer",
        name=name,
        actors=found["kind"] == "actors",
        counts=_counts(found),
        notes=found["notes"],
        warnings=found["warnings"][:SHOWN],
        errors=found["errors"][:SHOWN],
        more=max(len(found["errors"]) - SHOWN, 0),
        refused=f"/importer/{token}/refuses.csv" if found["refused_path"] else "",
    )


@router.get("/{token}/refuses.csv")
def refused_rows(token: str, visitor: VisitorDep, staging: StagingDep) -> Response:
    path = staging.refused(token, visitor.account_id, utc_now())
    return FileResponse(path, media_type="text/csv; charset=utf-8", filename="lignes-refusees.csv", headers=HEADERS)


def _form(
    visitor: Visitor,
    staging: Staging,
    problems: Mapping[str, str] | None = None,
    kind: str = "",
    status: int = 200,
) -> Response:
    return desk_page(
        "importer.html",
        visitor,
        "/importer",
        status,
        problems=problems or {},
        kinds=KINDS,
        kind=kind,
        most=f"{staging.most_bytes // 1_000_000} Mo",
    )


def _counts(found: Mapping[str, Any]) -> list[tuple[str, str]]:
    rows = [
        ("Lignes lues", found["rows"]),
        ("Fiches nouvelles", found["created"]),
        ("Fiches modifiées", found["changed"]),
        ("Fiches inchangées", found["unchanged"]),
        ("Lignes refusées", found["refused"]),
    ]
    return [(name, number(count)) for name, count in rows]


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
