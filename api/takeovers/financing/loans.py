"""Loans with constant monthly instalments. Decimal amounts in euros, rounded to the cent each month, as banks do."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Loan:
    """rate: per cent a year. months: all of them; in the first `deferral` ones interest alone is paid."""

    amount: int
    rate: Decimal
    months: int
    deferral: int = 0


@dataclass(frozen=True)
class Payment:
    """What is paid in a month, or in a year."""

    interest: Decimal
    principal: Decimal

    @property
    def total(self) -> Decimal:
        return self.interest + self.principal


def monthly_instalment(amount: Decimal, rate: Decimal, months: int) -> Decimal:
    """Return the constant instalment: C·i / (1 − (1+i)^−n), i a twelfth of the yearly rate; C/n without interest.

    Raises ValueError where there is no month to pay in.
    """
    if months < 1:
        raise ValueError("a loan is paid back in one month at least")
    monthly = rate / 1200
    exact = amount * monthly / (1 - (1 + monthly) ** -months) if monthly else amount / months
    return exact.quantize(CENT, ROUND_HALF_UP)


def payments(loan: Loan) -> list[Payment]:
    """Return what is paid each month; the last instalment is what is left. Raises ValueError, as above."""
    left, monthly = Decimal(loan.amount), loan.rate / 1200
    instalment = monthly_instalment(left, loan.rate, loan.months - loan.deferral)
    paid = []
    for month in range(1, loan.months + 1):
        interest = (left * monthly).quantize(CENT, ROUND_HALF_UP)
        principal = Decimal(0) if month <= loan.deferral else min(instalment - interest, left)
        if month == loan.months:
            principal = left
        left -= principal
        paid.append(Payment(interest, principal))
    return paid


def yearly_payments(loans: Iterable[Loan]) -> list[Payment]:
    """Return what these loans cost together in each year from their beginning, until the last is paid back."""
    years: list[Payment] = []
    for loan in loans:
        monthly = payments(loan)
        for year, first in enumerate(range(0, loan.months, 12)):
            own = _sum(monthly[first : first + 12])
            years[year : year + 1] = [_sum([*years[year : year + 1], own])]
    return years


def _sum(paid: Sequence[Payment]) -> Payment:
    return Payment(
        sum((part.interest for part in paid), Decimal(0)), sum((part.principal for part in paid), Decimal(0))
    )
