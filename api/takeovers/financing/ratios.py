"""Ratios that lenders look at, and what a loss of turnover would do to them. Figures only: they judge nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from api.takeovers.financing.loans import Loan, Payment, yearly_payments
from api.takeovers.financing.plan import (
    BANK_LOANS,
    COMPANY_LOANS,
    NEAR_OWN_FUNDS,
    OWN_FUNDS,
    Plan,
    Source,
    Use,
)

# Losses of turnover that are shown, per cent.
LOSSES = (0, 10, 20)


class RatioKind(StrEnum):
    OWN_SHARE = "own_share"
    NEAR_OWN_SHARE = "near_own_share"
    BANK_TO_PRICE = "bank_to_price"
    VENDOR_TO_PRICE = "vendor_to_price"
    DEBT_TO_EBE = "debt_to_ebe"
    INSTALMENTS_TO_CASH_FLOW = "instalments_to_cash_flow"
    COVER = "cover"
    PRICE_TO_RESULT = "price_to_result"


@dataclass(frozen=True)
class Ratio:
    """value: None where a figure is missing, or the lower one is not above 0. missing: what is not written yet."""

    kind: RatioKind
    value: Decimal | None
    missing: Sequence[str] = ()


@dataclass(frozen=True)
class LossLine:
    """A usual year with a part of the turnover lost, per cent; None where a figure is missing."""

    loss: int
    turnover: Decimal
    ebe: Decimal | None
    cash_flow: Decimal | None
    cash_before_debt: Decimal | None
    cover: Decimal | None
    debt_to_ebe: Decimal | None


def loan_of(plan: Plan, source: Source) -> Loan | None:
    """Return a source as a loan; None where it has no amount, or does not say its rate and how long it lasts."""
    line = plan.sources.get(source)
    if line is None or not line.amount or line.months is None or line.rate is None:
        return None
    deferral = line.deferral or 0
    return Loan(line.amount, line.rate, line.months, deferral) if deferral < line.months else None


def unscheduled_loans(plan: Plan, sources: Sequence[Source] = COMPANY_LOANS) -> list[Source]:
    """Return the loans whose instalments are not known: they have an amount, and neither a rate nor a length."""
    return [source for source in sources if plan.source(source) and loan_of(plan, source) is None]


def debt_years(plan: Plan, sources: Sequence[Source] = COMPANY_LOANS) -> list[Payment]:
    """Return what the loans of a plan cost in each year, of those whose instalments are known."""
    return yearly_payments([loan for source in sources if (loan := loan_of(plan, source))])


def heaviest_year(plan: Plan) -> Decimal | None:
    """Return the instalments of the year that costs most, with those of older loans; None where some are unknown."""
    if unscheduled_loans(plan):
        return None
    return max((year.total for year in debt_years(plan)), default=Decimal(0)) + (plan.accounts.instalments or 0)


def financial_debt(plan: Plan) -> int:
    """Return the loans that the company pays back, those that it keeps too, on the first day."""
    return plan.sum_of(COMPANY_LOANS) + (plan.accounts.debt or 0)


def ratios_of(plan: Plan) -> list[Ratio]:
    """Return every ratio, in the order in which they are shown. Shares are numbers: 0.3 is 30 %."""
    accounts, price, year = plan.accounts, plan.use(Use.PRICE), heaviest_year(plan)
    own, total = plan.sum_of(OWN_FUNDS), plan.total_uses or None
    return [
        _ratio(RatioKind.OWN_SHARE, {"own": own, "uses": total}),
        _ratio(RatioKind.NEAR_OWN_SHARE, {"own": own + plan.sum_of(NEAR_OWN_FUNDS), "uses": total}),
        _ratio(RatioKind.BANK_TO_PRICE, {"bank": plan.sum_of(BANK_LOANS), "price": price}),
        _ratio(RatioKind.VENDOR_TO_PRICE, {"vendor": plan.sum_of([Source.VENDOR_CREDIT]), "price": price}),
        _ratio(RatioKind.DEBT_TO_EBE, {"debt": financial_debt(plan), "ebe": accounts.restated_ebe}),
        _ratio(RatioKind.INSTALMENTS_TO_CASH_FLOW, {"year": year, "cash_flow": accounts.cash_flow}),
        _ratio(RatioKind.COVER, {"cash_before_debt": accounts.cash_before_debt, "year": year}),
        _ratio(RatioKind.PRICE_TO_RESULT, {"price": price, "net_result": accounts.net_result}),
    ]


def losses_of(plan: Plan) -> list[LossLine]:
    """Return usual years with less turnover; none where turnover or margin are not known.

    What is lost of the margin is lost of the surplus and of the cash, without any tax saved: the cautious reading.
    """
    accounts, year = plan.accounts, heaviest_year(plan)
    if accounts.turnover is None or accounts.margin is None:
        return []
    lines = []
    for loss in LOSSES:
        margin_lost = Decimal(accounts.turnover) * loss * accounts.margin / 10_000
        ebe, cash_flow, cash = (
            None if figure is None else figure - margin_lost
            for figure in (accounts.restated_ebe, accounts.cash_flow, accounts.cash_before_debt)
        )
        turnover = Decimal(accounts.turnover) * (100 - loss) / 100
        debt = Decimal(financial_debt(plan))
        lines.append(LossLine(loss, turnover, ebe, cash_flow, cash, _quotient(cash, year), _quotient(debt, ebe)))
    return lines


def bearable_loss(plan: Plan) -> Decimal | None:
    """Return the loss of turnover, per cent, at which the cash of a year just pays the heaviest one; None if unknown.

    Below 0: it does not pay it as things are.
    """
    accounts, year, cash = plan.accounts, heaviest_year(plan), plan.accounts.cash_before_debt
    if not accounts.turnover or not accounts.margin or not year or cash is None:
        return None
    return (cash - year) / (Decimal(accounts.turnover) * accounts.margin / 100) * 100


def _ratio(kind: RatioKind, figures: dict[str, int | Decimal | None]) -> Ratio:
    upper, lower = figures.values()
    missing = [name for name, figure in figures.items() if figure is None]
    return Ratio(kind, _quotient(upper, lower), missing)


def _quotient(upper: int | Decimal | None, lower: int | Decimal | None) -> Decimal | None:
    return None if upper is None or lower is None or lower <= 0 else Decimal(upper) / Decimal(lower)
