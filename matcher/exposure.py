"""Sharing attention: who was shown often and never answered sinks a little, a newcomer is tried, and uncertainty too.

Order is by `z + t·o`: z the logits of the list as it stands, o an offset of each candidate in [−SINK, LIFT] (and what a
draw of the weights adds, cut at ±DOUBT), t in [0, 1] the largest of a few steps at which the list loses no more than
`most_loss` of its discounted gain. The gain is σ(logit): the score itself is believed, so that

    loss = max over cuts c ≤ k of  1 − DCG_c(new) / DCG_c(as it stood),   DCG_c = Σ_{r≤c} σ(z_(r)) / log₂(1 + r)

(Järvelin & Kekäläinen 2002). The bound holds by construction, since t = 0 changes nothing, and t > 0 is always found in
a list in the order of its scores: with offsets in a range Δ, the new r-th has z ≥ z_(r) − tΔ, because the r first had
keys above all that; then σ loses at most a factor e^(−tΔ), and so does every cut. See also Singh & Joachims 2018.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from matcher.features import FEATURES
from matcher.types import FloatArray, IntArray, OpportunityKind

# In units of logit: e^0.3 = 1.35 to one of odds is the most that a list may turn by the past alone.
SINK, LIFT = 0.3, 0.3
# After this many showings, half of what they can teach is known.
HALF_SHOWN = 10.0
# A newcomer's lift is halved with each of so many showings.
NEWCOMER_SHOWN = 3.0
# However unsure the weights are, a draw moves a candidate by at most this.
DOUBT = 1.0
# The part of a list's discounted gain that sharing may cost, at whatever cut.
MOST_LOSS = 0.03
STEPS = (1.0, 0.7, 0.5, 0.35, 0.25, 0.15, 0.1, 0.05, 0.02, 0.0)
DRAWS = 1000
DECIMALS = 9


# Sharing chooses among so many times the candidates that are shown.
POOL = 3


@dataclass(frozen=True)
class Attention:
    """What sharing goes by: how often each candidate (by id) was shown and answered, absent is never; the standard
    deviation of each weight, by kind; and where chance starts from.
    """

    shown: Mapping[str, int]
    answered: Mapping[str, int]
    deviations: Mapping[OpportunityKind, Mapping[str, float]]
    seed: tuple[int, ...]

    def about(self, subject: str) -> Attention:
        """Return the same with a chance of its own for a list about a subject."""
        return replace(self, seed=(*self.seed, zlib.crc32(subject.encode())))

    def explore(
        self, ids: Sequence[str], kind: OpportunityKind, logits: FloatArray, features: FloatArray, k: int
    ) -> Exploration:
        """Return what is shown of a list, best first: ids, logits `(n,)`, features `(n, d)` without unknown values."""
        spans = np.array([self.deviations[kind][name] for name in FEATURES])
        shown, answered = (np.array([told.get(one, 0) for one in ids]) for told in (self.shown, self.answered))
        rng = np.random.default_rng(self.seed)
        return explore(logits, features, np.diag(spans**2), shown, answered, k, rng)


@dataclass(frozen=True)
class Exploration:
    """What one draw showed, best first, and how likely each was.

    order: `(k,)` positions in the list as it stood. propensity: `(k,)` in ]0, 1], the share of `draws` that showed it
    among the k. at_rank: `(k,)` the share that showed it at that very rank. all: `(n,)` propensities of the whole list;
    they sum to k. The draw shown is one of those counted: an estimate is never 0, and 1/draws above it at most.
    """

    order: IntArray
    propensity: FloatArray
    at_rank: FloatArray
    all: FloatArray
    draws: int


def offsets(shown: IntArray, answered: IntArray) -> FloatArray:
    """Return each candidate's offset `(n,)` in [−SINK, LIFT], from how often it was shown and how often it answered.

    −SINK · (shown − answered) / (shown + HALF_SHOWN) + LIFT · 2^(−shown / NEWCOMER_SHOWN): who always answers never
    sinks, and never loses for being shown.
    """
    seen = np.maximum(np.asarray(shown, np.float64), 0)
    silent = seen - np.clip(answered, 0, seen)
    result: FloatArray = LIFT * np.exp2(-seen / NEWCOMER_SHOWN) - SINK * silent / (seen + HALF_SHOWN)
    return result


def spread(
    logits: FloatArray, shown: IntArray, answered: IntArray, k: int, *, most_loss: float = MOST_LOSS
) -> IntArray:
    """Return the positions `(min(k, n),)` of a list's new first k, best first. All arrays `(n,)`, best first.

    Candidates whose keys are equal keep their order. Scores are not changed, only the order.
    """
    order: IntArray = _reordered(np.asarray(logits, np.float64), offsets(shown, answered)[None, :], k, most_loss)[0]
    return order


def explore(
    logits: FloatArray,
    features: FloatArray,
    covariance: FloatArray,
    shown: IntArray,
    answered: IntArray,
    k: int,
    rng: np.random.Generator,
    *,
    most_loss: float = MOST_LOSS,
    draws: int = DRAWS,
) -> Exploration:
    """Return one draw of the list under weights drawn from their posterior (Thompson 1933), and its propensities.

    features: `(n, d)` as they are weighted, unknown ones replaced; covariance: `(d, d)` of the weights. Each of `draws`
    lists is spread as above, within the same loss; the first is the one to show. The same generator gives the same.
    """
    n, d = features.shape
    count = min(k, n)
    # The symmetric root is the one that does not depend on the signs of eigenvectors; a flat direction does no harm.
    spans, axes = np.linalg.eigh(covariance)
    root = (axes * np.sqrt(np.maximum(spans, 0))) @ axes.T
    doubts = np.clip(rng.standard_normal((draws, d)) @ root @ features.T, -DOUBT, DOUBT)
    orders = _reordered(np.asarray(logits, np.float64), offsets(shown, answered) + doubts, k, most_loss)
    order = orders[0]
    everyone = np.bincount(orders.ravel(), minlength=n) / draws
    return Exploration(order, everyone[order], (orders == order).mean(axis=0).reshape(count), everyone, draws)


def loss(logits: FloatArray, order: IntArray) -> float:
    """Return the most that the first of `order` lose against a list as it stood, over all cuts; 0 where nothing does.

    logits: `(n,)` best first; order: `(k,)` positions.
    """
    gains = _gains(np.asarray(logits, np.float64))
    return float(_losses(gains, np.asarray(order)[None, :])[0])


def _reordered(logits: FloatArray, moves: FloatArray, k: int, most_loss: float) -> IntArray:
    """Return the first k positions for each row of moves `(m, n)`, `(m, min(k, n))`, by the largest step allowed."""
    n = len(logits)
    # A list whose trades took turns is not in the order of its logits: it keeps its own at step 0.
    standing = np.minimum.accumulate(logits) if n else logits
    gains = _gains(logits)
    orders = np.tile(np.arange(min(k, n)), (len(moves), 1))
    waiting = np.arange(len(moves))
    for step in STEPS:
        keys = np.round(standing + step * moves[waiting], DECIMALS)
        tried = np.argsort(-keys, axis=1, kind="stable")[:, :k]
        fits = _losses(gains, tried) <= most_loss
        orders[waiting[fits]] = tried[fits]
        waiting = waiting[~fits]
        if not len(waiting):
            break
    return orders


def _gains(logits: FloatArray) -> FloatArray:
    gains: FloatArray = 1 / (1 + np.exp(-logits))
    return gains


def _losses(gains: FloatArray, orders: IntArray) -> FloatArray:
    """Return the highest loss over cuts `(m,)` of lists `(m, k)`."""
    count = orders.shape[1]
    if not count:
        return np.zeros(len(orders))
    discounts = 1 / np.log2(np.arange(2, count + 2))
    before = np.cumsum(gains[:count] * discounts)
    after = np.cumsum(gains[orders] * discounts, axis=1)
    worst: FloatArray = (1 - after / before).max(axis=1)
    return np.maximum(worst, 0)
