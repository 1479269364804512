"""What would change a ranking: the least that one feature of a candidate must change for it to be among the first.

The score is a sum, so the answer has a closed form; nothing is ranked again. The words are in `api`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matcher.ranking import VARIETY

# Logits are ordered by nine decimals: this much more is more.
MARGIN = 1e-6


@dataclass(frozen=True, slots=True)
class Change:
    """One feature's value as it counts `now` (the neutral one where it is unknown), and what it must be at `least`.

    With a weight below zero it is what it may be at most.
    """

    feature: str
    now: float
    least: float

    @property
    def size(self) -> float:
        return abs(self.least - self.now)


def bar(first: Sequence[tuple[float, int]], trade: int, variety: float = VARIETY) -> float:
    """Return the logit that a candidate of this trade, not among `first`, must pass to be one of them.

    first: (logit, trade) of those who are, in their order; trade -1 is unknown and never penalised. It enters in any of
    their places, each trade losing a little with each of its actors before it (`matcher.ranking.take_turns`).
    """
    taken: dict[int, int] = {}
    lowest = math.inf
    for logit, other in first:
        key = logit - variety * math.log1p(taken.get(other, 0))
        lowest = min(lowest, key + variety * math.log1p(taken.get(trade, 0)))
        if other >= 0:
            taken[other] = taken.get(other, 0) + 1
    return lowest


def changes(
    missing: float,
    values: Mapping[str, float],
    weights: Mapping[str, float],
    reachable: Mapping[str, tuple[float, float]],
) -> list[Change]:
    """Return the changes of one feature that add `missing` to the logit, each by itself, the smallest first.

    values: as they count, in [0, 1]; reachable: the lowest and the highest that a feature can become; one that is not
    there cannot change.
    """
    found = []
    for feature, (low, high) in reachable.items():
        weight, now = weights[feature], values[feature]
        if not weight or missing <= 0:
            continue
        least = now + (missing + MARGIN) / weight
        if low <= least <= high:
            found.append(Change(feature, now, least))
    return sorted(found, key=lambda one: (one.size, one.feature))
