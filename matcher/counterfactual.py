"""Counterfactuals: the smallest change of one feature that brings a candidate among the first.

The score is a sum, so the answer has a closed form; nothing is ranked again. French wording: `api.matching.reasons`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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
