"""Shapley values: each member's share of a coalition's value."""

from __future__ import annotations

from itertools import combinations
from math import factorial

import numpy as np

from matcher.coalition.pool import Pool, value_by_need
from matcher.coalition.selection import Choice
from matcher.types import FloatArray


def shapley(pool: Pool, choice: Choice) -> FloatArray:
    """Return each member's share of the value of each need, `(len(choice.rows), 2, m)`: by trade, by volume.

    φᵢ = Σ_{T⊆S∖i} |T|! (|S|−|T|−1)! / |S|! · (f(T∪i) − f(T)), over the 2^|S| subsets: at most 32 (Shapley 1953). φ is
    linear in f, so it is taken need by need; the shares sum to the value.
    """
    covers, volumes = pool.under(choice.leader)
    rows, size = choice.rows, len(choice.rows)
    worth = {
        part: value_by_need(pool, covers, volumes, part)
        for count in range(size + 1)
        for part in combinations(rows, count)
    }
    shares = np.zeros((size, 2, len(pool.trade)))
    for position, row in enumerate(rows):
        others = [other for other in rows if other != row]
        for count in range(size):
            weight = factorial(count) * factorial(size - count - 1) / factorial(size)
            for before in combinations(others, count):
                shares[position] += weight * (worth[tuple(sorted((*before, row)))] - worth[before])
    return shares
