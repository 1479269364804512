"""The documents of a confidential case: added by facilitators, downloaded at the last level, each download noted."""

import uuid
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

# Magic numbers: the content must match the suffix.
BEGINNINGS = {
    ".pdf": b"%PDF-",
    ".docx": b"PK\x03\x04",
    ".xlsx": b"PK\x03\x04",
    ".odt": b"PK\x03\x04",
    ".ods": b"PK\x03\x04",
    ".jpg": b"\xff\xd8\xff",
    ".png": b"\x89PNG\r\n\x1a\n",
}
NAME_LENGTH = 200
# Limit of all documents of a case together, as a multiple of the limit of one.
MOST_TOGETHER = 20


@dataclass(frozen=True)
class Download:
    """A file to download, under a neutral name."""

    name: str
    content: bytes


def add_document(
    engine: Engine, opportunity_id: str, file: BinaryIO, name: str, *, most_bytes: int, account_id: str, now: datetime
) -> str:
    """Store a file and return its id. Raises NotFoundError, InvalidError."""
    shown = PurePath(name.replace("\\", "/").replace("\0", "")).name[-NAME_LENGTH:]
    suffix = PurePath(shown).suffix.lower().replace(".jpeg", ".jpg")
    content = file.read(most_bytes + 1)
    _check(content, suffix, most_bytes)
    with writing(engine, durable=True) as session:
        confidential_case(session, opportunity_id)
        if queries.document_bytes(session, opportunity_id) + len(content) > MOST_TOGETHER * most_bytes:
            raise InvalidError([("fichier", "les documents de ce cas sont trop lourds ensemble : retirez-en d’abord")])
        document_id = str(uuid.uuid4())
        session.add(
            CaseDocument(
                id=document_id,
                opportunity_id=opportunity_id,
                name=shown,
                suffix=suffix,
                size=len(content),
                content=content,
                created_at=now,
                created_by=account_id,
            )
        )
        _note(session, "document.added", opportunity_id, account_id, now, document_id)
    return document_id


def remove_document(engine: Engine, opportunity_id: str, document_id: str, *, account_id: str, now: datetime) -> None:
    """Delete a document. Raises NotFoundError."""
    with writing(engine, durable=True) as session:
        found = queries.document_of(session, opportunity_id, document_id)
        if found is None:
            raise NotFoundError("Ce document n’existe pas.")
        session.delete(found)
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
    allowed = actor_id is None or (
        standing_consents(session, opportunity_id, actor_id).level >= DisclosureLevel.DOCUMENTS
    )
    found = queries.document_of(session, opportunity_id, document_id) if allowed else None
    if found is None:
        raise NotFoundError("Ce document n’existe pas.")
    noted = ("document.downloaded", opportunity_id, account_id, now, document_id, actor_id)
    unit.later(lambda session: _note(session, *noted), durable=True)
    return Download(f"document-{found.id[:8]}{found.suffix}", found.content)


def _check(content: bytes, suffix: str, most_bytes: int) -> None:
    if suffix not in BEGINNINGS:
        raise InvalidError([("fichier", "attendu PDF, DOCX, XLSX, ODT, ODS, JPG ou PNG")])
    if not content.startswith(BEGINNINGS[suffix]):
        raise InvalidError([("fichier", f"ce n’est pas un fichier {suffix.removeprefix('.').upper()}")])
    if len(content) > most_bytes:
        raise InvalidError([("fichier", f"{most_bytes // 1_000_000} Mo au plus")])


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
