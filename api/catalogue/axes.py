"""The three axes that both départements back, and which one an opportunity serves where nobody said.

1: trades with potential and much labour (personal services, waste, wood); 2: creating and growing activity,
cooperation that opens markets; 3: alternatives to the loss of local activity, takeovers first of all.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from models.opportunities import Lot, Opportunity

AXES = (LABOUR, GROWTH, TAKEOVER) = (1, 2, 3)

# The labour trades that the convention names, as beginnings of codes. Change them here when the convention changes.
LABOUR_NAF = (
    *("88.10A", "88.91A", "97.00"),  # personal services: help at home, small children, private employers
    "38.",  # waste: collection, treatment, recycling
    *("02.", "16.", "31.09B", "43.32A", "43.91A"),  # wood: forest, sawmill, joinery, carpentry, furniture
)
LABOUR_CPV = (
    *("8531", "79622", "98513", "98514"),  # personal services
    "905",  # waste
    *("0341", "772", "44191", "4422", "4542", "452611"),  # wood
)


@dataclass(frozen=True)
class Axis:
    """The axis of an opportunity. assumed: nobody said it, its kind and codes did."""

    number: int
    assumed: bool


def axis_of(given: int | None, kind: str, naf: Iterable[str], cpv: Iterable[str]) -> Axis:
    """Return the axis that was given, or else the one that is assumed.

    naf, cpv: codes of the opportunity and of its lots. A takeover serves axis 3; what lies, even in part, in a labour
    trade, axis 1; anything else, axis 2.
    """
    if given is not None:
        return Axis(given, assumed=False)
    if kind == "takeover":
        return Axis(TAKEOVER, assumed=True)
    labour = any(code.startswith(LABOUR_NAF) for code in naf) or any(code.startswith(LABOUR_CPV) for code in cpv)
    return Axis(LABOUR if labour else GROWTH, assumed=True)


def axis_of_row(row: Opportunity, lots: Iterable[Lot]) -> Axis:
    """Return the axis of an opportunity with these lots."""
    naf = [activity["code"] for activity in row.naf]
    return axis_of(row.axis, row.kind, naf, [*row.cpv, *(code for lot in lots for code in lot.cpv)])
