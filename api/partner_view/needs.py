"""What a partner states: its own needs, which no other partner sees."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from api.core.errors import NotFoundError
from api.partner_view.proposals import PartnerSpace
from api.stated_needs import queries
from api.stated_needs.fields import TITLE
from api.stated_needs.kinds import StatedStatus
from api.stated_needs.stating import Sender, held_need, state_need, withdraw_need
from models.database import writing


@dataclass(frozen=True)
class OwnNeed:
    """A need as its sender sees it. kind: of `StatedKind`; answer: words of the house."""

    id: str
    title: str
    kind: str
    status: StatedStatus
    answer: str
    stated_at: datetime
    may_withdraw: bool


def own_needs(space: PartnerSpace) -> Sequence[OwnNeed]:
    """Return what this account stated, the newest first."""
    session = space.unit.session
    return [
        OwnNeed(
            id=need.id,
            title=need.typed.get(TITLE, ""),
            kind=need.kind,
            status=StatedStatus.CLOSED if queries.is_closed(session, need) else StatedStatus(need.status),
            answer=need.answer,
            stated_at=need.stated_at,
            may_withdraw=need.status != StatedStatus.WITHDRAWN,
        )
        for need in queries.needs_by(session, space.account_id)
    ]


def state_own_need(space: PartnerSpace, engine: Engine, kind: str, typed: Mapping[str, str], *, now: datetime) -> None:
    """Hand a need over to the facilitators. Raises ConflictError where too many wait already."""
    space.unit.end_reading()
    with writing(engine, durable=True) as session:
        state_need(session, kind, typed, Sender(account_id=space.account_id), now=now)


def withdraw_own_need(space: PartnerSpace, engine: Engine, need_id: str, *, now: datetime) -> None:
    """Take an own need back. Raises NotFoundError for another's need as for one that does not exist."""
    space.unit.end_reading()
    with writing(engine, durable=True) as session:
        if held_need(session, need_id).account_id != space.account_id:
            raise NotFoundError("Ce besoin n’existe pas.")
        withdraw_need(session, need_id, by=f"account:{space.account_id}", now=now)
