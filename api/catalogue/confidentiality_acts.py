"""The act by which a person changes who may hear of a row, or what it is: the only way to lower either."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from api.audit import log
from api.catalogue.lowering import CONFIDENTIAL, KIND, lowered_fields
from api.catalogue.places.book import PlacesBook
from api.catalogue.record_changes import rewrite_actor, rewrite_opportunity
from api.catalogue.row_history import Author
from api.catalogue.rows_by_kind import SUBJECTS, row_of
from api.catalogue.schemas import RecordKind
from api.core.errors import InvalidError
from models.database import writing
from models.imports import ConfidentialityAct

LEAST_REASON = 10


def change_confidentiality(
    engine: Engine,
    kind: RecordKind,
    row_id: str,
    *,
    confidential: bool,
    new_kind: str,
    reason: str,
    by: str,
    now: datetime,
    places: PlacesBook | None = None,
) -> None:
    """Make a row confidential or public, and of a kind; keep who did it, when and why.

    reason: at least `LEAST_REASON` characters where this lowers anything. Raises NotFoundError, InvalidError,
    ConflictError.
    """
    with writing(engine, durable=True) as session:
        row = row_of(session, kind, row_id)
        before, after = {CONFIDENTIAL: row.confidential, KIND: row.kind}, {CONFIDENTIAL: confidential, KIND: new_kind}
        if before == after:
            raise InvalidError([("", "rien ne change")])
        note_act(session, kind, row_id, before, after, reason=reason, by=by, now=now)
        rewrite = rewrite_actor if kind == "actors" else rewrite_opportunity
        rewrite(session, row_id, dict(after), author=Author(by, now), places=places, released={row_id})


def note_act(
    session: Session,
    kind: RecordKind,
    row_id: str,
    before: dict[str, Any],
    after: dict[str, Any],
    *,
    reason: str,
    by: str,
    now: datetime,
) -> None:
    """Keep such an act, in the caller's unit of work and in the journal. Raises InvalidError: no reason is given."""
    lowered, why = lowered_fields(before, after), " ".join(reason.split())
    if lowered and len(why) < LEAST_REASON:
        raise InvalidError([("motif", f"dites pourquoi, en {LEAST_REASON} caractères au moins")])
    act = ConfidentialityAct(
        id=str(uuid.uuid4()),
        kind=kind,
        row_id=row_id,
        before=before,
        after=after,
        reason=why[:1000],
        decided_at=now,
        decided_by=by,
    )
    session.add(act)
    changed = sorted(name for name in after if after[name] != before[name])
    action = "confidentiality.lowered" if lowered else "confidentiality.raised"
    log.note(session, by=by, action=action, kind=SUBJECTS[kind], of=row_id, detail={"fields": changed}, now=now)


def acts_about(session: Session, row_id: str) -> Sequence[ConfidentialityAct]:
    """Return the acts about a row, the newest first."""
    question = select(ConfidentialityAct).where(ConfidentialityAct.row_id == row_id)
    return session.exec(question.order_by(col(ConfidentialityAct.decided_at).desc(), ConfidentialityAct.id)).all()
