"""The board: which opportunities are open, the most urgent first, and how many actors may answer each."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from api.accounts.audience import Audience
from api.catalogue.axes import Axis
from api.core.text import folded
from api.matching.answer import ActorCard, OpportunityCard
from api.matching.snapshot import Snapshot
from matcher.eligibility import eligible_actors
from matcher.features import Pairs
from matcher.types import roles_of


@dataclass(frozen=True)
class Line:
    """An opportunity as a whole, whatever its lots. `eligible`: how many actors may answer one of them at least.

    reserved: reservation → how many of its lots, or 1 for one without lots.
    """

    id: str
    title: str
    kind: str
    commune: str | None
    department: str | None
    deadline: date | None
    reserved: Mapping[str, int]
    confidential: bool
    lots: int
    axis: Axis
    eligible: int | None = None


@dataclass(frozen=True)
class Wanted:
    """What the reader narrows a list to; empty leaves all. among: ids, None leaves all."""

    text: str = ""
    kind: str = ""
    department: str = ""
    axis: int | None = None
    among: frozenset[str] | None = None


@dataclass(frozen=True)
class Board:
    """Open opportunities: those that can be answered, by deadline, then without one; and those that are past."""

    current: Sequence[Line]
    past: Sequence[Line]


class Counts:
    """How many actors may answer each opportunity, counted once for each state of the desk and day."""

    def __init__(self) -> None:
        self._of: tuple[Snapshot, date] | None = None
        self._known: dict[tuple[str, bool], int] = {}

    def counted(self, snapshot: Snapshot, lines: Sequence[Line], audience: Audience, today: date) -> list[Line]:
        """Return the lines with their counts of the actors that the reader may see."""
        if self._of is None or self._of[0] is not snapshot or self._of[1] != today:
            # Whoever still counts for the former state keeps its own table.
            self._of, self._known = (snapshot, today), {}
        known = self._known
        missing = {line.id for line in lines if (line.id, audience.confidential) not in known}
        if missing:
            known |= {
                (opportunity_id, audience.confidential): count
                for opportunity_id, count in _count(snapshot, missing, audience, today).items()
            }
        return [replace(line, eligible=known[line.id, audience.confidential]) for line in lines]


def read_board(snapshot: Snapshot, audience: Audience, wanted: Wanted, *, today: date) -> Board:
    """Return what is open and what the reader may see of it."""
    lines = [line for line in _lines(snapshot, audience) if _fits(line, wanted)]
    lines.sort(key=lambda line: (line.deadline or date.max, folded(line.title), line.id))
    past = [line for line in lines if line.deadline and line.deadline < today]
    return Board([line for line in lines if not (line.deadline and line.deadline < today)], past[::-1])


def _fits(line: Line, wanted: Wanted) -> bool:
    return (
        (wanted.among is None or line.id in wanted.among)
        and (not wanted.kind or line.kind == wanted.kind)
        and (not wanted.department or line.department == wanted.department)
        and (not wanted.axis or line.axis.number == wanted.axis)
        and (not wanted.text or folded(wanted.text) in folded(line.title))
    )


def _lines(snapshot: Snapshot, audience: Audience) -> list[Line]:
    line_by_id: dict[str, Line] = {}
    for row in snapshot.opportunities.opportunities:
        if not row.open or (row.id in snapshot.confidential and not audience.confidential):
            continue
        card = snapshot.opportunity_cards[row.id]
        former = line_by_id.get(card.opportunity_id)
        reserved = Counter(sorted(reservation.value for reservation in row.reserved))
        if former:
            together = reserved + Counter(former.reserved)
            line_by_id[former.id] = replace(former, lots=former.lots + 1, reserved=together)
        else:
            line_by_id[card.opportunity_id] = _line(snapshot, card, row.deadline, reserved)
    return list(line_by_id.values())


def _line(snapshot: Snapshot, card: OpportunityCard, deadline: date | None, reserved: Mapping[str, int]) -> Line:
    return Line(
        id=card.opportunity_id,
        title=card.title,
        kind=card.kind,
        commune=card.commune,
        department=card.department,
        deadline=deadline,
        reserved=reserved,
        confidential=card.id in snapshot.confidential,
        lots=1 if card.lot_id else 0,
        axis=card.axis,
    )


def _count(snapshot: Snapshot, wanted: set[str], audience: Audience, today: date) -> dict[str, int]:
    able: dict[str, np.ndarray] = {}
    for position, row in enumerate(snapshot.opportunities.opportunities):
        whole = snapshot.opportunity_cards[row.id].opportunity_id
        if whole in wanted:
            own_index = snapshot.opportunities.row(position)
            for role in roles_of(row.kind):
                pairs = Pairs(own_index, snapshot.actors, snapshot.matcher.similarity_range, today, role)
                is_eligible = eligible_actors(pairs)
                able[whole] = is_eligible | able[whole] if whole in able else is_eligible
    seen = None if audience.confidential else snapshot.public_actors
    return {
        opportunity_id: int((actors if seen is None else actors & seen).sum())
        for opportunity_id, actors in able.items()
    }


def list_actors(snapshot: Snapshot, audience: Audience, wanted: Wanted) -> Sequence[ActorCard]:
    """Return the actors that the reader may see, by name."""
    text = folded(wanted.text)
    actor_cards = [
        card
        for card in snapshot.actor_cards.values()
        if (audience.confidential or card.id not in snapshot.confidential)
        and (not wanted.kind or card.kind == wanted.kind)
        and (not wanted.department or card.department == wanted.department)
        and (not text or text in folded(card.name))
    ]
    return sorted(actor_cards, key=lambda card: (folded(card.name), card.id))
