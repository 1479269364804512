"""How far something is from a place that was asked."""

from collections.abc import Sequence

from matcher.geography import great_circle_km
from matcher.types import Point


def km_between(point: Point | None, asked: Sequence[Point]) -> float | None:
    """Return the kilometres to the nearest of some points, None where either is unknown."""
    if point is None or not asked:
        return None
    return min(float(great_circle_km(point.lat, point.lon, place.lat, place.lon)) for place in asked)
