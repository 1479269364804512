"""Counterfactuals: the smallest change of one feature that brings a candidate among the first.

The score is a sum, so the answer has a closed form; nothing is ranked again. French wording: `api.matching.reasons`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matcher.ranking import DIVERSITY_EXPONENT

# Logits are ordered by nine decimals: this margin is enough to pass another candidate.
MARGIN = 1e-6


@dataclass(frozen=True, slots=True)
class Change:
    """A sufficient change of one feature: from `now` (the neutral value where unknown) to `least`, both in [0, 1].

    Under a negative weight, `least` is the most that the feature may be.
    """

    feature: str
    now: float
    least: float

    @property
    def size(self) -> float:
        return abs(self.least - self.now)


def threshold_logit(first: Sequence[tuple[float, int]], trade: int, exponent: float = DIVERSITY_EXPONENT) -> float:
    """Return the logit above which a candidate of this trade, not among `first`, would join them.

    first: (logit, trade) of the first candidates in their order; trade -1 is unknown and never penalised. It may enter
    at any of their places: the lowest threshold counts, after the penalties of `matcher.ranking.diversify`.
    """
    taken: dict[int, int] = {}
    lowest = math.inf
    for logit, its_trade in first:
        key = logit - exponent * math.log1p(taken.get(its_trade, 0))
        lowest = min(lowest, key + exponent * math.log1p(taken.get(trade, 0)))
        if its_trade >= 0:
            taken[its_trade] = taken.get(its_trade, 0) + 1
    return lowest


def changes(
    missing: float,
    values: Mapping[str, float],
    weights: Mapping[str, float],
    reachable: Mapping[str, tuple[float, float]],
) -> list[Change]:
    """Return the changes of one feature each that suffice to add `missing` to the logit, the smallest first.

    values: by feature, in [0, 1], unknown ones replaced by the neutral value. reachable: by feature, the lowest and the
    highest value that it can take; features left out cannot change.
    """
    sufficient = []
    for feature, (low, high) in reachable.items():
        weight, now = weights[feature], values[feature]
        if not weight or missing <= 0:
            continue
        least = now + (missing + MARGIN) / weight
        if low <= least <= high:
            sufficient.append(Change(feature, now, least))
    return sorted(sufficient, key=lambda change: (change.size, change.feature))
