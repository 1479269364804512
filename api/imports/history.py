"""What imports changed, row by row, kept so that an import can be undone whole."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlmodel import Session, col
from sqlmodel import select as model_select

from api.catalogue.row_history import IMPORT, Author
from api.catalogue.schemas import RecordKind
from api.catalogue.upsert import RowImage
from api.core.errors import ConflictError, NotFoundError
from api.core.json_values import to_json
from models.base import table_of
from models.bulk_insert import insert_all
from models.imports import FileImport, ImportedRow

# How long the rows of before are kept: they hold what somebody may have corrected for a reason.
KEPT = timedelta(days=90)


class ImportHistory:
    """The record of one import, begun with its first change: `keep` before each write, `end` once."""

    def __init__(self, session: Session, name: str, kind: RecordKind, source: str, *, by: str, now: datetime) -> None:
        self._session, self._now = session, now
        self._import = FileImport(
            id=str(uuid.uuid4()), name=name[:200], kind=kind, source=source, imported_at=now, imported_by=by
        )
        self._begun = False

    @property
    def author(self) -> Author:
        """Who writes the rows of this import."""
        return Author(self._import.imported_by, self._now, f"{IMPORT}:{self._import.id}")

    def keep(self, images: Sequence[RowImage]) -> None:
        """Keep what rows are, before they are written."""
        if not images:
            return
        self.begin()
        rows = [
            {
                "import_id": self._import.id,
                "row_id": image.row_id,
                "before": None if image.before is None else to_json(image.before),
                "hash_after": image.hash_after,
            }
            for image in images
        ]
        insert_all(self._session.connection(), table_of(ImportedRow), rows)

    def begin(self) -> str:
        """Record the import, if it is not yet, and return its id."""
        if not self._begun:
            forget_old(self._session, self._now)
            self._session.add(self._import)
            self._session.flush()
            self._begun = True
        return self._import.id

    def end(self, created: int, changed: int) -> str:
        """Note how much was done. Return the import's id, empty where it changed nothing."""
        if not self._begun:
            return ""
        self._import.created, self._import.changed = created, changed
        return self._import.id


def recent_imports(session: Session, since: datetime, limit: int) -> Sequence[FileImport]:
    """Return the last imports that changed something, the newest first."""
    question = model_select(FileImport).where(FileImport.imported_at >= since)
    return session.exec(question.order_by(col(FileImport.imported_at).desc(), FileImport.id).limit(limit)).all()


def import_of(session: Session, import_id: str) -> FileImport:
    """Return an import that can be undone. Raises NotFoundError, ConflictError: it is undone already."""
    done = session.get(FileImport, import_id)
    if done is None:
        raise NotFoundError("Cet import n’est pas connu, ou il date de plus de 90 jours.")
    if done.undone_at is not None:
        raise ConflictError("Cet import est déjà annulé.")
    return done


def forget_old(session: Session, now: datetime) -> None:
    """Delete the imports that are older than `KEPT`, and what rows were before them."""
    old = list(
        session.execute(select(table_of(FileImport).c.id).where(col(FileImport.imported_at) < now - KEPT)).scalars()
    )
    if old:
        session.execute(delete(ImportedRow).where(col(ImportedRow.import_id).in_(old)))
        session.execute(delete(FileImport).where(col(FileImport.id).in_(old)))
