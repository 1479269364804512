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
        here, squares = _points(lat, lon), np.float32(0)
        for mine, its in zip(self.points[:, rows], here, strict=True):
            apart = mine - its
            apart *= apart
            squares = squares + apart
        chord = np.sqrt(squares)
        chord *= np.float32(0.5)
        np.minimum(chord, np.float32(1), out=chord)
        km: FloatArray = np.arcsin(chord, out=chord)
        km *= np.float32(2 * EARTH_RADIUS_KM)
        return km


def _points(lat: FloatArray, lon: FloatArray) -> FloatArray:
    phi, lambda_ = np.radians(lat, dtype=np.float64), np.radians(lon, dtype=np.float64)
    return np.stack([np.cos(phi) * np.cos(lambda_), np.cos(phi) * np.sin(lambda_), np.sin(phi)]).astype(np.float32)
