"""Where rows are, as points on a sphere: how far they are from a place in a few products of 32 bits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matcher.geography import EARTH_RADIUS_KM
from matcher.types import FloatArray, IntArray

# A rough distance lies within NEAR_KM and FAR_SHARE of itself from the exact one. Rounding weighs most on the other
# side of the earth: seven kilometres in 20,000.
NEAR_KM, FAR_SHARE = 0.005, 0.0005


@dataclass(frozen=True)
class RoughPlaces:
    """points: `(3, n)` float32 on the sphere of radius 1, NaN where a place is unknown."""

    points: FloatArray

    @classmethod
    def build(cls, lat: FloatArray, lon: FloatArray) -> RoughPlaces:
        """lat, lon: degrees `(n,)`."""
        return cls(_points(lat, lon))

    def km(self, lat: FloatArray, lon: FloatArray, rows: slice | IntArray) -> FloatArray:
        """Return about how far some rows are from one place `(1,)`, in km; NaN where either is unknown."""
        chord = self._chords(lat, lon, rows)
        chord *= np.float32(0.5)
        np.minimum(chord, np.float32(1), out=chord)
        km: FloatArray = np.arcsin(chord, out=chord)
        km *= np.float32(2 * EARTH_RADIUS_KM)
        return km

    def straight_km(self, lat: FloatArray, lon: FloatArray, rows: slice | IntArray) -> FloatArray:
        """Return `km` of the straight way through the earth: but for rounding, never more than over it."""
        straight = self._chords(lat, lon, rows)
        straight *= np.float32(EARTH_RADIUS_KM)
        return straight

    def _chords(self, lat: FloatArray, lon: FloatArray, rows: slice | IntArray) -> FloatArray:
        here = _points(lat, lon)
        squares = self.points[0, rows] - here[0]
        squares *= squares
        for mine, its in zip(self.points[1:, rows], here[1:], strict=True):
            apart = mine - its
            apart *= apart
            squares += apart
        chords: FloatArray = np.sqrt(squares, out=squares)
        return chords


def _points(lat: FloatArray, lon: FloatArray) -> FloatArray:
    phi, lambda_ = np.radians(lat, dtype=np.float64), np.radians(lon, dtype=np.float64)
    return np.stack([np.cos(phi) * np.cos(lambda_), np.cos(phi) * np.sin(lambda_), np.sin(phi)]).astype(np.float32)
