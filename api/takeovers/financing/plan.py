"""The financing plan of a takeover: what is paid for, with whose money, on which figures. Amounts are whole euros."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Use(StrEnum):
    """What is to be paid for."""

    PRICE = "price"
    STOCK = "stock"
    FEES = "fees"
    DUTIES = "duties"
    INVESTMENTS = "investments"
    WORKING_CAPITAL = "working_capital"
    OWNER_ACCOUNT = "owner_account"
    CASH = "cash"
    OTHER = "other"


class Source(StrEnum):
    """Where the money comes from. A guarantee is none: it pays nothing."""

    OWN_MONEY = "own_money"
    CLOSE_MONEY = "close_money"
    MEMBER_CAPITAL = "member_capital"
    HONOUR_LOAN = "honour_loan"
    SCOP_LOAN = "scop_loan"
    SCOP_TITLES = "scop_titles"
    SOLIDARITY_LOAN = "solidarity_loan"
    BANK_LOAN = "bank_loan"
    SECOND_BANK_LOAN = "second_bank_loan"
    PUBLIC_LOAN = "public_loan"
    VENDOR_CREDIT = "vendor_credit"
    AID = "aid"
    TARGET_CASH = "target_cash"
    OTHER = "other"


class Deal(StrEnum):
    """What is sold."""

    UNDECIDED = ""
    BUSINESS = "fonds"
    SARL_SHARES = "parts"
    STOCK_SHARES = "actions"


# Banks count honour loans with the buyers' own funds.
OWN_FUNDS = (Source.OWN_MONEY, Source.CLOSE_MONEY, Source.MEMBER_CAPITAL, Source.HONOUR_LOAN)
NEAR_OWN_FUNDS = (Source.SCOP_LOAN, Source.SCOP_TITLES)
BANK_LOANS = (Source.BANK_LOAN, Source.SECOND_BANK_LOAN)
# What the company pays back by instalments. Buyers pay back honour loans themselves; participating titles have none.
COMPANY_LOANS = (
    Source.SCOP_LOAN, Source.SOLIDARITY_LOAN, *BANK_LOANS, Source.PUBLIC_LOAN, Source.VENDOR_CREDIT,
)  # fmt: skip
LOANS = (Source.HONOUR_LOAN, *COMPANY_LOANS)


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PlanLine(_Frozen):
    """A use or a source. amount: None where nothing is written; words: from or to whom.

    rate: per cent a year; months: until it is paid back; deferral: of these, how many pay interest alone.
    """

    amount: int | None = None
    words: str = ""
    rate: Decimal | None = None
    months: int | None = None
    deferral: int | None = None


class Accounts(_Frozen):
    """Figures of a usual year of the company, in euros; None where not known.

    margin: what is left of a euro of turnover after costs that follow it, per cent. restatement: added to the gross
    operating surplus (EBE) for what changes with the owner, with its reason. upkeep: investments of a usual year. debt,
    instalments: loans that the company keeps beside those of the plan.
    """

    turnover: int | None = None
    margin: Decimal | None = None
    ebe: int | None = None
    restatement: int | None = None
    restatement_reason: str = ""
    net_result: int | None = None
    depreciation: int | None = None
    tax: int | None = None
    upkeep: int | None = None
    debt: int | None = None
    instalments: int | None = None

    @property
    def restated_ebe(self) -> int | None:
        return None if self.ebe is None else self.ebe + (self.restatement or 0)

    @property
    def cash_flow(self) -> int | None:
        """The self-financing capacity (CAF): the result after tax, and depreciation."""
        return None if self.net_result is None or self.depreciation is None else self.net_result + self.depreciation

    @property
    def cash_before_debt(self) -> int | None:
        """What a usual year leaves to pay debts with: EBE restated, less tax and investments."""
        ebe = self.restated_ebe
        return None if ebe is None or self.tax is None or self.upkeep is None else ebe - self.tax - self.upkeep


class Plan(_Frozen):
    """A financing plan, balanced or a draft. share: of the titles bought, per cent."""

    deal: Deal = Deal.UNDECIDED
    share: Decimal = Decimal(100)
    is_mainly_property: bool = False
    uses: Mapping[Use, PlanLine] = {}
    sources: Mapping[Source, PlanLine] = {}
    accounts: Accounts = Accounts()
    jobs_kept: int | None = None
    jobs_created: int | None = None
    guarantees: str = ""
    comment: str = ""

    def use(self, use: Use) -> int | None:
        return self.uses[use].amount if use in self.uses else None

    def source(self, source: Source) -> int | None:
        return self.sources[source].amount if source in self.sources else None

    def sum_of(self, sources: Collection[Source]) -> int:
        """Return the sum of some sources, those without an amount as 0."""
        return sum(self.source(source) or 0 for source in sources)

    @property
    def total_uses(self) -> int:
        return sum(line.amount or 0 for line in self.uses.values())

    @property
    def total_sources(self) -> int:
        return sum(line.amount or 0 for line in self.sources.values())

    @property
    def gap(self) -> int:
        """Sources less uses: below 0, money is missing."""
        return self.total_sources - self.total_uses

    @property
    def is_balanced(self) -> bool:
        return self.total_uses > 0 and self.gap == 0
