"""A stated need as facilitators read it; that somebody read an owner's project is noted in the journal."""

from datetime import datetime
from functools import partial

from sqlmodel import Session

from api.audit import log
from api.core.errors import NotFoundError
from api.stated_needs.kinds import StatedKind, StatedStatus
from api.stated_needs.stating import JOURNAL_KIND, Sender
from models.accounts import Account
from models.stated_needs import StatedNeed
from models.unit_of_work import UnitOfWork


def read_need(unit: UnitOfWork, need_id: str, *, by: str, now: datetime) -> StatedNeed:
    """Return a need that its sender has confirmed, for somebody of the house. Raises NotFoundError."""
    need = unit.session.get(StatedNeed, need_id)
    if need is None or need.status == StatedStatus.UNCONFIRMED:
        raise NotFoundError("Ce besoin n’existe pas.")
    if need.kind == StatedKind.TAKEOVER:
        unit.later(partial(log.note, by=by, action="need.seen", kind=JOURNAL_KIND, of=need_id, now=now))
    return need


def sender_of(session: Session, need: StatedNeed) -> Sender:
    """Return whom to reach about a need: a partner by its account."""
    account = session.get(Account, need.account_id) if need.account_id else None
    if account is None:
        return Sender(name=need.name, email=need.email, phone=need.phone)
    return Sender(account_id=account.id, name=account.name, email=account.email)
