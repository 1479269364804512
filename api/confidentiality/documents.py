"""The documents of a confidential case: laid into folders by facilitators, each download noted.

An actor gets those of the folders that its level opens, as copies that bear the reader's name and the moment. What
cannot be marked so stays in the folder of the house.
"""

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
from api.confidentiality.disclosure import confidential_case, consents_for_reader
from api.confidentiality.document_folders import Folder
from api.confidentiality.marked_copies import MARKABLE, marked_copy, marking_words
from api.confidentiality.queries import DocumentLine
from api.core.errors import InvalidError, NotFoundError, SourceError
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
MISSING = "Ce document n’existe pas."
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
    folder: Folder = Folder.HOUSE,
    most_bytes: int,
    account_id: str,
    now: datetime,
) -> str:
    """Store a file in a folder and return its id. Raises NotFoundError, InvalidError, BusyError."""
    shown_name, file_suffix, file_content = read_upload(file, file_name, most_bytes=most_bytes)
    if folder is not Folder.HOUSE:
        _check_markable(file_content, file_suffix, shown_name, now)
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
                folder=folder.value,
                size=len(file_content),
                content=file_content,
                created_at=now,
                created_by=account_id,
            )
        )
        _note(session, "document.added", opportunity_id, account_id, now, document_id)
    return document_id


def read_upload(file: BinaryIO, file_name: str, *, most_bytes: int) -> tuple[str, str, bytes]:
    """Return the name, the suffix and the content of a file that is what its suffix says. Raises InvalidError."""
    shown_name = PurePath(file_name.replace("\\", "/").replace("\0", "")).name[-NAME_LENGTH:]
    file_suffix = PurePath(shown_name).suffix.lower().replace(".jpeg", ".jpg")
    file_content = file.read(most_bytes + 1)
    _check(file_content, file_suffix, most_bytes)
    return shown_name, file_suffix, file_content


def move_document(
    engine: Engine,
    unit: UnitOfWork,
    opportunity_id: str,
    document_id: str,
    folder: Folder,
    *,
    account_id: str,
    now: datetime,
) -> None:
    """Lay a document into another folder. Raises NotFoundError, BusyError, InvalidError where it cannot be marked."""
    stored = queries.document_of(unit.session, opportunity_id, document_id)
    if stored is None:
        raise NotFoundError(MISSING)
    name, suffix, content = stored.name, stored.suffix, stored.content
    unit.end_reading()
    if folder is not Folder.HOUSE:
        _check_markable(content, suffix, name, now)
    with writing(engine, durable=True) as session:
        case_document = queries.document_of(session, opportunity_id, document_id)
        if case_document is None:
            raise NotFoundError(MISSING)
        if case_document.folder == folder.value:
            return
        case_document.folder = folder.value
        session.add(case_document)
        _note(session, "document.moved", opportunity_id, account_id, now, document_id, folder=folder.value)


def remove_document(engine: Engine, opportunity_id: str, document_id: str, *, account_id: str, now: datetime) -> None:
    """Delete a document. Raises NotFoundError."""
    with writing(engine, durable=True) as session:
        case_document = queries.document_of(session, opportunity_id, document_id)
        if case_document is None:
            raise NotFoundError(MISSING)
        session.delete(case_document)
        _note(session, "document.removed", opportunity_id, account_id, now, document_id)


def list_documents(session: Session, opportunity_id: str) -> Sequence[DocumentLine]:
    """Return the documents of a case, for facilitators."""
    return queries.documents_of(session, opportunity_id)


def download(unit: UnitOfWork, opportunity_id: str, document_id: str, *, account_id: str, now: datetime) -> Download:
    """Return a document as it is, to a facilitator. Raises NotFoundError."""
    case_document = _document(unit.session, opportunity_id, document_id)
    _note_download(unit, opportunity_id, account_id, now, document_id, None)
    return Download(_neutral_name(case_document), case_document.content)


def download_marked(
    unit: UnitOfWork,
    opportunity_id: str,
    document_id: str,
    *,
    actor_id: str,
    account_id: str,
    reader: str,
    now: datetime,
) -> Download:
    """Return a copy of a document for an account that speaks for an actor, with the reader's name and the moment on it.

    Raises NotFoundError, the same for a missing document and a forbidden one; SourceError where it cannot be marked.
    """
    session = unit.session
    folders = consents_for_reader(session, opportunity_id, actor_id, account_id).open_folders
    case_document = _document(session, opportunity_id, document_id)
    if case_document.folder not in folders or case_document.suffix not in MARKABLE:
        raise NotFoundError(MISSING)
    name, suffix, content = _neutral_name(case_document), case_document.suffix, case_document.content
    unit.end_reading()
    marked = marked_copy(content, suffix, name, marking_words(reader, now))
    _note_download(unit, opportunity_id, account_id, now, document_id, actor_id)
    return Download(name, marked)


def _document(session: Session, opportunity_id: str, document_id: str) -> CaseDocument:
    confidential_case(session, opportunity_id)
    case_document = queries.document_of(session, opportunity_id, document_id)
    if case_document is None:
        raise NotFoundError(MISSING)
    return case_document


def _neutral_name(case_document: CaseDocument) -> str:
    return f"document-{case_document.id[:8]}{case_document.suffix}"


def _note_download(
    unit: UnitOfWork, opportunity_id: str, account_id: str, now: datetime, document_id: str, actor_id: str | None
) -> None:
    detail = {"actor": actor_id} if actor_id else {}

    def write(session: Session) -> None:
        _note(session, "document.downloaded", opportunity_id, account_id, now, document_id, **detail)

    unit.later(write, durable=True)


def _check_markable(content: bytes, suffix: str, name: str, now: datetime) -> None:
    """Raise InvalidError where a reader's name cannot be printed on a document."""
    if suffix not in MARKABLE:
        raise InvalidError(
            [
                (
                    "dossier",
                    "seuls un PDF ou une image sortent, car le nom du lecteur y est imprimé : enregistrez-le en PDF,"
                    " ou laissez-le à la maison",
                )
            ]
        )
    try:
        marked_copy(content, suffix, name, marking_words("essai", now))
    except SourceError as error:
        why = error.detail.partition(" : ")[2].rstrip(".") or error.detail
        raise InvalidError([("dossier", f"le nom du lecteur ne peut pas y être imprimé : {why}")]) from error


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
    **more_detail: str,
) -> None:
    log.note(
        session,
        by=f"account:{account_id}",
        action=action,
        kind="opportunity",
        of=opportunity_id,
        detail={"document": document_id, **more_detail},
        now=now,
    )
