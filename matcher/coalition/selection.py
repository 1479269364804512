"""Who together, of many: a submodular value over sets of actors, searched exactly in a small pool, with a bound in a
large one.

For a leader ℓ and a set S that contains it, with c the cover of needs and v the means for them,

    f_ℓ(S) = Σⱼ tradeⱼ · max_{i∈S} cᵢⱼ·e_ℓᵢ  +  Σⱼ volumeⱼ · min(1, Σ_{i∈S} vᵢⱼ·[cᵢⱼ·e_ℓᵢ > 0])

e_ℓᵢ in [0, 1] is the ease with which i works under ℓ (near, same network); e_ℓℓ = 1. A maximum of non-negative values
(facility location) and a sum cut at 1 are monotone and submodular, so is f_ℓ for each leader; a sum over the pairs of S
would not be. A greedy choice of the k − 1 partners of ℓ is then worth at least 1 − (1 − 1/(k−1))^(k−1) ≥ 1 − 1/e of the
best one (Nemhauser, Wolsey & Fisher 1978), and trying every leader keeps that share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from math import factorial

import numpy as np

from matcher.types import BoolArray, FloatArray, IntArray

FEWEST, MOST = 2, 5
# Up to so many useful candidates, all sets are compared: 58,000 for 18.
EXACT_POOL = 18
# Values nearer than this are equal: noise of the last bits never orders two coalitions.
DECIMALS = 9


@dataclass(frozen=True)
class Pool:
    """n candidates, in the order of their ids, and the m things asked of them together.

    cover: `(n, m)` in [0, 1], how well each would do each; 0 where it may not.
    means: `(n, m)` in [0, 1], the part of each need's volume that each can carry; nothing where its cover is 0.
    trade, volume: `(m,)` what each need is worth by its trade and by its volume, ≥ 0; together they sum to 1.
    leads: `(n,)` who can lead. own, partners: `(m,)` what a leader may do itself, and what its partners may.
    ease: `(n, n)` in [0, 1], row leader, column partner, 1 on the diagonal; 0 bars the pair.
    """

    ids: tuple[str, ...]
    cover: FloatArray
    means: FloatArray
    trade: FloatArray
    volume: FloatArray
    leads: BoolArray
    own: BoolArray
    partners: BoolArray
    ease: FloatArray

    def __post_init__(self) -> None:
        n, m = len(self.ids), len(self.trade)
        if list(self.ids) != sorted(set(self.ids)):
            raise ValueError("candidates must be in the order of their ids, each once")
        shapes = {"cover": (n, m), "means": (n, m), "ease": (n, n), "leads": (n,), "own": (m,), "partners": (m,)}
        for name, shape in shapes.items():
            if getattr(self, name).shape != shape:
                raise ValueError(f"{name} must be {shape}")
        for name in ("cover", "means", "ease"):
            values = getattr(self, name)
            if not bool(((values >= 0) & (values <= 1)).all()):
                raise ValueError(f"{name} must be in [0, 1]")
        if not bool(((self.trade >= 0) & (self.volume >= 0)).all()):
            raise ValueError("what needs are worth must not be negative")

    def take(self, rows: IntArray) -> Pool:
        """Return some candidates, rows ascending."""
        return Pool(
            tuple(self.ids[row] for row in rows.tolist()),
            self.cover[rows],
            self.means[rows],
            self.trade,
            self.volume,
            self.leads[rows],
            self.own,
            self.partners,
            self.ease[np.ix_(rows, rows)],
        )

    def under(self, leader: int) -> tuple[FloatArray, FloatArray]:
        """Return what each candidate is worth under a leader: its cover and its means of each need, `(n, m)` each."""
        covers = self.cover * self.ease[leader][:, None] * self.partners
        covers[leader] = self.cover[leader] * self.own
        return covers, np.where(covers > 0, self.means, 0)

    def value(self, leader: int, members: Sequence[int]) -> float:
        """Return f_ℓ of some candidates' rows; the leader itself need not be among them."""
        covers, volumes = self.under(leader)
        return _value(self, covers, volumes, members)


@dataclass(frozen=True, slots=True)
class Choice:
    """A set of rows (ascending), who of them leads, its value, and a proven ceiling of any set of that size."""

    rows: tuple[int, ...]
    leader: int
    value: float
    at_most: float

    @property
    def proven(self) -> float:
        """The share of the best possible value that this one is sure to have, in ]0, 1]."""
        partners = max(len(self.rows) - 1, 1)
        always = 1 - (1 - 1 / partners) ** partners
        return max(always, self.value / self.at_most if self.at_most > 0 else 1.0)


