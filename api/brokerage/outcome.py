"""After a case was won: what becomes of its opportunity, and of the other cases about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Engine
from sqlmodel import Session

from api.audit import log
from api.brokerage import queries
from api.brokerage.case_changes import Change
from api.brokerage.cases import advance_within
from api.brokerage.queries import CaseRow
from api.brokerage.transitions import OPEN, State
from api.brokerage.wording import outcome_in_words
from api.catalogue.places.book import PlacesBook
from api.catalogue.record_changes import rewrite_opportunity
from api.catalogue.row_history import Author
from api.catalogue.schemas import OpportunityStatus
from api.core.errors import InvalidError, NotFoundError
from models.database import writing
from models.opportunities import Opportunity

# An opportunity in one of these may still be closed.
AT_WORK = (OpportunityStatus.OPEN, OpportunityStatus.EXPECTED)


class Outcome(StrEnum):
    """What becomes of an opportunity of which a case was won; the first two close it."""

    FILLED = "filled"  # all of it is won
    CLOSED = "closed"  # the rest is not to be had
    STILL_OPEN = "still_open"  # for other lots or needs


class SeenCase(NamedTuple):
    """A case, and its version when the form was filled in."""

    case_id: str
    version: int


@dataclass(frozen=True)
class Settlement:
    """outcome: None where nothing was chosen. won: a won case; closing: others that end as lost. note: why they end."""

    outcome: Outcome | None
    won: SeenCase
    closing: Sequence[SeenCase] = ()
    note: str = ""


def is_to_be_settled(opportunity: Opportunity, rows: Sequence[CaseRow]) -> bool:
    """Return whether a case was won, and something is left to be decided of the opportunity or of other cases."""
    states = {State(row.case.state) for row in rows}
    return State.WON in states and (opportunity.status in AT_WORK or bool(states & set(OPEN)))


def settle(
    engine: Engine,
    opportunity_id: str,
    settlement: Settlement,
    *,
    by: str,
    now: datetime,
    places: PlacesBook | None = None,
) -> None:
    """Close the opportunity and the cases as was decided, all or nothing. A step of the won case says what was decided.

    Raises InvalidError, ConflictError (a case changed meanwhile, or none was won), NotFoundError for a case of another
    opportunity.
    """
    with writing(engine, durable=True) as session:
        if settlement.outcome is None:
            raise InvalidError([("devenir", "dites ce que devient l’opportunité")])
        if settlement.closing and not settlement.note.strip():
            raise InvalidError([("note", "dites pourquoi ces dossiers sont clos")])
        won = _case_about(session, opportunity_id, settlement.won)
        if won.case.state != State.WON:
            raise InvalidError([("devenir", "ce dossier n’est pas gagné : relisez-le")])
        for seen_case in settlement.closing:
            _case_about(session, opportunity_id, seen_case)
            change = Change(to=State.LOST, note=settlement.note)
            advance_within(session, seen_case.case_id, change, seen=seen_case.version, by=by, now=now)
        if settlement.outcome != Outcome.STILL_OPEN and won.pair.opportunity.status in AT_WORK:
            changes = {"status": OpportunityStatus.CLOSED}
            rewrite_opportunity(session, opportunity_id, changes, author=Author(by, now), places=places)
            detail = {"fields": sorted(changes)}
            log.note(session, by=by, action="opportunity.changed", kind="opportunity", of=opportunity_id, detail=detail)
        decided = Change(note=outcome_in_words(settlement.outcome, len(settlement.closing)))
        advance_within(session, settlement.won.case_id, decided, seen=settlement.won.version, by=by, now=now)


def _case_about(session: Session, opportunity_id: str, seen_case: SeenCase) -> CaseRow:
    row = queries.case_row(session, seen_case.case_id)
    if row is None or row.pair.opportunity.id != opportunity_id:
        raise NotFoundError("Ce dossier n’existe pas.")
    return row
