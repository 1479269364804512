"""Registration duties that the buyer pays (*droits d’enregistrement*): a help to fill in the plan, to be confirmed.

Rates as secondary sources give them; not read in the code of taxes itself (`docs/takeovers.md`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from api.takeovers.financing.plan import Deal, Plan, Use

# Of a business (*fonds*): to which price, at which rate in per cent; None: without end.
BUSINESS_SCALE: Sequence[tuple[int | None, Decimal]] = ((23_000, Decimal(0)), (200_000, Decimal(3)), (None, Decimal(5)))
# Of the shares of a SARL: what is free for the whole company.
SARL_FREE = 23_000
SARL_RATE, STOCK_RATE, PROPERTY_RATE = Decimal(3), Decimal("0.1"), Decimal(5)


@dataclass(frozen=True)
class DutySlice:
    """A part of the price, in euros, and the rate that it bears, in per cent."""

    base: Decimal
    rate: Decimal

    @property
    def amount(self) -> Decimal:
        return self.base * self.rate / 100


@dataclass(frozen=True)
class Duties:
    """total: to the euro."""

    slices: Sequence[DutySlice]

    @property
    def total(self) -> int:
        return int(sum((part.amount for part in self.slices), Decimal(0)).quantize(Decimal(1), ROUND_HALF_UP))


def duties_of(plan: Plan) -> Duties | None:
    """Return the duties on what a plan buys; None where it does not say what, or at which price."""
    price = plan.use(Use.PRICE)
    if price is None or plan.deal == Deal.UNDECIDED:
        return None
    return registration_duties(plan.deal, price, share=plan.share, is_mainly_property=plan.is_mainly_property)


def registration_duties(
    deal: Deal, price: int, *, share: Decimal = Decimal(100), is_mainly_property: bool = False
) -> Duties:
    """Return the duties on a price in euros. share: of the titles bought, per cent.

    is_mainly_property: most of what the company owns is real estate. Raises ValueError for no deal.
    """
    if deal == Deal.UNDECIDED:
        raise ValueError("what is sold is not known")
    if deal == Deal.BUSINESS:
        return Duties(tuple(_slices(price)))
    if is_mainly_property:
        return Duties((DutySlice(Decimal(price), PROPERTY_RATE),))
    if deal == Deal.STOCK_SHARES:
        return Duties((DutySlice(Decimal(price), STOCK_RATE),))
    free = SARL_FREE * share / 100
    return Duties((DutySlice(max(price - free, Decimal(0)), SARL_RATE),))


def _slices(price: int) -> list[DutySlice]:
    lower, slices = 0, []
    for upper, rate in BUSINESS_SCALE:
        within = max(0, (price if upper is None else min(price, upper)) - lower)
        if within and rate:
            slices.append(DutySlice(Decimal(within), rate))
        lower = upper or lower
    return slices
