"""Dates that moved: deadlines of needs, the calendar of takeover cases, folded from the history of their rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from api.catalogue.row_history import TAKEOVER
from api.day import queries
from models.opportunities import Opportunity

# Edits of a time that are looked through, the newest first.
MOST_EDITS = 500


@dataclass(frozen=True)
class Moved:
    """What a date or a state was before a time, and what it is at its end. None: it was not known."""

    before: Any
    after: Any


@dataclass(frozen=True)
class CalendarMove:
    """What moved of an opportunity. deadline, transfer_on: days; status: of `api.catalogue.schemas`."""

    opportunity: Opportunity
    deadline: Moved | None = None
    transfer_on: Moved | None = None
    status: Moved | None = None

    @property
    def is_takeover(self) -> bool:
        return self.opportunity.kind == "takeover"


def moves_between(
    session: Session, since: datetime, until: datetime, *, confidential: bool
) -> tuple[Sequence[CalendarMove], Sequence[CalendarMove]]:
    """Return what moved within a time, by the new deadline: of open needs, and of takeover cases, which may have ended.

    What was moved and moved back did not move.
    """
    edits = queries.date_edits(session, since, until, MOST_EDITS, confidential=confidential)
    opportunities = {opportunity.id: opportunity for _, opportunity in edits}
    changes_by_row: dict[str, list[Mapping[str, Any]]] = {opportunity_id: [] for opportunity_id in opportunities}
    for edit, opportunity in reversed(edits):
        changes_by_row[opportunity.id].append(edit.changes)
    moves = [fold(opportunities[opportunity_id], changes) for opportunity_id, changes in changes_by_row.items()]
    kept = sorted(
        (move for move in moves if move),
        key=lambda move: (move.opportunity.deadline or date.max, move.opportunity.title, move.opportunity.id),
    )
    return [move for move in kept if not move.is_takeover], [move for move in kept if move.is_takeover]


def fold(opportunity: Opportunity, changes_in_order: Iterable[Mapping[str, Any]]) -> CalendarMove | None:
    """Return what some changes of an opportunity, oldest first, moved together; None if nothing."""
    sides: dict[str, list[Any]] = {}
    for changes in changes_in_order:
        for name, (before, after) in _dated(changes).items():
            sides.setdefault(name, [before, after])[1] = after
    moved = {name: Moved(before, after) for name, (before, after) in sides.items() if before != after}
    if opportunity.kind != "takeover":
        moved = {name: move for name, move in moved.items() if name == "deadline" and opportunity.status == "open"}
    return CalendarMove(opportunity, **moved) if moved else None


def _dated(changes: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return the fields of an edit that say when, with what each was and became."""
    before, after = (side or {} for side in changes.get(TAKEOVER, (None, None)))
    found = {
        "deadline": tuple(map(_day, changes.get("deadline", (None, None)))),
        "transfer_on": (_day(before.get("transfer_on")), _day(after.get("transfer_on"))),
        "status": tuple(changes.get("status", (None, None))),
    }
    return {name: (sides[0], sides[1]) for name, sides in found.items() if sides[0] != sides[1]}


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None
