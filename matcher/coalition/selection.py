"""Search for the best set of actors: exhaustive in a small pool, greedy with a proven bound in a large one.

A greedy choice of the k − 1 partners of a leader is worth at least 1 − (1 − 1/(k−1))^(k−1) ≥ 1 − 1/e of the best one
(Nemhauser, Wolsey & Fisher 1978), for the value of `matcher.coalition.pool` is submodular; trying every leader keeps
that share.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from heapq import heapify, heappop, heappush
from itertools import combinations

import numpy as np

from matcher.coalition.pool import DECIMALS, Pool, value_under
from matcher.types import BoolArray, FloatArray, IntArray

FEWEST, MOST = 2, 5
# With at most this many useful candidates, all sets are compared: 58,000 for 18.
EXACT_POOL = 18


@dataclass(frozen=True, slots=True)
class Choice:
    """A set of rows (ascending), the row that leads, its value, and a proven upper bound for sets of that size."""

    rows: tuple[int, ...]
    leader: int
    value: float
    at_most: float

    @property
    def proven(self) -> float:
        """Guaranteed share of the best possible value, in ]0, 1]."""
        partners = max(len(self.rows) - 1, 1)
        always = 1 - (1 - 1 / partners) ** partners
        return max(always, self.value / self.at_most if self.at_most > 0 else 1.0)


def best_alone(pool: Pool, suffices: BoolArray) -> Choice | None:
    """Return the candidate with the highest value alone, whether or not it can lead others; None if all values are 0.

    suffices: `(n,)`, whether a candidate lacks nothing: those come before the others.
    """
    if not pool.ids:
        return None
    values = _values_alone(pool)
    row = int((values + suffices * 2.0).argmax())
    return Choice((row,), row, float(values[row]), float(values[row])) if values[row] > 0 else None


def _values_alone(pool: Pool) -> FloatArray:
    """Return what each candidate is worth alone `(n,)`, as if it could lead."""
    covers = pool.cover * pool.own
    values: FloatArray = np.round(covers @ pool.trade + np.where(covers > 0, pool.means, 0) @ pool.volume, DECIMALS)
    return values


def best_together(pool: Pool, exact_up_to: int = EXACT_POOL) -> dict[int, Choice]:
    """Return the best set of each size from 2 to 5 that one of its members can lead, by size.

    A size whose best set is worth no more than a smaller set or a leader alone has no entry. Among equal values the set
    whose ids come first wins. Candidates that cover no need do not influence the result.
    """
    useful = np.flatnonzero((pool.cover > 0).any(axis=1))
    inner = pool.take(useful)
    best_by_size = _exact(inner) if len(useful) <= exact_up_to else _greedy(inner, exact_up_to)
    highest = float(_values_alone(inner)[inner.leads].max(initial=0))
    kept = {}
    for size, choice in sorted(best_by_size.items()):
        if choice.value > highest:
            highest = choice.value
            rows = tuple(useful[list(choice.rows)].tolist())
            kept[size] = Choice(rows, int(useful[choice.leader]), choice.value, choice.at_most)
    return kept


def _exact(pool: Pool) -> dict[int, Choice]:
    """Compare all sets of two to five, each under every member that can lead."""
    best_by_size: dict[int, Choice] = {}
    for leader in np.flatnonzero(pool.leads).tolist():
        covers, volumes = pool.under(leader)
        partners = np.flatnonzero((covers > 0).any(axis=1) & (np.arange(len(pool.ids)) != leader))
        for size in range(FEWEST, MOST + 1):
            sets = partners[_subsets(len(partners), size - 1)]
            if not len(sets):
                continue
            by_trade = np.maximum(covers[sets].max(axis=1), covers[leader]) @ pool.trade
            by_volume = np.minimum(1, volumes[sets].sum(axis=1) + volumes[leader]) @ pool.volume
            values = np.round(by_trade + by_volume, DECIMALS)
            highest = float(values.max())
            # The order of subsets is that of the ids, but the leader's place among them is its own.
            first = min(tuple(sorted((leader, *others))) for others in sets[values == highest].tolist())
            _keep(best_by_size, Choice(first, leader, highest, highest))
    return best_by_size


def _greedy(pool: Pool, exact_up_to: int) -> dict[int, Choice]:
    """Add each leader's partners one by one, the largest gain first, then compare all sets near the best.

    Leaders whose upper bound is not above the best value so far, of that size or of a smaller one, are skipped without
    loss. The bound is the lower of two: that of Nemhauser, Wolsey & Fisher, f(O) ≤ f(S) + the k − 1 highest gains at S,
    for any S that contains the leader; and the best cover of each need by anybody with the k − 1 largest means for it.
    """
    best_by_size: dict[int, Choice] = {}
    ceilings: dict[int, float] = {}
    around: dict[int, IntArray] = {}
    for leader, by_needs in _leaders(pool, _NeedCeilings.of(pool), best_by_size):
        if _is_beaten(np.minimum(by_needs, _first_ceilings(pool, leader)), best_by_size):
            continue
        chain, bounds, gains = _chain(pool, leader)
        for size in range(FEWEST, MOST + 1):
            ceilings[size] = max(ceilings.get(size, 0.0), min(bounds[size - 2], float(by_needs[size - 2])))
            if size <= len(chain):
                members = tuple(sorted(chain[:size]))
                value = round(pool.value(leader, members), DECIMALS)
                if _keep(best_by_size, Choice(members, leader, value, value)):
                    near = np.lexsort((np.arange(len(gains)), -gains))[: max(exact_up_to - len(members), 0)]
                    around[size] = np.union1d(near, members)
    for nearby in sorted({tuple(rows.tolist()) for rows in around.values()}):
        for choice in _exact(pool.take(np.array(nearby, np.int64))).values():
            rows = tuple(nearby[row] for row in choice.rows)
            _keep(best_by_size, Choice(rows, nearby[choice.leader], choice.value, choice.value))
    return {
        size: Choice(choice.rows, choice.leader, choice.value, max(choice.value, ceilings[size]))
        for size, choice in best_by_size.items()
    }


def _is_beaten(ceilings: FloatArray, best_by_size: Mapping[int, Choice]) -> bool:
    """Return whether no set within these ceilings, of sizes 2 to 5, is worth more than one of its size or a smaller."""
    best = 0.0
    for size, ceiling in enumerate(ceilings.tolist(), FEWEST):
        best = max(best, best_by_size[size].value if size in best_by_size else 0.0)
        if ceiling > best:
            return False
    return True


def _first_ceilings(pool: Pool, leader: int) -> list[float]:
    """Return upper bounds for sizes 2 to 5 under a leader, before any partner is chosen."""
    covers, volumes = pool.under(leader)
    return _ceilings(value_under(pool, covers, volumes, [leader]), _added(pool, covers, volumes, [leader]))


@dataclass(frozen=True)
class _NeedCeilings:
    """Upper bounds for sizes 2 to 5 under a leader, `(4,)`: each need as well done as anybody does it under the leader,
    by the largest means for it that anybody has.

    loose: `(n, 4)`, the same without regard to how easily the others work under the leader: for all leaders at once.
    """

    pool: Pool
    covers: FloatArray
    own: FloatArray
    by_volume: FloatArray
    loose: FloatArray

    @classmethod
    def of(cls, pool: Pool) -> _NeedCeilings:
        own, covers = pool.cover * pool.own, pool.cover * pool.partners
        count = min(MOST - 1, len(pool.ids))
        largest = np.sort(pool.means * pool.partners, axis=0)[::-1][:count]
        sums = np.cumsum(np.concatenate([largest, np.zeros((MOST - 1 - count, len(pool.trade)))]), axis=0)
        own_means = np.where(own > 0, pool.means, 0)
        by_volume = np.minimum(1, own_means[:, None, :] + sums[None, :, :]) @ pool.volume
        by_trade = np.maximum(own, covers.max(axis=0, initial=0)) @ pool.trade
        return cls(pool, covers, own, by_volume, _with_slack(by_trade[:, None] + by_volume))

    def under(self, leader: int) -> FloatArray:
        """Return the bounds of a leader."""
        ease = self.pool.ease(leader).copy()
        # Nobody is its own partner.
        ease[leader] = 0
        by_others = (ease[:, None] * self.covers).max(axis=0, initial=0)
        by_trade = np.maximum(self.own[leader], by_others) @ self.pool.trade
        return _with_slack(by_trade + self.by_volume[leader])


def _with_slack(values: FloatArray) -> FloatArray:
    """Return bounds of at most 1 of sums whose parts are rounded: half a unit in the last decimal for each of them."""
    bounds: FloatArray = np.minimum(1, values + MOST * 10.0**-DECIMALS)
    return bounds


def _leaders(
    pool: Pool, ceilings: _NeedCeilings, best_by_size: Mapping[int, Choice]
) -> Iterator[tuple[int, FloatArray]]:
    """Yield the leaders and their ceilings, the highest of five first, without those that are beaten meanwhile.

    A leader's own ceilings are computed once no other's can be higher.
    """
    heap = [(-ceilings.loose[row, -1], row, False) for row in np.flatnonzero(pool.leads).tolist()]
    heapify(heap)
    known: dict[int, FloatArray] = {}
    while heap:
        _, leader, is_exact = heappop(heap)
        own = known.pop(leader) if is_exact else ceilings.loose[leader]
        if _is_beaten(own, best_by_size):
            continue
        if is_exact:
            yield leader, own
            continue
        known[leader] = ceilings.under(leader)
        heappush(heap, (-known[leader][-1], leader, True))


def _added(pool: Pool, covers: FloatArray, volumes: FloatArray, members: Sequence[int]) -> FloatArray:
    """Return the gain `(n,)` of adding each candidate to the members; 0 for the members."""
    best, sums = covers[members].max(axis=0), volumes[members].sum(axis=0)
    by_trade = np.maximum(covers - best, 0) @ pool.trade
    by_volume = (np.minimum(1, volumes + sums) - np.minimum(1, sums)) @ pool.volume
    gains: FloatArray = np.round(by_trade + by_volume, DECIMALS)
    gains[members] = 0
    return gains


def _ceilings(value: float, gains: FloatArray) -> list[float]:
    """Return upper bounds for sizes 2 to 5: the value plus the highest gains, at most 1."""
    count = min(MOST - 1, len(gains))
    highest = np.sort(np.partition(gains, len(gains) - count)[len(gains) - count :])[::-1]
    sums = np.cumsum(np.concatenate([highest, np.zeros(MOST - 1 - count)]))
    # Half a unit in the last decimal for each rounded gain.
    return [float(min(1.0, value + total + MOST * 10.0**-DECIMALS)) for total in sums]


def _chain(pool: Pool, leader: int) -> tuple[list[int], list[float], FloatArray]:
    """Return a leader with its greedy partners, upper bounds for sizes 2 to 5, and the gains at the leader `(n,)`."""
    covers, volumes = pool.under(leader)
    chain = [leader]
    bounds = [1.0] * (MOST - FEWEST + 1)
    first: FloatArray = np.zeros(len(pool.ids))
    while True:
        gains = _added(pool, covers, volumes, chain)
        if len(chain) == 1:
            first = gains
        now = _ceilings(value_under(pool, covers, volumes, chain), gains)
        bounds = [min(pair) for pair in zip(bounds, now, strict=True)]
        best = int(gains.argmax())
        if len(chain) == MOST or gains[best] <= 0:
            return chain, bounds, first
        chain.append(best)


def _keep(best_by_size: dict[int, Choice], choice: Choice) -> bool:
    """Keep a choice if it has the highest value of its size, then the smallest rows, then the smallest leader."""
    size = len(choice.rows)
    known = best_by_size.get(size)
    if known and (-known.value, known.rows, known.leader) <= (-choice.value, choice.rows, choice.leader):
        return False
    best_by_size[size] = choice
    return True


@lru_cache(maxsize=128)
def _subsets(n: int, size: int) -> IntArray:
    """Return all sets of `size` of the first n numbers, `(count, size)`, in lexical order."""
    return np.array(list(combinations(range(n), size)), np.int64).reshape(-1, size)
