"""Open opportunities as lists show them: each whole, whatever its lots."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from api.catalogue.axes import Axis
from api.core.text import folded
from api.matching.answer import OpportunityCard
from matcher.types import Opportunity, Point


@dataclass(frozen=True)
class OpenOpportunity:
    """An open opportunity as a whole.

    positions: of its lots, or its own, in the snapshot's index. reserved: reservation → how many of its lots, or 1 for
    one without lots. folded_title, folded_buyer: as texts are compared. amount_eur: of all lots together; of a
    takeover, the price.
    """

    id: str
    positions: tuple[int, ...]
    title: str
    folded_title: str
    kind: str
    buyer: str | None
    folded_buyer: str
    source: str
    commune: str | None
    department: str | None
    point: Point | None
    amount_eur: float | None
    published_on: date | None
    deadline: date | None
    reserved: Mapping[str, int]
    confidential: bool
    lots: int
    axis: Axis


def open_opportunities(
    rows: Sequence[Opportunity], cards: Mapping[str, OpportunityCard], confidential: Collection[str]
) -> tuple[OpenOpportunity, ...]:
    """Return the open ones of some opportunities and lots, by title; cards: by the ids of the rows."""
    parts: dict[str, list[int]] = {}
    for position, row in enumerate(rows):
        if row.open:
            parts.setdefault(cards[row.id].opportunity_id, []).append(position)
    wholes = [
        _whole([rows[position] for position in positions], positions, cards, confidential)
        for positions in parts.values()
    ]
    return tuple(sorted(wholes, key=lambda whole: (whole.folded_title, whole.id)))


def _whole(
    parts: Sequence[Opportunity],
    positions: Sequence[int],
    cards: Mapping[str, OpportunityCard],
    confidential: Collection[str],
) -> OpenOpportunity:
    first, card = parts[0], cards[parts[0].id]
    return OpenOpportunity(
        id=card.opportunity_id,
        positions=tuple(positions),
        title=card.title,
        folded_title=folded(card.title),
        kind=card.kind,
        buyer=card.buyer,
        folded_buyer=folded(card.buyer or ""),
        source=card.source,
        commune=card.commune,
        department=card.department,
        point=first.point,
        amount_eur=card.amount_eur,
        published_on=first.published_on,
        deadline=first.deadline,
        reserved=Counter(sorted(reservation.value for part in parts for reservation in part.reserved)),
        confidential=first.id in confidential,
        lots=len(parts) if card.lot_id else 0,
        axis=card.axis,
    )
