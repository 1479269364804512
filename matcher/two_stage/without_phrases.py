"""The most that logits can be, whatever phrases say: by words, classes, places, and what standing columns tell.

Vectors of phrases take longest to read. Most actors of a country are too far, or of another trade by all else.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from matcher.features import COUNTED, FEATURES, OPPORTUNITY_HALF_LIFE_DAYS, Pairs, recency
from matcher.scoring import Weights
from matcher.threads import each
from matcher.two_stage.portions import MOST_UNITS, Portion
from matcher.two_stage.rough_features import ROUGHNESS, RoughTexts, rough_local
from matcher.two_stage.rough_pairs import ROUNDING
from matcher.two_stage.standing import STANDING, Standing, at_best, standing_of
from matcher.types import FloatArray, IntArray


def without_phrases(pairs: Pairs, weights: Weights, texts: RoughTexts, portion: Portion) -> tuple[FloatArray, Standing]:
    """Return the most that logits of a portion's units `(n,)` can be in one role, and what stands of them.

    pairs, texts: of all units of an index; texts with phrases, if they are known. weights: as they are shown.
    """
    standing = standing_of(pairs, weights, portion)
    most = np.empty(portion.count, np.float32)

    def bound(start: int) -> None:
        own = slice(start, min(start + MOST_UNITS, portion.count))
        rows = own if isinstance(portion.rows, slice) else portion.rows[own]
        most[own] = _most(pairs, weights, texts.of(rows), standing.of(own), rows)

    each(bound, range(0, portion.count, MOST_UNITS))
    return most, standing


def with_phrases(pairs: Pairs, weights: Weights, most: FloatArray, phrases: RoughTexts) -> FloatArray:
    """Return the most that logits of some units `(n,)` can be, where their phrases are known too.

    most: `(n,)` of them without. phrases: the bounds of the same units.
    """
    for name in sorted(COUNTED[pairs.role] & phrases.most.keys()):
        if weights.values[name]:
            part = _of_text(weights, name, phrases)
            part -= np.float32(at_best(weights, name))
            most = most + part
    return most


def _of_text(weights: Weights, name: str, texts: RoughTexts) -> FloatArray:
    """Return the most that a feature of texts adds `(n,)`."""
    weight = weights.values[name]
    part = texts.most[name] * np.float32(weight)
    if weight < 0:
        part -= np.float32(weight * texts.widths[name])
    np.copyto(part, np.float32(weight * weights.neutral[name]), where=np.isnan(part))
    return part


def _most(pairs: Pairs, weights: Weights, texts: RoughTexts, standing: Standing, rows: slice | IntArray) -> FloatArray:
    counted = COUNTED[pairs.role]
    total, km = standing.most + np.float32(_known(pairs, weights, texts)), _straight_km(pairs, rows)
    for name in FEATURES:
        weight, neutral = weights.values[name], weights.neutral[name]
        if name not in counted or name in STANDING or not weight:
            continue
        if name in texts.most:
            total += _of_text(weights, name, texts)
        elif name in _PLACED and weight > 0:
            part = _PLACED[name](km, standing)
            part *= np.float32(weight)
            np.copyto(part, np.float32(weight * neutral), where=np.isnan(part))
            total += part
    return total


def _known(pairs: Pairs, weights: Weights, texts: RoughTexts) -> float:
    """Return what is the same for all units, with what rounding may add."""
    known, counted = weights.bias + ROUNDING, COUNTED[pairs.role]
    for name in FEATURES:
        weight, neutral = weights.values[name], weights.neutral[name]
        known += abs(weight) * (ROUNDING + ROUGHNESS.get(name, 0.0))
        if name not in counted:
            known += weight * neutral
        elif (name in ("semantic", "said") and name not in texts.most) or (name in _PLACED and weight < 0):
            known += at_best(weights, name)
    published = pairs.opportunities.published_on
    weight = weights.values["freshness"]
    if "freshness" in counted and weight > 0 and not np.isnan(published[0]):
        # Standing columns are those of a case of today, which counts for half.
        age = recency(pairs.today.toordinal() - published, OPPORTUNITY_HALF_LIFE_DAYS)
        known -= weight * (1 - float(age[0])) / 2
    return known


def _straight_km(pairs: Pairs, rows: slice | IntArray) -> FloatArray:
    """Return distances `(n,)` through the earth: never farther than the way over it."""
    here = pairs.opportunities.places
    return pairs.actors.retrieval.places.straight_km(here.lat, here.lon, rows)


def _near(km: FloatArray, standing: Standing) -> FloatArray:
    near = km * standing.steepness
    return np.exp(near, out=near)


def _local(km: FloatArray, standing: Standing) -> FloatArray:
    return rough_local(km * standing.locality)


_PLACED: dict[str, Callable[[FloatArray, Standing], FloatArray]] = {"nearness": _near, "local_reach": _local}