def best_alone(pool: Pool, suffices: BoolArray) -> Choice | None:
    """Return the candidate that is worth most by itself, whether or not it could lead others; None where none is.

    suffices: `(n,)` who lacks nothing: they come before those who do.
    """
    if not pool.ids:
        return None
    covers = pool.cover * pool.own
    values = np.round(covers @ pool.trade + np.where(covers > 0, pool.means, 0) @ pool.volume, DECIMALS)
    row = int((values + suffices * 2.0).argmax())
    return Choice((row,), row, float(values[row]), float(values[row])) if values[row] > 0 else None


def best_together(pool: Pool, exact_up_to: int = EXACT_POOL) -> dict[int, Choice]:
    """Return the best set of each size from 2 to 5 that a member can lead, by size.

    A size whose best set is worth no more than a smaller one's, or than a leader alone, has no entry. Of equal values
    the set whose ids come first wins. Whoever would bring nothing to any need changes nothing.
    """
    useful = np.flatnonzero((pool.cover > 0).any(axis=1))
    inner = pool.take(useful)
    found = _exact(inner) if len(useful) <= exact_up_to else _greedy(inner, exact_up_to)
    highest = max((round(inner.value(row, [row]), DECIMALS) for row in np.flatnonzero(inner.leads).tolist()), default=0)
    kept = {}
    for size, one in sorted(found.items()):
        if one.value > highest:
            highest = one.value
            rows = tuple(useful[list(one.rows)].tolist())
            kept[size] = Choice(rows, int(useful[one.leader]), one.value, one.at_most)
    return kept


def shapley(pool: Pool, choice: Choice) -> FloatArray:
    """Return each member's fair share of what each need is worth, `(len(choice.rows), 2, m)`: by trade, by volume.

    φᵢ = Σ_{T⊆S∖i} |T|! (|S|−|T|−1)! / |S|! · (f(T∪i) − f(T)), over the 2^|S| sets: at most 32 (Shapley 1953). It is
    linear in f, hence taken need by need; all the shares sum to the value.
    """
    covers, volumes = pool.under(choice.leader)
    rows, size = choice.rows, len(choice.rows)
    worth = {
        part: _terms(pool, covers, volumes, part) for count in range(size + 1) for part in combinations(rows, count)
    }
    shares = np.zeros((size, 2, len(pool.trade)))
    for position, row in enumerate(rows):
        others = [one for one in rows if one != row]
        for count in range(size):
            weight = factorial(count) * factorial(size - count - 1) / factorial(size)
            for before in combinations(others, count):
                shares[position] += weight * (worth[tuple(sorted((*before, row)))] - worth[before])
    return shares


def _terms(pool: Pool, covers: FloatArray, volumes: FloatArray, members: Sequence[int]) -> FloatArray:
    """Return what a set is worth for each need, `(2, m)`: by trade, by volume."""
    rows = list(members)
    if not rows:
        return np.zeros((2, len(pool.trade)))
    return np.stack([covers[rows].max(axis=0) * pool.trade, np.minimum(1, volumes[rows].sum(axis=0)) * pool.volume])


def _value(pool: Pool, covers: FloatArray, volumes: FloatArray, members: Sequence[int]) -> float:
    return float(_terms(pool, covers, volumes, members).sum())


def _exact(pool: Pool) -> dict[int, Choice]:
    """Compare all sets of two to five with each of their members that can lead."""
    found: dict[int, Choice] = {}
    for leader in np.flatnonzero(pool.leads).tolist():
        covers, volumes = pool.under(leader)
        partners = np.flatnonzero((covers > 0).any(axis=1) & (np.arange(len(pool.ids)) != leader))
        for size in range(FEWEST, MOST + 1):
            sets = partners[_subsets(len(partners), size - 1)]
            if not len(sets):
                continue
            best = np.maximum(covers[sets].max(axis=1), covers[leader]) @ pool.trade
            filled = np.minimum(1, volumes[sets].sum(axis=1) + volumes[leader]) @ pool.volume
            values = np.round(best + filled, DECIMALS)
            highest = float(values.max())
            # The order of subsets is that of the ids, but the leader's place among them is its own.
            first = min(tuple(sorted((leader, *one))) for one in sets[values == highest].tolist())
            _keep(found, Choice(first, leader, highest, highest))
    return found


