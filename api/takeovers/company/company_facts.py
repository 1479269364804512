"""What is noted of a takeover case beside its card, as values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Premises(StrEnum):
    """What becomes of the premises."""

    SOLD = "sold"
    LEASED = "leased"
    LET_BY_OWNER = "let_by_owner"
    NONE = "none"


@dataclass(frozen=True)
class YearFigures:
    """The figures of a financial year, by the year in which it ends, in whole euros; None is unknown."""

    year: int
    turnover_eur: int | None = None
    result_eur: int | None = None
    ebitda_eur: int | None = None

    @property
    def is_empty(self) -> bool:
        return self.turnover_eur is None and self.result_eur is None and self.ebitda_eur is None


@dataclass(frozen=True)
class CompanyFacts:
    """What is noted of a case. years: the newest first, those without any figure left out."""

    reason: str = ""
    premises: Premises | None = None
    premises_note: str = ""
    key_roles: Sequence[str] = ()
    years: Sequence[YearFigures] = ()


@dataclass(frozen=True)
class NotedFacts:
    """A version of the facts, by whom and when; version 0 is that nothing was ever noted."""

    facts: CompanyFacts = CompanyFacts()
    version: int = 0
    at: datetime | None = None
    by: str = ""
