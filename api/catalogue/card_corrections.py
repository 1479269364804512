"""What partners ask to correct in their own card: a proposal that waits until a facilitator accepts it or not."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel import Session, col, func, select

from api.accounts import queries as accounts_queries
from api.accounts.accounts import account_names
from api.audit import log
from api.catalogue.correctable_fields import CORRECTABLE, PLACE_FIELDS
from api.catalogue.places.book import PlacesBook
from api.catalogue.record_changes import changed_actor, rewrite_actor
from api.catalogue.row_history import CORRECTION, Author
from api.core.errors import ConflictError, InvalidError, NotFoundError
from api.core.french import plural
from api.core.json_values import to_json
from api.core.stale_forms import refuse_stale
from models.actors import Actor
from models.row_history import CardCorrection

LONGEST_NOTE = 1_000
CARD_CHANGED = "la fiche a changé depuis que vous avez ouvert cette page : vérifiez, puis acceptez de nouveau"


class CorrectionStatus(StrEnum):
    """WITHDRAWN: another proposal of the same account replaced it."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class WaitingCorrection:
    """A proposal with its actor as it is now, and the name of the account."""

    correction: CardCorrection
    actor: Actor
    account_name: str


def propose_correction(
    session: Session,
    actor_id: str,
    account_id: str,
    changes: Mapping[str, Any],
    note: str,
    *,
    now: datetime,
    places: PlacesBook | None = None,
) -> str:
    """Keep what an account asks to correct in the card of its actor, in the caller's unit of work; return its id.

    It replaces what the account asked before and still waits. changes: fields of the schema. Raises NotFoundError: the
    account does not speak for the actor; InvalidError: a field is wrong, or nothing is asked.
    """
    if accounts_queries.speaks_for(session, account_id, actor_id) is None:
        raise NotFoundError("Cet acteur n’existe pas.")
    words = note.strip()
    if len(words) > LONGEST_NOTE:
        raise InvalidError([("note", f"{plural(LONGEST_NOTE, 'caractère')} au plus")])
    differences = _differences(session, actor_id, changes, places)
    if not differences and not words:
        raise InvalidError([("", "rien n’est changé : corrigez un champ, ou dites-nous ce qui n’est pas juste")])
    for former in waiting_of(session, actor_id, account_id):
        former.status, former.decided_at = CorrectionStatus.WITHDRAWN.value, now
        session.add(former)
    correction = CardCorrection(
        id=str(uuid.uuid4()),
        actor_id=actor_id,
        account_id=account_id,
        changes=differences,
        note=words,
        proposed_at=now,
    )
    session.add(correction)
    detail = {"fields": sorted(differences)}
    by = f"account:{account_id}"
    log.note(session, by=by, action="correction.proposed", kind="actor", of=actor_id, detail=detail, now=now)
    return correction.id


def decide_correction(
    session: Session,
    correction_id: str,
    accepted: Collection[str],
    answer: str,
    *,
    by: str,
    now: datetime,
    places: PlacesBook | None = None,
    seen: str = "",
) -> CardCorrection:
    """Write the accepted fields into the card, in the caller's unit of work, and answer the partner.

    accepted: names of fields of the proposal; none declines it, unless it was words alone. The fields of the place go
    together. seen: the hash of the card that the facilitator had before them.

    Raises NotFoundError; ConflictError: it is decided already; ChangedMeanwhileError: the card is another now;
    InvalidError: it can't hold the fields any more.
    """
    correction = session.get(CardCorrection, correction_id)
    if correction is None:
        raise NotFoundError("Cette proposition n’existe pas.")
    if correction.status != CorrectionStatus.WAITING:
        raise ConflictError("Cette proposition est déjà traitée, ou remplacée par une autre.")
    if len(answer) > LONGEST_NOTE:
        raise InvalidError([("reponse", f"{plural(LONGEST_NOTE, 'caractère')} au plus")])
    wanted = {name for name in correction.changes if name in accepted}
    if wanted & set(PLACE_FIELDS):
        wanted |= correction.changes.keys() & set(PLACE_FIELDS)
    if wanted:
        refuse_stale(seen, session.get_one(Actor, correction.actor_id).content_hash, CARD_CHANGED)
        values = {name: correction.changes[name][1] for name in wanted}
        author = Author(by, now, f"{CORRECTION}:{correction_id}")
        rewrite_actor(session, correction.actor_id, values, author=author, places=places)
    taken = bool(wanted) or not correction.changes
    correction.status = (CorrectionStatus.ACCEPTED if taken else CorrectionStatus.DECLINED).value
    correction.answer, correction.decided_at, correction.decided_by = answer.strip(), now, by
    session.add(correction)
    action = "correction.accepted" if taken else "correction.declined"
    detail = {"fields": sorted(wanted)}
    log.note(session, by=by, action=action, kind="actor", of=correction.actor_id, detail=detail, now=now)
    return correction


def waiting_of(session: Session, actor_id: str, account_id: str) -> Sequence[CardCorrection]:
    """Return what an account asked for an actor and still waits."""
    return [row for row in corrections_of(session, actor_id, account_id) if row.status == CorrectionStatus.WAITING]


def corrections_of(session: Session, actor_id: str, account_id: str) -> Sequence[CardCorrection]:
    """Return what an account asked to correct in an actor's card, the newest first."""
    question = select(CardCorrection).where(
        CardCorrection.actor_id == actor_id, CardCorrection.account_id == account_id
    )
    return session.exec(question.order_by(col(CardCorrection.proposed_at).desc(), CardCorrection.id)).all()


def waiting_corrections(session: Session) -> list[WaitingCorrection]:
    """Return the proposals that wait for a facilitator, the oldest first."""
    rows = session.exec(
        select(CardCorrection, Actor)
        .join(Actor, col(Actor.id) == CardCorrection.actor_id)
        .where(CardCorrection.status == CorrectionStatus.WAITING)
        .order_by(col(CardCorrection.proposed_at), CardCorrection.id)
    ).all()
    names = account_names(session)
    return [WaitingCorrection(row, actor, names.get(row.account_id, "")) for row, actor in rows]


def count_waiting_corrections(session: Session) -> int:
    """Return how many proposals wait for a facilitator."""
    question = select(func.count()).select_from(CardCorrection)
    return session.exec(question.where(CardCorrection.status == CorrectionStatus.WAITING)).one()


def _differences(
    session: Session, actor_id: str, changes: Mapping[str, Any], places: PlacesBook | None
) -> dict[str, list[Any]]:
    """Return the fields that changes would change, each as [now, then]. Raises InvalidError."""
    asked = {name: value for name, value in changes.items() if name in CORRECTABLE}
    record = changed_actor(session, actor_id, asked, places=places)
    stored = session.get_one(Actor, actor_id).model_dump()
    sides = {name: [to_json(stored[name]), to_json(record.fields[name])] for name in sorted(CORRECTABLE)}
    return {name: [before, after] for name, (before, after) in sides.items() if before != after}