def _greedy(pool: Pool, exact_up_to: int) -> dict[int, Choice]:
    """Take each leader's partners one by one, the most useful first, then try all sets around the best.

    A leader whose ceiling is below what was found is skipped: nothing is lost by it. The ceiling is Nemhauser, Wolsey &
    Fisher's: f(O) ≤ f(S) + the k − 1 highest gains at S, for whatever S that contains the leader.
    """
    found: dict[int, Choice] = {}
    ceilings: dict[int, float] = {}
    around: dict[int, IntArray] = {}
    first = {leader: _ceilings(*_gains(pool, leader)) for leader in np.flatnonzero(pool.leads).tolist()}
    for leader in sorted(first, key=lambda one: (-first[one][-1], one)):
        if all(size in found and first[leader][size - 2] <= found[size].value for size in range(FEWEST, MOST + 1)):
            continue
        chain, bounds, gains = _chain(pool, leader)
        for size in range(FEWEST, MOST + 1):
            ceilings[size] = max(ceilings.get(size, 0.0), bounds[size - 2])
            if size <= len(chain):
                members = tuple(sorted(chain[:size]))
                value = round(pool.value(leader, members), DECIMALS)
                if _keep(found, Choice(members, leader, value, value)):
                    near = np.lexsort((np.arange(len(gains)), -gains))[: max(exact_up_to - len(members), 0)]
                    around[size] = np.union1d(near, members)
    for some in sorted({tuple(rows.tolist()) for rows in around.values()}):
        for one in _exact(pool.take(np.array(some, np.int64))).values():
            mine = tuple(some[row] for row in one.rows)
            _keep(found, Choice(mine, some[one.leader], one.value, one.value))
    return {
        size: Choice(one.rows, one.leader, one.value, max(one.value, ceilings[size])) for size, one in found.items()
    }


def _gains(pool: Pool, leader: int) -> tuple[float, FloatArray]:
    """Return what a leader is worth alone, and what each candidate would add to it `(n,)`."""
    covers, volumes = pool.under(leader)
    return _value(pool, covers, volumes, [leader]), _added(pool, covers, volumes, [leader])


def _added(pool: Pool, covers: FloatArray, volumes: FloatArray, members: Sequence[int]) -> FloatArray:
    """Return what each candidate would add to some `(n,)`; 0 for those who are in."""
    best, sums = covers[members].max(axis=0), volumes[members].sum(axis=0)
    by_trade = np.maximum(covers - best, 0) @ pool.trade
    by_volume = (np.minimum(1, volumes + sums) - np.minimum(1, sums)) @ pool.volume
    gains: FloatArray = np.round(by_trade + by_volume, DECIMALS)
    gains[members] = 0
    return gains


def _ceilings(value: float, gains: FloatArray) -> list[float]:
    """Return, for sizes 2 to 5, the value and the highest gains: no set that contains the members is worth more."""
    count = min(MOST - 1, len(gains))
    highest = np.sort(np.partition(gains, len(gains) - count)[len(gains) - count :])[::-1]
    sums = np.cumsum(np.concatenate([highest, np.zeros(MOST - 1 - count)]))
    # Half a unit of the last decimal for each rounded gain.
    return [float(min(1.0, value + total + MOST * 10.0**-DECIMALS)) for total in sums]


def _chain(pool: Pool, leader: int) -> tuple[list[int], list[float], FloatArray]:
    """Return a leader with its greedy partners, the ceilings for sizes 2 to 5, and the first gains `(n,)`."""
    covers, volumes = pool.under(leader)
    chain = [leader]
    bounds = [1.0] * (MOST - FEWEST + 1)
    first: FloatArray = np.zeros(len(pool.ids))
    while True:
        gains = _added(pool, covers, volumes, chain)
        if len(chain) == 1:
            first = gains
        now = _ceilings(_value(pool, covers, volumes, chain), gains)
        bounds = [min(pair) for pair in zip(bounds, now, strict=True)]
        best = int(gains.argmax())
        if len(chain) == MOST or gains[best] <= 0:
            return chain, bounds, first
        chain.append(best)


def _keep(found: dict[int, Choice], one: Choice) -> bool:
    """Put a set in its size's place if it is worth more, or as much with smaller ids, led by the smallest."""
    size = len(one.rows)
    known = found.get(size)
    if known and (-known.value, known.rows, known.leader) <= (-one.value, one.rows, one.leader):
        return False
    found[size] = one
    return True


@lru_cache(maxsize=128)
def _subsets(n: int, size: int) -> IntArray:
    """Return all sets of `size` of the first n numbers, `(count, size)`, in lexical order."""
    return np.array(list(combinations(range(n), size)), np.int64).reshape(-1, size)
