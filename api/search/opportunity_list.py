"""The list of open opportunities: narrowed by when, where, for whom and how much; and put in an order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from api.accounts.audience import Audience
from api.core.text import folded
from api.matching.open_opportunities import OpenOpportunity
from api.matching.snapshot import Snapshot
from api.search.distance import km_between
from api.search.ordering import Comparable, in_order
from matcher.types import Point


class Order(StrEnum):
    """What the list is sorted by."""

    DEADLINE = "echeance"
    TITLE = "intitule"
    BUYER = "acheteur"
    AMOUNT = "montant"
    PUBLISHED = "publication"
    KIND = "type"
    PLACE = "lieu"
    DISTANCE = "distance"


# Of these, what is largest or newest comes first.
LARGEST_FIRST = frozenset({Order.AMOUNT, Order.PUBLISHED})


@dataclass(frozen=True)
class OpportunityFilters:
    """What the reader narrows the list to; empty leaves all, and unknown values fit no filter.

    text: of the title. points: the place that was asked. reserved: a reservation; "oui" is any of them, "non" none.
    among: only these ids; but: not these ids. is_turned: the order is turned round.
    """

    text: str = ""
    buyer: str = ""
    kind: str = ""
    department: str = ""
    points: Sequence[Point] = ()
    radius_km: float | None = None
    source: str = ""
    axis: int | None = None
    is_axis_assumed: bool | None = None
    reserved: str = ""
    least_amount: float | None = None
    most_amount: float | None = None
    first_deadline: date | None = None
    last_deadline: date | None = None
    published_since: date | None = None
    among: frozenset[str] | None = None
    but: frozenset[str] = frozenset()
    order: Order = Order.DEADLINE
    is_turned: bool = False


@dataclass(frozen=True)
class OpportunityLine:
    """An opportunity of the list. km: to the place that was asked."""

    row: OpenOpportunity
    km: float | None


@dataclass(frozen=True)
class OpportunityList:
    """Open opportunities: those that can be answered, and those whose deadline is past, the latest first."""

    current: Sequence[OpportunityLine]
    past: Sequence[OpportunityLine]


def list_opportunities(
    snapshot: Snapshot, filters: OpportunityFilters, audience: Audience, *, today: date
) -> OpportunityList:
    """Return the open opportunities that fit the filters and that the reader may see, in the order asked."""
    text, buyer = folded(filters.text), folded(filters.buyer)
    lines = []
    for row in snapshot.open_opportunities:
        if (
            (audience.confidential or not row.confidential)
            and (not text or text in row.folded_title)
            and (not buyer or buyer in row.folded_buyer)
            and _fits(row, filters)
        ):
            km = km_between(row.point, filters.points)
            if filters.radius_km is None or not filters.points or (km is not None and km <= filters.radius_km):
                lines.append(OpportunityLine(row, km))
    past = [line for line in lines if line.row.deadline and line.row.deadline < today]
    current = [line for line in lines if not (line.row.deadline and line.row.deadline < today)]
    by_deadline = in_order(current, _VALUES[Order.DEADLINE], descending=False)
    descending = (filters.order in LARGEST_FIRST) != filters.is_turned
    return OpportunityList(
        in_order(by_deadline, _VALUES[filters.order], descending=descending),
        in_order(past, _VALUES[Order.DEADLINE], descending=True),
    )


def _fits(row: OpenOpportunity, filters: OpportunityFilters) -> bool:
    return (
        (filters.among is None or row.id in filters.among)
        and row.id not in filters.but
        and (not filters.kind or row.kind == filters.kind)
        and (not filters.department or row.department == filters.department)
        and (not filters.source or row.source == filters.source)
        and (filters.axis is None or row.axis.number == filters.axis)
        and filters.is_axis_assumed in (None, row.axis.assumed)
        and (not filters.reserved or _is_reserved(row, filters.reserved))
        and _lies_in(row.amount_eur, filters.least_amount, filters.most_amount)
        and _lies_in(row.deadline, filters.first_deadline, filters.last_deadline)
        and _lies_in(row.published_on, filters.published_since, None)
    )


def _is_reserved(row: OpenOpportunity, asked: str) -> bool:
    if asked in ("oui", "non"):
        return bool(row.reserved) == (asked == "oui")
    return asked in row.reserved


def _lies_in(value: float | date | None, least: float | date | None, most: float | date | None) -> bool:
    """Return whether a value lies between two bounds, each of them or none given; of the same kind as it."""
    if least is None and most is None:
        return True
    return value is not None and (least is None or value >= least) and (most is None or value <= most)  # type: ignore[operator]


_VALUES: Mapping[Order, Callable[[OpportunityLine], Comparable | None]] = {
    Order.DEADLINE: lambda line: line.row.deadline,
    Order.TITLE: lambda line: line.row.folded_title,
    Order.BUYER: lambda line: line.row.folded_buyer or None,
    Order.AMOUNT: lambda line: line.row.amount_eur,
    Order.PUBLISHED: lambda line: line.row.published_on,
    Order.KIND: lambda line: line.row.kind,
    Order.PLACE: lambda line: folded(line.row.commune or "") or None,
    Order.DISTANCE: lambda line: line.km,
}


@dataclass(frozen=True)
class OpportunityChoices:
    """What the open opportunities of a snapshot may be narrowed to."""

    departments: frozenset[str]
    sources: frozenset[str]


def read_choices(snapshot: Snapshot, audience: Audience) -> OpportunityChoices:
    """Return what the reader may choose."""
    seen = [row for row in snapshot.open_opportunities if audience.confidential or not row.confidential]
    return OpportunityChoices(
        frozenset(row.department for row in seen if row.department), frozenset(row.source for row in seen)
    )
