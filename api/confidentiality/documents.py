"""The documents of a confidential case: added by facilitators, downloaded at the last level, each download noted."""

import io
import uuid
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import BinaryIO

from sqlalchemy import Engine
from sqlmodel import Session

from api.audit import log
from api.confidentiality import queries
from api.confidentiality.disclosure import DisclosureLevel, confidential_case, standing_consents
from api.confidentiality.queries import DocumentLine
from api.core.errors import InvalidError, NotFoundError
from models.database import writing
from models.reveal import CaseDocument
from models.unit_of_work import UnitOfWork

# Magic numbers: the content must begin as its suffix says.
BEGINNINGS = {
    ".pdf": b"%PDF-",
    ".docx": b"PK\x03\x04",
    ".xlsx": b"PK\x03\x04",
    ".odt": b"PK\x03\x04",
    ".ods": b"PK\x03\x04",
    ".jpg": b"\xff\xd8\xff",
    ".png": b"\x89PNG\r\n\x1a\n",
}
# An archive of more is a bomb for whoever opens it.
MOST_ENTRIES, MOST_UNPACKED = 10_000, 1_000_000_000
NAME_LENGTH = 200
# What an archive must hold to be the document that its suffix says: a part of its content, or its declared type.
_PARTS = {".docx": "word/", ".xlsx": "xl/"}
_TYPES = {
    ".odt": b"application/vnd.oasis.opendocument.text",
    ".ods": b"application/vnd.oasis.opendocument.spreadsheet",
}
# Limit of all documents of a case together, as a multiple of the limit of one.
MOST_TOGETHER = 20


@dataclass(frozen=True)
class Download:
    """A file to download, under a neutral name."""

    name: str
    content: bytes


def add_document(
    engine: Engine,
    opportunity_id: str,
    file: BinaryIO,
    file_name: str,
    *,
    most_bytes: int,
    account_id: str,
    now: datetime,
) -> str:
    """Store a file and return its id. Raises NotFoundError, InvalidError."""
    shown_name = PurePath(file_name.replace("\\", "/").replace("\0", "")).name[-NAME_LENGTH:]
    file_suffix = PurePath(shown_name).suffix.lower().replace(".jpeg", ".jpg")
    file_content = file.read(most_bytes + 1)
    _check(file_content, file_suffix, most_bytes)
    with writing(engine, durable=True) as session:
        confidential_case(session, opportunity_id)
        if queries.document_bytes(session, opportunity_id) + len(file_content) > MOST_TOGETHER * most_bytes:
            raise InvalidError([("fichier", "les documents de ce cas sont trop lourds ensemble : retirez-en d’abord")])
        document_id = str(uuid.uuid4())
        session.add(
            CaseDocument(
                id=document_id,
                opportunity_id=opportunity_id,
                name=shown_name,
                suffix=file_suffix,
                size=len(file_content),
                content=file_content,
                created_at=now,
                created_by=account_id,
            )
        )
        _note(session, "document.added", opportunity_id, account_id, now, document_id)
    return document_id


def remove_document(engine: Engine, opportunity_id: str, document_id: str, *, account_id: str, now: datetime) -> None:
    """Delete a document. Raises NotFoundError."""
    with writing(engine, durable=True) as session:
        case_document = queries.document_of(session, opportunity_id, document_id)
        if case_document is None:
            raise NotFoundError("Ce document n’existe pas.")
        session.delete(case_document)
        _note(session, "document.removed", opportunity_id, account_id, now, document_id)


def list_documents(session: Session, opportunity_id: str) -> Sequence[DocumentLine]:
    """Return the documents of a case, for facilitators."""
    return queries.documents_of(session, opportunity_id)


def download(
    unit: UnitOfWork, opportunity_id: str, document_id: str, *, actor_id: str | None, account_id: str, now: datetime
) -> Download:
    """Return a document, to a facilitator (actor_id is None) or for an actor at the last level.

    Raises NotFoundError, the same for a missing document and a forbidden one.
    """
    session = unit.session
    confidential_case(session, opportunity_id)
    is_allowed = actor_id is None or (
        standing_consents(session, opportunity_id, actor_id).level >= DisclosureLevel.DOCUMENTS
    )
    case_document = queries.document_of(session, opportunity_id, document_id) if is_allowed else None
    if case_document is None:
        raise NotFoundError("Ce document n’existe pas.")
    journal_note = ("document.downloaded", opportunity_id, account_id, now, document_id, actor_id)
    unit.later(lambda session: _note(session, *journal_note), durable=True)
    return Download(f"document-{case_document.id[:8]}{case_document.suffix}", case_document.content)


def _check(file_content: bytes, file_suffix: str, most_bytes: int) -> None:
    if file_suffix not in BEGINNINGS:
        raise InvalidError([("fichier", "attendu PDF, DOCX, XLSX, ODT, ODS, JPG ou PNG")])
    if not file_content.startswith(BEGINNINGS[file_suffix]):
        raise InvalidError([("fichier", f"ce n’est pas un fichier {file_suffix.removeprefix('.').upper()}")])
    if len(file_content) > most_bytes:
        raise InvalidError([("fichier", f"{most_bytes // 1_000_000} Mo au plus")])
    if BEGINNINGS[file_suffix].startswith(b"PK") and not _is_office_file(file_content, file_suffix):
        raise InvalidError([("fichier", f"ce n’est pas un fichier {file_suffix.removeprefix('.').upper()}")])


def _is_office_file(file_content: bytes, file_suffix: str) -> bool:
    """Return whether an archive is a document of its kind, and unpacks to no more than `MOST_UNPACKED`.

    Its list of entries is read, and nothing is unpacked but the declared type of an OpenDocument.
    """
    # Each entry of the list takes 46 bytes at least: counted before they are read, which takes memory.
    if file_content.count(b"PK\x01\x02") > MOST_ENTRIES:
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(file_content)) as archive:
            entries = archive.infolist()
            if sum(entry.file_size for entry in entries) > MOST_UNPACKED:
                return False
            if part := _PARTS.get(file_suffix):
                names = archive.namelist()
                return "[Content_Types].xml" in names and any(name.startswith(part) for name in names)
            with archive.open("mimetype") as declared:
                return declared.read(100).strip() == _TYPES[file_suffix]
    except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError, EOFError, ValueError, zlib.error):
        # RuntimeError: its entries are encrypted; NotImplementedError: packed in a way that nobody uses.
        return False


def _note(
    session: Session,
    action: str,
    opportunity_id: str,
    account_id: str,
    now: datetime,
    document_id: str,
    actor_id: str | None = None,
) -> None:
    detail = {"document": document_id} | ({"actor": actor_id} if actor_id else {})
    log.note(
        session,
        by=f"account:{account_id}",
        action=action,
        kind="opportunity",
        of=opportunity_id,
        detail=detail,
        now=now,
    )
