"""The formulas of a financing plan: instalments, duties, ratios; published examples, and properties."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.takeovers.financing.duties import registration_duties
from api.takeovers.financing.loans import CENT, Loan, monthly_instalment, payments, yearly_payments
from api.takeovers.financing.plan import Accounts, Deal, Plan, PlanLine, Source, Use
from api.takeovers.financing.ratios import RatioKind, bearable_loss, losses_of, ratios_of, unscheduled_loans

RATES = st.decimals(0, 20, places=2)
AMOUNTS = st.integers(1, 5_000_000)
LOANS = st.builds(Loan, AMOUNTS, RATES, st.integers(1, 240)).flatmap(
    lambda loan: st.integers(0, loan.months - 1).map(lambda wait: Loan(loan.amount, loan.rate, loan.months, wait))
)


def a_plan(**changes: object) -> Plan:
    """A bakery: 250,000 € to find, of which 75,000 € of own funds and 140,000 € of a bank."""
    uses = {Use.PRICE: 200_000, Use.FEES: 20_000, Use.CASH: 30_000}
    loan = PlanLine(amount=140_000, rate=Decimal("3.6"), months=84)
    sources = {
        Source.OWN_MONEY: PlanLine(amount=60_000),
        Source.HONOUR_LOAN: PlanLine(amount=15_000, rate=Decimal(0), months=60),
        Source.BANK_LOAN: loan,
        Source.VENDOR_CREDIT: PlanLine(amount=35_000, rate=Decimal(0), months=35),
    }
    accounts = Accounts(
        turnover=400_000, margin=Decimal(60), ebe=70_000, restatement=-10_000, net_result=25_000,
        depreciation=20_000, tax=6_000, upkeep=4_000,
    )  # fmt: skip
    known = {"uses": {use: PlanLine(amount=amount) for use, amount in uses.items()}}
    return Plan.model_validate({**known, "sources": sources, "accounts": accounts, **changes})


@given(LOANS)
def test_a_loan_is_paid_back_to_the_cent_and_no_month_is_below_nothing(loan: Loan) -> None:
    paid = payments(loan)
    assert len(paid) == loan.months
    assert sum(part.principal for part in paid) == loan.amount
    assert all(part.principal >= 0 and part.interest >= 0 for part in paid)
    assert not any(part.principal for part in paid[: loan.deferral])
    assert sum(part.total for part in yearly_payments([loan])) == sum(part.total for part in paid)


@given(AMOUNTS, RATES, st.integers(1, 240))
def test_what_is_paid_is_worth_the_loan_on_the_first_day(amount: int, rate: Decimal, months: int) -> None:
    """The present value of all instalments at the loan's rate is its amount, but for the rounding of each."""
    instalment, monthly = monthly_instalment(Decimal(amount), rate, months), rate / 1200
    worth = sum(instalment / (1 + monthly) ** month for month in range(1, months + 1))
    assert abs(worth - amount) <= CENT * months


@given(AMOUNTS, RATES, st.integers(1, 239))
def test_a_higher_rate_never_costs_less_and_a_longer_loan_never_more_a_month(
    amount: int, rate: Decimal, months: int
) -> None:
    instalment = monthly_instalment(Decimal(amount), rate, months)
    assert monthly_instalment(Decimal(amount), rate + 1, months) >= instalment
    assert monthly_instalment(Decimal(amount), rate, months + 1) <= instalment


def test_a_known_instalment() -> None:
    assert monthly_instalment(Decimal(100_000), Decimal(5), 84) == Decimal("1413.39")
    assert monthly_instalment(Decimal(12_000), Decimal(0), 24) == Decimal("500.00")
    with pytest.raises(ValueError, match="one month"):
        monthly_instalment(Decimal(1), Decimal(1), 0)


@pytest.mark.parametrize(
    ("deal", "price", "more", "duties"),
    [
        (Deal.BUSINESS, 300_000, {}, 10_310),  # valoxy.org: 5,310 + 5,000
        (Deal.BUSINESS, 180_000, {}, 4_710),  # expert-invest.fr
        (Deal.BUSINESS, 23_000, {}, 0),
        (Deal.BUSINESS, 0, {}, 0),
        (Deal.SARL_SHARES, 123_000, {}, 3_000),
        (Deal.SARL_SHARES, 61_500, {"share": Decimal(50)}, 1_500),
        (Deal.SARL_SHARES, 1, {}, 0),
        (Deal.STOCK_SHARES, 250_000, {}, 250),
        (Deal.STOCK_SHARES, 250_000, {"is_mainly_property": True}, 12_500),
    ],
)
def test_duties_are_those_of_published_examples(deal: Deal, price: int, more: dict[str, object], duties: int) -> None:
    assert registration_duties(deal, price, **more).total == duties  # type: ignore[arg-type]


