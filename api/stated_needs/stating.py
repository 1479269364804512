"""A need is stated, confirmed, withdrawn: what its sender does. Each act is a part of the caller's unit of work."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from api.accounts import queries as accounts_queries
from api.audit import log
from api.core.errors import ConflictError, NotFoundError
from api.stated_needs import queries
from api.stated_needs.kinds import OPEN, StatedStatus, opportunity_kind
from models.opportunities import Opportunity
from models.stated_needs import StatedNeed

JOURNAL_KIND = "need"
# Of one account at a time: the desk shows those that have waited longest, and nobody may fill it.
MOST_OPEN = 20
WRONG_KIND = "Un projet de cession devient un cas de reprise, et un besoin une opportunité."


@dataclass(frozen=True)
class Sender:
    """Who states a need: a partner's account, or a person with an address to confirm it from. phone: E.164."""

    account_id: str | None = None
    name: str = ""
    email: str = ""
    phone: str = ""

    @property
    def by(self) -> str:
        """Name of the sender in the journal."""
        return f"account:{self.account_id}" if self.account_id else log.ANONYMOUS


def state_need(session: Session, kind: str, typed: Mapping[str, str], sender: Sender, *, now: datetime) -> StatedNeed:
    """Keep a need. A partner's waits for a facilitator at once; others wait until they are confirmed by mail.

    Raises ConflictError where MOST_OPEN of the account wait already.
    """
    is_known = sender.account_id is not None
    if sender.account_id:
        # Of two that are sent at once, the second sees the first.
        accounts_queries.account_held(session, sender.account_id)
        if queries.count_open(session, sender.account_id) >= MOST_OPEN:
            raise ConflictError(f"{MOST_OPEN} de vos besoins attendent déjà une réponse : retirez-en un d’abord.")
    need = StatedNeed(
        id=str(uuid.uuid4()),
        kind=kind,
        status=StatedStatus.WAITING if is_known else StatedStatus.UNCONFIRMED,
        account_id=sender.account_id,
        name=sender.name,
        email=sender.email,
        phone=sender.phone,
        typed=dict(typed),
        stated_at=now,
        confirmed_at=now if is_known else None,
    )
    session.add(need)
    session.flush()
    _note(session, sender.by, "need.stated", need, now)
    return need


def confirm_need(session: Session, need_id: str, *, now: datetime) -> None:
    """Hand a need over to the facilitators. Idempotent. Raises NotFoundError."""
    need = held_need(session, need_id)
    if need.status == StatedStatus.UNCONFIRMED:
        need.status, need.confirmed_at = StatedStatus.WAITING, now
        session.add(need)
        _note(session, log.ANONYMOUS, "need.confirmed", need, now)


def withdraw_need(session: Session, need_id: str, *, by: str = log.ANONYMOUS, now: datetime) -> None:
    """Take a need back: nothing of its words and of its sender is left. Idempotent. Raises NotFoundError.

    What a facilitator made of it stays until a person decides about it: they are told.
    """
    need = held_need(session, need_id)
    if need.status == StatedStatus.WITHDRAWN:
        return
    blank(need)
    # On the desk already: it waits until somebody has noted the withdrawal.
    need.decided_at = None if need.opportunity_id else now
    session.add(need)
    _note(session, by, "need.withdrawn", need, now)


def blank(need: StatedNeed) -> None:
    """Take the words and the sender out of a need."""
    need.status, need.typed, need.answer = StatedStatus.WITHDRAWN, {}, ""
    need.name = need.email = need.phone = ""


def take_need(session: Session, need_id: str, *, by: str, now: datetime) -> None:
    """Say that somebody looks after a need. Raises NotFoundError, ConflictError: it is no longer open."""
    need = _open_need(session, need_id)
    if need.status != StatedStatus.IN_PROGRESS:
        need.status = StatedStatus.IN_PROGRESS
        session.add(need)
        _note(session, by, "need.taken", need, now)


def close_need(session: Session, need_id: str, answer: str, *, by: str, now: datetime) -> None:
    """Close a need without making anything of it; the sender reads the answer. Raises NotFoundError, ConflictError."""
    need = _open_need(session, need_id)
    need.status, need.answer, need.decided_at, need.decided_by = StatedStatus.CLOSED, answer.strip(), now, by
    session.add(need)
    _note(session, by, "need.closed", need, now)


def publish_need(session: Session, need_id: str, opportunity: Opportunity, *, by: str, now: datetime) -> None:
    """Note what was made of a need, in the unit of work that makes it.

    Raises NotFoundError, ConflictError: also where an owner's project would become a public opening.
    """
    need = _open_need(session, need_id)
    if opportunity.kind != opportunity_kind(need.kind):
        raise ConflictError(WRONG_KIND)
    need.status, need.opportunity_id, need.decided_at, need.decided_by = (
        StatedStatus.PUBLISHED,
        opportunity.id,
        now,
        by,
    )
    session.add(need)
    _note(session, by, "need.published", need, now)


def note_withdrawal(session: Session, need_id: str, *, by: str, now: datetime) -> None:
    """Say that the withdrawal of what is on the desk was seen. Idempotent. Raises NotFoundError, ConflictError."""
    need = held_need(session, need_id)
    if need.status != StatedStatus.WITHDRAWN:
        raise ConflictError("Ce besoin n’est pas retiré.")
    if need.decided_at is None:
        need.decided_at, need.decided_by = now, by
        session.add(need)


def held_need(session: Session, need_id: str) -> StatedNeed:
    """Return a need, its row locked. Raises NotFoundError."""
    need = queries.need_held(session, need_id)
    if need is None:
        raise NotFoundError("Ce besoin n’existe pas.")
    return need


def _open_need(session: Session, need_id: str) -> StatedNeed:
    need = held_need(session, need_id)
    if need.status not in OPEN:
        raise ConflictError("Ce besoin est déjà traité, ou retiré.")
    return need


def _note(session: Session, by: str, action: str, need: StatedNeed, now: datetime) -> None:
    log.note(session, by=by, action=action, kind=JOURNAL_KIND, of=need.id, now=now)
