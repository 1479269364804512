"""The documents of a confidential case, for facilitators: laid into folders, read, moved, removed."""

from typing import Any

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.responses import Response

from api.confidentiality import documents
from api.confidentiality.document_folders import Folder
from api.core.errors import InvalidError
from api.web.body_limit import allow_body, declared_length
from api.web.checked_router import CheckedRouter
from api.web.components.attachment import attachment
from api.web.dependencies import EngineDep, NowDep, SettingsDep, UnitDep
from api.web.desk.confidentiality import confidentiality_page, page_address
from api.web.desk.imports import ENVELOPE
from api.web.error_pages import DeskRoute
from api.web.fields import FormWord
from api.web.house import SnapshotDep
from api.web.rendering import see
from api.web.visitors import VisitorDep

router = CheckedRouter(
    route_class=DeskRoute, include_in_schema=False, prefix="/opportunites/{opportunity_id}/confidentialite/documents"
)


@router.post("")
async def add(
    opportunity_id: str,
    request: Request,
    visitor: VisitorDep,
    engine: EngineDep,
    unit: UnitDep,
    snapshot: SnapshotDep,
    options: SettingsDep,
    now: NowDep,
) -> Response:
    await run_in_threadpool(unit.end_reading)
    most_bytes = options.document_megabytes * 1_000_000
    content_length = declared_length(request.headers)
    problem_text, folder = "", Folder.HOUSE
    if content_length is None or content_length > most_bytes + ENVELOPE:
        # Refused before the body is read: an upload cannot fill the disk.
        problem_text = f"Ce document est trop lourd : {options.document_megabytes} Mo au plus."
    else:
        allow_body(request, most_bytes + ENVELOPE)
        async with request.form(max_files=1, max_fields=2) as form:
            folder = _folder(form.get("dossier"))
            uploaded_file = form.get("fichier")
            if not isinstance(uploaded_file, UploadFile) or not uploaded_file.filename:
                problem_text = "Choisissez un document."
            else:
                try:
                    await run_in_threadpool(
                        documents.add_document,
                        engine,
                        opportunity_id,
                        uploaded_file.file,
                        uploaded_file.filename,
                        folder=folder,
                        most_bytes=most_bytes,
                        account_id=visitor.account_id,
                        now=now,
                    )
                except InvalidError as invalid_file:
                    problem_text = f"Ce document n’est pas pris : {invalid_file.fields[0][1]}."
    if problem_text:
        return await run_in_threadpool(
            confidentiality_page,
            visitor,
            unit,
            snapshot,
            options,
            opportunity_id,
            problem_text=problem_text,
            chosen_folder=folder.value,
        )
    return see(f"{page_address(opportunity_id)}?fait=ajoute#documents")


@router.get("/{document_id}")
def document(opportunity_id: str, document_id: str, visitor: VisitorDep, unit: UnitDep, now: NowDep) -> Response:
    return attachment(documents.download(unit, opportunity_id, document_id, account_id=visitor.account_id, now=now))


@router.post("/{document_id}")
def change(
    opportunity_id: str,
    document_id: str,
    visitor: VisitorDep,
    engine: EngineDep,
    unit: UnitDep,
    snapshot: SnapshotDep,
    options: SettingsDep,
    now: NowDep,
    acte: FormWord = "",
    dossier: FormWord = "",
) -> Response:
    if acte == "retirer":
        documents.remove_document(engine, opportunity_id, document_id, account_id=visitor.account_id, now=now)
        return see(f"{page_address(opportunity_id)}?fait=enleve#documents")
    try:
        if acte != "ranger":
            raise InvalidError([("acte", "cet envoi est incomplet")])
        documents.move_document(
            engine, unit, opportunity_id, document_id, _folder(dossier), account_id=visitor.account_id, now=now
        )
    except InvalidError as refused:
        problem_text = f"Ce document reste où il est : {refused.fields[0][1]}."
        return confidentiality_page(visitor, unit, snapshot, options, opportunity_id, problem_text=problem_text)
    return see(f"{page_address(opportunity_id)}?fait=range#documents")


def _folder(value: Any) -> Folder:
    """Return the folder that a form names; the house's, from which nothing leaves, for any other word."""
    return next((folder for folder in Folder if folder.value == value), Folder.HOUSE)
