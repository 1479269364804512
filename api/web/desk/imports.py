"""Import: a file is uploaded, previewed row by row, and imported once confirmed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Form, Query, Request
from pydantic import Field
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.responses import FileResponse, Response

from api.catalogue.places.book import PlacesBook
from api.catalogue.schemas import RecordKind
from api.core.errors import InvalidError, SourceError
from api.core.french import sentence
from api.imports.columns import ColumnChoice, MissingColumnsError, known_fields
from api.imports.upload import Staged, Staging, too_large
from api.web.body_limit import allow_body, declared_length
from api.web.checked_router import CheckedRouter
from api.web.components.forms import desk_page
from api.web.dependencies import EngineDep, NowDep, PlacesDep, SettingsDep, UnitDep
from api.web.desk.import_preview import KINDS, KINDS_OF, MOST_COLUMNS, SHOWN, counts_in_words, preview_view, rows_of
from api.web.desk.import_undoing import RecentImport, recent_lines
from api.web.error_pages import DeskRoute
from api.web.null_characters import refuse_in
from api.web.rendering import HEADERS, see
from api.web.visitors import Visitor, VisitorDep

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False, prefix="/importer")

# Bytes that a form adds around its file.
ENVELOPE = 100_000


async def _staging(options: SettingsDep) -> Staging:
    return Staging(Path(options.imports), options.import_megabytes * 1_000_000)


StagingDep = Annotated[Staging, Depends(_staging)]


@dataclass(frozen=True)
class DropView:
    """The form that takes a file, and the last imports. problems: by field; most: the largest file taken, in words."""

    problems: Mapping[str, str]
    kinds: Mapping[RecordKind, str]
    kind: str
    most: str
    recent: Sequence[RecentImport]


@dataclass(frozen=True)
class ImportedView:
    """What an import did. refused_address: where the refused rows are, empty where there are none."""

    file_name: str
    of_actors: bool
    counts: Sequence[tuple[str, str]]
    notes: Sequence[str]
    warnings: Sequence[str]
    more_warnings: int
    errors: Sequence[Any]
    more: int
    refused_address: str
    proposed: int


@router.get("")
def drop_form(visitor: VisitorDep, unit: UnitDep, staging: StagingDep, now: NowDep) -> Response:
    return _form(visitor, staging, recent=recent_lines(unit.session, now))


@router.post("")
async def drop(request: Request, visitor: VisitorDep, staging: StagingDep, now: NowDep) -> Response:
    content_length = declared_length(request.headers)
    if content_length is None or content_length > staging.most_bytes + ENVELOPE:
        # Refused before the body is read: an upload cannot fill the disk.
        return _form(visitor, staging, {"fichier": sentence(too_large(staging.most_bytes))}, status_code=413)
    allow_body(request, staging.most_bytes + ENVELOPE)
    async with request.form(max_files=1, max_fields=5) as form:
        uploaded_file, record_kind = form.get("fichier"), str(form.get("contenu", ""))
        chosen_kind = next((known_kind for known_kind in KINDS if known_kind == record_kind), None)
        form_problems = {}
        if chosen_kind is None:
            form_problems["contenu"] = "Dites ce que contient ce fichier."
        if not isinstance(uploaded_file, UploadFile) or not uploaded_file.filename:
            form_problems["fichier"] = "Choisissez un fichier."
        if form_problems:
            return _form(visitor, staging, form_problems, record_kind, 422)
        assert isinstance(uploaded_file, UploadFile)
        assert chosen_kind is not None
        try:
            refuse_in([("fichier", uploaded_file.filename or "")])
            staged_file = await run_in_threadpool(
                staging.keep,
                uploaded_file.file,
                uploaded_file.filename or "",
                chosen_kind,
                visitor.account_id,
                now,
            )
        except InvalidError as invalid_file:
            file_problems = {field_name: sentence(field_message) for field_name, field_message in invalid_file.fields}
            return _form(visitor, staging, file_problems, record_kind, 422)
    return see(f"/importer/{staged_file.token}")


@router.get("/{token}")
def preview(
    token: str,
    visitor: VisitorDep,
    unit: UnitDep,
    places: PlacesDep,
    staging: StagingDep,
    now: NowDep,
    source: Annotated[str, Query(max_length=100)] = "",
    autre: Annotated[str, Query(max_length=100)] = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    """source: one of those offered; autre: the name of another one; page: of the rows as they will be read."""
    staged_file = staging.find(token, visitor.account_id, now)
    return _preview(visitor, unit.session, places, staging, staged_file, autre or source, page=page)


@router.post("/{token}/colonnes")
def choose_columns(
    token: str,
    visitor: VisitorDep,
    staging: StagingDep,
    now: NowDep,
    champ: Annotated[list[Annotated[str, Field(max_length=60)]], Form(max_length=MOST_COLUMNS)] = [],  # noqa: B006
    colonne: Annotated[list[Annotated[int, Field(ge=0, le=20_000)]], Form(max_length=MOST_COLUMNS)] = [],  # noqa: B006
    type_de_tous: Annotated[str, Form(max_length=60)] = "",
    source: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """colonne, champ: the places of the columns and, in the same order, the field that each feeds."""
    staged_file = staging.find(token, visitor.account_id, now)
    constants = {"kind": type_de_tous} if type_de_tous in KINDS_OF[staged_file.kind] else {}
    known = known_fields(staged_file.kind)
    fields = {place: field for place, field in zip(colonne, champ, strict=False) if not field or field in known}
    staging.choose(staged_file, ColumnChoice(fields, constants))
    return see(f"/importer/{token}" + (f"?{urlencode({'source': source})}" if source else "") + "#lignes")


@router.post("/{token}/contenu")
def read_as(
    token: str, visitor: VisitorDep, staging: StagingDep, now: NowDep, contenu: Annotated[RecordKind, Form()]
) -> Response:
    staging.read_as(staging.find(token, visitor.account_id, now), contenu)
    return see(f"/importer/{token}")


def _preview(
    visitor: Visitor,
    session: Session,
    places: PlacesBook,
    staging: Staging,
    staged_file: Staged,
    source: str,
    problem_text: str = "",
    page: int = 1,
) -> Response:
    try:
        file_preview = staging.preview(session, staged_file, places, source=source, shown=rows_of(page))
    except SourceError as source_error:
        if source:
            # The name of the source may be at fault: the file stays.
            return _preview(visitor, session, places, staging, staged_file, "", source_error.detail)
        staging.drop(staged_file)
        return _form(visitor, staging, {"fichier": source_error.detail}, staged_file.kind, 422)
    status_code = 422 if problem_text or file_preview.missing else 200
    view = preview_view(file_preview, page, source, problem_text)
    return desk_page("apercu.html", visitor, "/importer", status_code, view=view)


@router.post("/{token}")
def bring_in(
    token: str,
    visitor: VisitorDep,
    engine: EngineDep,
    unit: UnitDep,
    places: PlacesDep,
    staging: StagingDep,
    now: NowDep,
    source: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    staged_file = staging.find(token, visitor.account_id, now)
    try:
        if not source and staging.preview(unit.session, staged_file, places).asks:
            problem_text = "Dites d’abord d’où viennent ces fiches."
            return _preview(visitor, unit.session, places, staging, staged_file, "", problem_text)
        unit.end_reading()
        staging.bring_in(engine, staged_file, places, by=visitor.by, now=now, source=source)
    except MissingColumnsError:
        return _preview(visitor, unit.session, places, staging, staged_file, source)
    except SourceError as source_error:
        staging.drop(staged_file)
        return _form(visitor, staging, {"fichier": source_error.detail}, staged_file.kind, 422)
    return see(f"/importer/{token}/rapport")


@router.get("/{token}/rapport")
def report(token: str, visitor: VisitorDep, staging: StagingDep, now: NowDep) -> Response:
    file_name, import_report = staging.report(token, visitor.account_id, now)
    return desk_page(
        "importe.html",
        visitor,
        "/importer",
        view=ImportedView(
            file_name=file_name,
            of_actors=import_report["kind"] == "actors",
            counts=counts_in_words(import_report),
            notes=import_report["notes"],
            warnings=import_report["warnings"][:SHOWN],
            more_warnings=max(len(import_report["warnings"]) - SHOWN, 0),
            errors=import_report["errors"][:SHOWN],
            more=max(len(import_report["errors"]) - SHOWN, 0),
            refused_address=f"/importer/{token}/refuses.csv" if import_report["refused_path"] else "",
            proposed=import_report["proposed"],
        ),
    )


@router.get("/{token}/refuses.csv")
def refused_rows(token: str, visitor: VisitorDep, staging: StagingDep, now: NowDep) -> Response:
    refused_path = staging.refused(token, visitor.account_id, now)
    _, import_report = staging.report(token, visitor.account_id, now)
    # Corrected and dropped again, it is known by its name to be of the same source.
    file_name = f"{import_report['source']}.refuses.csv"
    return FileResponse(refused_path, media_type="text/csv; charset=utf-8", filename=file_name, headers=HEADERS)


def _form(
    visitor: Visitor,
    staging: Staging,
    form_problems: Mapping[str, str] | None = None,
    record_kind: str = "",
    status_code: int = 200,
    recent: Sequence[RecentImport] = (),
) -> Response:
    return desk_page(
        "importer.html",
        visitor,
        "/importer",
        status_code,
        view=DropView(
            problems=form_problems or {},
            kinds=KINDS,
            kind=record_kind,
            most=f"{staging.most_bytes // 1_000_000} Mo",
            recent=recent,
        ),
    )
