"""Sharing attention: candidates often shown without an answer sink a little, newcomers and uncertain scores are tried.

Order is by `z + t·o`: z the logits of the list as it stands, o an offset of each candidate in [−SINK, LIFT] plus the
effect of a draw of the weights, clipped at ±DOUBT; t in [0, 1] the largest of a few steps at which the list loses at
most `most_loss` of its discounted gain. The gain is σ(logit), the score itself, so that

    loss = max over cuts c ≤ k of  1 − DCG_c(new) / DCG_c(as it stood),   DCG_c = Σ_{r≤c} σ(z_(r)) / log₂(1 + r)

(Järvelin & Kekäläinen 2002). The bound holds by construction, since t = 0 changes nothing. In a list in the order of
its scores some t > 0 always fits: with offsets in a range of width Δ, the new r-th has z ≥ z_(r) − tΔ, for the first r
had keys above that; σ then loses at most a factor e^(−tΔ), and so does every cut. See also Singh & Joachims 2018.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from matcher.features import FEATURES
from matcher.types import FloatArray, IntArray, Role

# In units of logit: past showings change the odds by a factor of at most e^0.3 = 1.35 each way.
SINK, LIFT = 0.3, 0.3
# Showings after which half of SINK applies to a candidate that never answered.
HALF_SHOWN = 10.0
# Showings that halve a newcomer's lift.
NEWCOMER_SHOWN = 3.0
# Largest change of a logit by a draw of the weights.
DOUBT = 1.0
# Largest share of a list's discounted gain that sharing may cost, at any cut.
MOST_LOSS = 0.03
STEPS = (1.0, 0.7, 0.5, 0.35, 0.25, 0.15, 0.1, 0.05, 0.02, 0.0)
DRAWS = 1000
DECIMALS = 9
# The pool from which k are shown has POOL·k candidates.
POOL = 3


@dataclass(frozen=True)
class Attention:
    """Data for sharing attention.

    shown, answered: counts by candidate id; an absent candidate was never shown. deviations: standard deviation of
    each weight, by role and feature. seed: of the random draws.
    """

    shown: Mapping[str, int]
    answered: Mapping[str, int]
    deviations: Mapping[Role, Mapping[str, float]]
    seed: tuple[int, ...]

    def about(self, subject: str) -> Attention:
        """Return the same with a seed of its own for the list about a subject."""
        return replace(self, seed=(*self.seed, zlib.crc32(subject.encode())))

    def explore(
        self, ids: Sequence[str], roles: Sequence[Role], logits: FloatArray, features: FloatArray, k: int
    ) -> Exploration:
        """Return the k to show of a list given best first: ids, roles, logits `(n,)`, features `(n, d)` without NaN.

        Each role's weights are drawn on their own.
        """
        present = [role for role in Role if role in roles]
        spans = np.array([self.deviations[role][name] for role in present for name in FEATURES])
        own = np.array([[role == other for other in present] for role in roles], np.float64)
        features = (own[:, :, None] * features[:, None, :]).reshape(len(features), len(spans))
        shown, answered = (
            np.array([counts.get(candidate, 0) for candidate in ids]) for counts in (self.shown, self.answered)
        )
        rng = np.random.default_rng(self.seed)
        return explore(logits, features, np.diag(spans**2), shown, answered, k, rng)


@dataclass(frozen=True)
class Exploration:
    """The list that one draw shows, and its propensities, estimated from `draws` draws.

    order: `(k,)`, positions in the list as it stood, best first. propensity: `(k,)` in ]0, 1], share of draws that show
    the candidate among the k. at_rank: `(k,)`, share that show it at that very rank. all: `(n,)`, propensities of the
    whole list; they sum to k. The draw shown is counted too, so estimates are never 0, and at most 1/draws too high.
    """

    order: IntArray
    propensity: FloatArray
    at_rank: FloatArray
    all: FloatArray
    draws: int


def offsets(shown: IntArray, answered: IntArray) -> FloatArray:
    """Return each candidate's offset `(n,)` in [−SINK, LIFT], from how often it was shown and how often it answered.

    −SINK · (shown − answered) / (shown + HALF_SHOWN) + LIFT · 2^(−shown / NEWCOMER_SHOWN): a candidate that always
    answers never sinks.
    """
    seen = np.maximum(np.asarray(shown, np.float64), 0)
    silent = seen - np.clip(answered, 0, seen)
    result: FloatArray = LIFT * np.exp2(-seen / NEWCOMER_SHOWN) - SINK * silent / (seen + HALF_SHOWN)
    return result


def spread(
    logits: FloatArray, shown: IntArray, answered: IntArray, k: int, *, most_loss: float = MOST_LOSS
) -> IntArray:
    """Return the positions `(min(k, n),)` of the new first k, best first. All arrays `(n,)`, best first.

    Equal keys keep their order. Scores are not changed, only the order.
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

    features: `(n, d)`, NaN replaced; covariance: `(d, d)` of the weights. Each of `draws` lists is reordered within the
    same loss as by `spread`; the first is the one to show. Equal generators give equal lists.
    """
    n, d = features.shape
    count = min(k, n)
    # The symmetric root does not depend on the signs of eigenvectors; directions without variance do no harm.
    spans, axes = np.linalg.eigh(covariance)
    root = (axes * np.sqrt(np.maximum(spans, 0))) @ axes.T
    doubts = np.clip(rng.standard_normal((draws, d)) @ root @ features.T, -DOUBT, DOUBT)
    orders = _reordered(np.asarray(logits, np.float64), offsets(shown, answered) + doubts, k, most_loss)
    order = orders[0]
    everyone = np.bincount(orders.ravel(), minlength=n) / draws
    return Exploration(order, everyone[order], (orders == order).mean(axis=0).reshape(count), everyone, draws)


def loss(logits: FloatArray, order: IntArray) -> float:
    """Return the largest loss of `order` against the list as it stood, over all cuts, at least 0.

    logits: `(n,)` best first; order: `(k,)` positions.
    """
    gains = _gains(np.asarray(logits, np.float64))
    return float(_losses(gains, np.asarray(order)[None, :])[0])


def _reordered(logits: FloatArray, moves: FloatArray, k: int, most_loss: float) -> IntArray:
    """Return the first k positions for each row of moves `(m, n)`, `(m, min(k, n))`, by the largest step allowed."""
    n = len(logits)
    # A diversified list is not in the order of its logits: at step 0 it keeps its own order.
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
