"""Bureau: what is open on the desk, the most pressing first."""

from dataclasses import dataclass
from datetime import date

from api.journeys.desk import OpportunityCard, Snapshot
from matcher.lexical import without_accents
from matcher.types import Opportunity

PAGE = 50


@dataclass(frozen=True)
class Wanted:
    """What a reader narrows the list to; empty leaves all. `number` counts pages from 1."""

    text: str = ""
    kind: str = ""
    department: str = ""
    number: int = 1


@dataclass(frozen=True)
class Line:
    """One opportunity; `lots` is how many lots it has, `days` how many days are left, None without a deadline."""

    card: OpportunityCard
    lots: int
    days: int | None
    reserved: tuple[str, ...]
    confidential: bool


@dataclass(frozen=True)
class OpenPage:
    """A page of the open ones, of `count` in all."""

    lines: tuple[Line, ...]
    count: int
    number: int
    pages: int


def open_opportunities(snapshot: Snapshot, wanted: Wanted, today: date) -> OpenPage:
    """Return what is open and not past on a day: the nearest deadline first, those without one last; ties by id."""
    found: dict[str, list[Opportunity]] = {}
    for row in snapshot.opportunities.opportunities:
        card = snapshot.opportunity_cards[row.id]
        if row.open and (row.deadline is None or row.deadline >= today) and _passes(card, wanted):
            found.setdefault(card.opportunity_id, []).append(row)
    order = sorted(found, key=lambda one: (found[one][0].deadline or date.max, one))
    pages = max(1, -(-len(order) // PAGE))
    number = min(max(wanted.number, 1), pages)
    shown = order[(number - 1) * PAGE : number * PAGE]
    return OpenPage(tuple(_line(snapshot, found[one], today) for one in shown), len(order), number, pages)


def _passes(card: OpportunityCard, wanted: Wanted) -> bool:
    return (
        (not wanted.kind or card.kind == wanted.kind)
        and (not wanted.department or card.department == wanted.department)
        and _plain(wanted.text) in _plain(card.display_title)
    )


def _line(snapshot: Snapshot, rows: list[Opportunity], today: date) -> Line:
    card = snapshot.opportunity_cards[rows[0].id]
    return Line(
        card=card,
        lots=len(rows) if card.lot_id else 0,
        days=(rows[0].deadline - today).days if rows[0].deadline else None,
        reserved=tuple(sorted(frozenset[str]().union(*(row.reserved for row in rows)))),
        confidential=rows[0].id in snapshot.confidential,
    )


def _plain(text: str) -> str:
    return without_accents(text).lower().strip()