@given(st.sampled_from([Deal.BUSINESS, Deal.SARL_SHARES, Deal.STOCK_SHARES]), AMOUNTS, AMOUNTS)
def test_a_higher_price_never_bears_less_duties(deal: Deal, price: int, more: int) -> None:
    low, high = registration_duties(deal, price), registration_duties(deal, price + more)
    assert 0 <= low.total <= high.total
    assert high.total <= (price + more) * 0.05 + 1


def test_the_ratios_of_a_plan_are_what_their_formulas_say() -> None:
    plan = a_plan()
    assert plan.is_balanced
    values = {ratio.kind: ratio.value for ratio in ratios_of(plan)}
    # 84 months at 3.6 %: 1,888.75 €; 35 months of a vendor's 1,000 €.
    year = 12 * monthly_instalment(Decimal(140_000), Decimal("3.6"), 84) + 12 * Decimal(1_000)
    assert values == {
        RatioKind.OWN_SHARE: Decimal("0.3"),
        RatioKind.NEAR_OWN_SHARE: Decimal("0.3"),
        RatioKind.BANK_TO_PRICE: Decimal("0.7"),
        RatioKind.VENDOR_TO_PRICE: Decimal("0.175"),
        RatioKind.DEBT_TO_EBE: Decimal(175_000) / 60_000,
        RatioKind.INSTALMENTS_TO_CASH_FLOW: year / 45_000,
        RatioKind.COVER: 50_000 / year,
        RatioKind.PRICE_TO_RESULT: Decimal(8),
    }


def test_what_is_missing_is_named_and_nothing_is_divided_by_nothing() -> None:
    ratios = {ratio.kind: ratio for ratio in ratios_of(Plan())}
    assert all(ratio.value is None for ratio in ratios.values())
    assert ratios[RatioKind.OWN_SHARE].missing == ["uses"]
    assert ratios[RatioKind.COVER].missing == ["cash_before_debt"]
    in_the_red = a_plan(accounts=Accounts(ebe=-5_000, net_result=0, depreciation=0, tax=0, upkeep=0))
    values = {ratio.kind: ratio for ratio in ratios_of(in_the_red)}
    assert (values[RatioKind.DEBT_TO_EBE].value, values[RatioKind.DEBT_TO_EBE].missing) == (None, [])
    assert (values[RatioKind.PRICE_TO_RESULT].value, values[RatioKind.PRICE_TO_RESULT].missing) == (None, [])


def test_a_loan_without_its_length_leaves_instalments_unknown_rather_than_low() -> None:
    plan = a_plan(sources={Source.BANK_LOAN: PlanLine(amount=100_000, rate=Decimal(4))})
    assert unscheduled_loans(plan) == [Source.BANK_LOAN]
    values = {ratio.kind: ratio for ratio in ratios_of(plan)}
    assert values[RatioKind.COVER].value is None
    assert values[RatioKind.COVER].missing == ["year"]


def test_a_tenth_less_turnover_takes_its_margin_from_the_surplus_and_the_cash() -> None:
    plan = a_plan()
    none, tenth, fifth = losses_of(plan)
    assert none.ebe == 60_000
    assert (tenth.turnover, tenth.ebe, tenth.cash_flow, tenth.cash_before_debt) == (360_000, 36_000, 21_000, 26_000)
    assert fifth.ebe == 12_000
    assert none.cover is not None
    assert tenth.cover is not None
    assert fifth.cover is not None
    assert none.cover > tenth.cover > fifth.cover
    bearable = bearable_loss(plan)
    assert bearable is not None
    at_the_edge = losses_of(plan)[0].cash_before_debt - bearable * 2_400  # type: ignore[operator]
    year = 12 * (monthly_instalment(Decimal(140_000), Decimal("3.6"), 84) + 1_000)
    assert abs(at_the_edge - year) < CENT
    assert losses_of(a_plan(accounts=Accounts(turnover=400_000))) == []
