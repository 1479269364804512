"""Distances between places, and départements."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import TypeAlias

import numpy as np

from matcher.types import FloatArray, Point

Degrees: TypeAlias = FloatArray | float

EARTH_RADIUS_KM = 6371.0088  # mean radius (IUGG)


def great_circle_km(lat_a: Degrees, lon_a: Degrees, lat_b: Degrees, lon_b: Degrees) -> FloatArray:
    """Return distances in km between points in degrees, broadcast; NaN where a point is unknown (haversine formula)."""
    phi_a, phi_b = np.radians(lat_a, dtype=np.float64), np.radians(lat_b, dtype=np.float64)
    half_phi = (phi_b - phi_a) / 2
    half_lambda = np.radians(np.asarray(lon_b, np.float64) - np.asarray(lon_a, np.float64)) / 2
    chord = np.sin(half_phi) ** 2 + np.cos(phi_a) * np.cos(phi_b) * np.sin(half_lambda) ** 2
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(chord, 0, 1))), np.float32)


def department_middle(code: str | None) -> Point | None:
    """Return the middle of a French département, inexact; None where the code is unknown."""
    return _middles().get(code or "")


def department_of(commune: str) -> str:
    """Return the département of a commune's INSEE code."""
    return commune[:3] if commune.startswith("97") else commune[:2]


@cache
def _middles() -> dict[str, Point]:
    """`resources/departments.csv`: means of known places by population (made by `api.build.places`)."""
    text = files("matcher.resources").joinpath("departments.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    return {row["code"]: Point(float(row["lat"]), float(row["lon"]), exact=False) for row in rows}
