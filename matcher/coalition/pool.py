"""The value of a set of actors: a submodular function of their cover of the needs and of their means.

For a leader ℓ and a set S that contains it, with c the cover of needs and v the means for them,

    f_ℓ(S) = Σⱼ tradeⱼ · max_{i∈S} cᵢⱼ·e_ℓᵢ  +  Σⱼ volumeⱼ · min(1, Σ_{i∈S} vᵢⱼ·[cᵢⱼ·e_ℓᵢ > 0])

e_ℓᵢ in [0, 1] is the ease with which i works under ℓ (near, same network); e_ℓℓ = 1. A maximum of non-negative values
(facility location) and a sum capped at 1 are monotone and submodular, hence so is f_ℓ for each leader; a sum over the
pairs of S would not be.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from matcher.types import BoolArray, FloatArray, IntArray

# Values nearer than this are equal: noise in the last bits never orders two coalitions.
DECIMALS = 9


@dataclass(frozen=True)
class Pool:
    """n candidates, in the order of their ids, and m needs to cover together.

    cover: `(n, m)` in [0, 1], how well each candidate does each need; 0 where it may not.
    means: `(n, m)` in [0, 1], share of each need's volume that a candidate can carry; ignored where its cover is 0.
    trade, volume: `(m,)` ≥ 0, value of each need for its trade and for its volume; all together they sum to 1.
    leads: `(n,)`, whether a candidate can lead. own, partners: `(m,)`, needs that a leader may do, that partners may.
    ease: row of a leader → `(n,)` in [0, 1], the ease with which each works under it, 1 for itself; 0 bars the pair.

    Raises ValueError where ids are not sorted and distinct, a shape is wrong, or a value is out of its range.
    """

    ids: tuple[str, ...]
    cover: FloatArray
    means: FloatArray
    trade: FloatArray
    volume: FloatArray
    leads: BoolArray
    own: BoolArray
    partners: BoolArray
    ease: Callable[[int], FloatArray]

    def __post_init__(self) -> None:
        n, m = len(self.ids), len(self.trade)
        if list(self.ids) != sorted(set(self.ids)):
            raise ValueError("candidates must be in the order of their ids, each once")
        shapes = {"cover": (n, m), "means": (n, m), "leads": (n,), "own": (m,), "partners": (m,)}
        for name, shape in shapes.items():
            if getattr(self, name).shape != shape:
                raise ValueError(f"{name} must be {shape}")
        for name in ("cover", "means"):
            values = getattr(self, name)
            if not bool(((values >= 0) & (values <= 1)).all()):
                raise ValueError(f"{name} must be in [0, 1]")
        if not bool(((self.trade >= 0) & (self.volume >= 0)).all()):
            raise ValueError("what needs are worth must not be negative")

    def take(self, rows: IntArray) -> Pool:
        """Return the pool of some candidates; rows ascending."""
        return Pool(
            tuple(self.ids[row] for row in rows.tolist()),
            self.cover[rows],
            self.means[rows],
            self.trade,
            self.volume,
            self.leads[rows],
            self.own,
            self.partners,
            lambda leader: self.ease(int(rows[leader]))[rows],
        )

    def under(self, leader: int) -> tuple[FloatArray, FloatArray]:
        """Return each candidate's cover and means of each need under a leader, `(n, m)` each."""
        covers = self.cover * self.ease(leader)[:, None] * self.partners
        covers[leader] = self.cover[leader] * self.own
        return covers, np.where(covers > 0, self.means, 0)

    def value(self, leader: int, members: Sequence[int]) -> float:
        """Return f_ℓ of some candidates' rows; the leader itself need not be among them."""
        covers, volumes = self.under(leader)
        return value_under(self, covers, volumes, members)


def value_by_need(pool: Pool, covers: FloatArray, volumes: FloatArray, members: Sequence[int]) -> FloatArray:
    """Return a set's value for each need, `(2, m)`: by trade, by volume. covers, volumes: as `Pool.under` returns."""
    rows = list(members)
    if not rows:
        return np.zeros((2, len(pool.trade)))
    return np.stack([covers[rows].max(axis=0) * pool.trade, np.minimum(1, volumes[rows].sum(axis=0)) * pool.volume])


def value_under(pool: Pool, covers: FloatArray, volumes: FloatArray, members: Sequence[int]) -> float:
    """Return a set's value in [0, 1]: the sum of `value_by_need`."""
    return float(value_by_need(pool, covers, volumes, members).sum())
