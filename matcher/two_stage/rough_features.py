"""Features as rough columns give them: the most and the least that they can be."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from matcher.eligibility import AREA_TOLERANCE_KM
from matcher.features import LOCAL_STEEPNESS, SAID_FROM, Measured, Pairs, best_class, distance_km
from matcher.geography import great_circle_km
from matcher.index import ActorIndex
from matcher.retrieval.rough_places import FAR_SHARE, NEAR_KM
from matcher.threads import each
from matcher.types import FloatArray, IntArray

# So much of a cosine of spellings may stay open: reading the rest would take as long again, and rules out few.
SPARE = 0.05
# How far a feature of rough distances is from the exact one at most.
ROUGHNESS = {"nearness": 1e-3, "local_reach": 6e-3}


class RoughTexts(NamedTuple):
    """Upper bounds of features of texts and classes `(n,)`, by name, NaN where unknown; and how wide they are."""

    most: dict[str, FloatArray]
    widths: dict[str, float]

    def of(self, rows: slice | IntArray) -> RoughTexts:
        """Return the bounds of some rows."""
        return RoughTexts({name: values[rows] for name, values in self.most.items()}, self.widths)

    def beside(self, others: RoughTexts) -> RoughTexts:
        """Return these bounds and others of the same rows."""
        return RoughTexts({**self.most, **others.most}, {**self.widths, **others.widths})

    def high(self) -> Measured:
        """Return the features at their most."""
        return Measured(self.most)

    def low(self) -> Measured:
        """Return the features at their least."""
        return Measured({name: values - np.float32(self.widths[name]) for name, values in self.most.items()})


def rough_words(pairs: Pairs) -> RoughTexts:
    """Return the bounds by words and classes, for one opportunity and all units of an index."""
    opportunities, columns = pairs.opportunities, pairs.actors.retrieval

    def of_words() -> tuple[FloatArray, float]:
        return columns.words.similarity(opportunities.words, 0.0)

    def of_spelling() -> tuple[FloatArray, float]:
        return columns.spelling.similarity(opportunities.spelling, SPARE)

    def of_sector() -> tuple[FloatArray, float]:
        return best_class(opportunities.affinity, columns.naf, columns.naf_sure)[columns.trade_of], 0.0

    # The longest first: it leaves the others to whoever helps.
    found = each(lambda part: part(), (of_spelling, of_words, of_sector))
    most, widths = zip(*found, strict=True)
    names = ("spelling", "words", "sector")
    return RoughTexts(dict(zip(names, most, strict=True)), dict(zip(names, widths, strict=True)))


def rough_phrases(pairs: Pairs, rows: IntArray | None) -> RoughTexts:
    """Return the bounds by phrases, for one opportunity and some units of an index, at least one, or all."""
    opportunities, actors = pairs.opportunities, pairs.actors
    low, high = pairs.similarity_range
    scale = 1 / (high - low)

    def rescaled(cosines: FloatArray, least: float) -> FloatArray:
        """Return `(place − least) / (1 − least)`, place on the encoder's range, within [0, 1]."""
        factor = scale / (1 - least)
        places = cosines * np.float32(factor)
        places -= np.float32(low * factor + least / (1 - least))
        return np.clip(places, np.float32(0), np.float32(1), out=places)

    codes = actors.retrieval.phrases
    if rows is None:
        cosine, own, width = codes.highest(opportunities.phrases)
    else:
        cosine, own, width = codes.highest_of(opportunities.phrases, actors.phrases, actors.own_phrases, rows)
    most = {"semantic": rescaled(cosine, 0), "said": rescaled(own, SAID_FROM)}
    return RoughTexts(most, {"semantic": width * scale, "said": width * scale / (1 - SAID_FROM)})


def rough_distances(pairs: Pairs, units: ActorIndex, rows: slice | IntArray) -> FloatArray:
    """Return about how far some units are `(n,)`, in km: on the same side of each unit's radius as they are.

    pairs: with all units of an index. units: some of them, those of the rows.
    """
    here, there = pairs.opportunities.places, units.places
    km = pairs.actors.retrieval.places.km(here.lat, here.lon, rows)
    limit = units.radius_km + AREA_TOLERANCE_KM
    limit -= km
    np.abs(limit, out=limit)
    unsure = np.flatnonzero(limit <= NEAR_KM + FAR_SHARE * km)
    km[unsure] = great_circle_km(here.lat, here.lon, there.lat[unsure], there.lon[unsure])
    return km


def rough_value(pairs: Pairs, name: str, measured: Measured) -> FloatArray:
    """Return a feature `(n,)`, but for ROUGHNESS; measured: of the same pairs, whose distances are rough."""
    if name != "local_reach":
        return measured.column(pairs, name)
    return rough_local(distance_km(pairs) / pairs.actors.local_km)


def rough_local(ratio: FloatArray) -> FloatArray:
    """Return local reach `(n,)` of distances in parts of it, in their place."""
    np.minimum(ratio, np.float32(10), out=ratio)
    ratio -= np.float32(1.5)
    ratio *= np.float32(LOCAL_STEEPNESS)
    np.exp(ratio, out=ratio)
    ratio += np.float32(1)
    return np.reciprocal(ratio, out=ratio)
