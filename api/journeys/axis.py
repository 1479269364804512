"""The axis of an opportunity as it is stored: what was given, or what its kind and codes let assume."""

from collections.abc import Iterable

from api.axes import Axis, axis_of
from models.opportunities import Lot, Opportunity


def axis_of_row(row: Opportunity, lots: Iterable[Lot]) -> Axis:
    """Return the axis of an opportunity with these lots."""
    naf = [one["code"] for one in row.naf]
    return axis_of(row.axis, row.kind, naf, [*row.cpv, *(code for lot in lots for code in lot.cpv)])
