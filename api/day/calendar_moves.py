"""Dates that moved: deadlines of needs, the calendar of takeover cases, folded from the history of their rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from api.catalogue.row_history import TAKEOVER
from api.day import queries
from api.day.queries import DateEdit
from models.opportunities import Opportunity

# Edits of a time that are looked through, the newest first.
MOST_EDITS = 500


@dataclass(frozen=True)
class Moved:
    """What a date or a state was before a time, and what it is at its end. None: it was not known."""

    before: Any
    after: Any


@dataclass(frozen=True)
class Moves:
    """What moved of one opportunity. deadline, transfer_on: days; status: of `api.catalogue.schemas`."""

    deadline: Moved | None = None
    transfer_on: Moved | None = None
    status: Moved | None = None


@dataclass(frozen=True)
class MovedOpportunities:
    """How many opportunities moved, and the first of them by their new deadline."""

    count: int
    rows: Sequence[tuple[Opportunity, Moves]]


def moves_between(
    session: Session, since: datetime, until: datetime, limit: int, *, confidential: bool
) -> tuple[MovedOpportunities, MovedOpportunities]:
    """Return what moved within a time: of open needs, and of takeover cases, which may have ended.

    What was moved and moved back did not move.
    """
    edits = queries.date_edits(session, since, until, MOST_EDITS, confidential=confidential)
    edits_by_id: dict[str, list[DateEdit]] = {}
    for edit in reversed(edits):
        edits_by_id.setdefault(edit.opportunity_id, []).append(edit)
    needs: dict[str, Moves] = {}
    takeovers: dict[str, Moves] = {}
    for opportunity_id, own_edits in edits_by_id.items():
        is_takeover = own_edits[0].kind == TAKEOVER
        moves = fold([edit.changes for edit in own_edits])
        if is_takeover and moves != Moves():
            takeovers[opportunity_id] = moves
        elif moves.deadline and own_edits[0].status == "open":
            needs[opportunity_id] = Moves(moves.deadline)
    return _listed(session, needs, limit), _listed(session, takeovers, limit)


def fold(changes_in_order: Iterable[Mapping[str, Any]]) -> Moves:
    """Return what some changes of an opportunity, oldest first, moved together."""
    sides: dict[str, list[Any]] = {}
    for changes in changes_in_order:
        for name, (before, after) in _dated(changes).items():
            sides.setdefault(name, [before, after])[1] = after
    return Moves(**{name: Moved(before, after) for name, (before, after) in sides.items() if before != after})


def _listed(session: Session, moves_by_id: Mapping[str, Moves], limit: int) -> MovedOpportunities:
    if not moves_by_id:
        return MovedOpportunities(0, ())
    rows = queries.opportunities_by_deadline(session, moves_by_id.keys(), limit)
    return MovedOpportunities(len(moves_by_id), [(row, moves_by_id[row.id]) for row in rows])


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
