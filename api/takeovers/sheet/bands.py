"""Bands in which a blind sheet says a turnover and a price, in euros.

Turnover: the bands by which CCIP's « Passer le relais » published its offers (docs/takeovers.md); the first is split
where enough establishments are on both sides. Price: the house's own; no French standard was found.
"""

from collections.abc import Sequence
from typing import NamedTuple

from api.confidentiality.crowd import K_ANONYMITY
from api.core.french import NBSP, number

TURNOVER = (0, 100_000, 500_000, 1_500_000)
FIRST_SPLIT = 50_000
PRICE = (0, 50_000, 150_000, 300_000, 800_000, 2_000_000)


class Band(NamedTuple):
    """Amounts from `least` up to, and without, `below`; None: no upper end."""

    least: int
    below: int | None

    def holds(self, amount: float) -> bool:
        return self.least <= amount and (self.below is None or amount < self.below)

    @property
    def words(self) -> str:
        if self.below is None:
            return f"{_euros(self.least)} ou plus"
        if self.least == 0:
            return f"moins de {_euros(self.below)}"
        return f"de {number(self.least)} à {_euros(self.below)}"


def turnover_band(amount: float, *, is_first_split: bool = False) -> Band:
    """Return the band of a turnover. is_first_split: the first band is told in two."""
    return _band(amount, sorted({*TURNOVER, FIRST_SPLIT}) if is_first_split else TURNOVER)


def price_band(least: float | None, most: float | None) -> Band | None:
    """Return the bands that a range of prices spans, as one; None where no price is known."""
    known = [amount for amount in (least, most) if amount is not None]
    if not known:
        return None
    return Band(_band(min(known), PRICE).least, _band(max(known), PRICE).below)


def splits_first(turnovers: Sequence[float]) -> bool:
    """Return whether the first band may be told in two: each part holds K_ANONYMITY of these turnovers or more."""
    parts = (turnover_band(0, is_first_split=True), turnover_band(FIRST_SPLIT, is_first_split=True))
    return all(sum(part.holds(amount) for amount in turnovers) >= K_ANONYMITY for part in parts)


def _band(amount: float, starts: Sequence[int]) -> Band:
    place = max(sum(amount >= start for start in starts) - 1, 0)
    return Band(starts[place], starts[place + 1] if place + 1 < len(starts) else None)


def _euros(amount: int) -> str:
    return f"{number(amount)}{NBSP}€"
