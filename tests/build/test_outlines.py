"""The outlines on the desk's map: which side of the Rhône a commune lies on is told right."""

import json
from collections.abc import Sequence

import numpy as np

from api.build.outlines import NAMES, OUTLINES, outlines, read_communes


def inside(rings: list[list[list[float]]], points: Sequence[tuple[float, float]]) -> list[bool]:
    """Return, for each point, whether a ray to the east crosses the rings an odd number of times."""
    crossed = np.zeros(len(points), np.int64)
    lon, lat = (np.array(one)[:, None] for one in zip(*points, strict=True))
    for ring in rings:
        x1, y1 = np.array(ring).T
        x2, y2 = np.roll(x1, -1), np.roll(y1, -1)
        # An edge along the ray has no length to divide by, and is not crossed.
        rise = np.where(y1 == y2, 1, y2 - y1)
        crossed += (((y1 > lat) != (y2 > lat)) & (lon < x1 + (lat - y1) * (x2 - x1) / rise)).sum(axis=1)
    found: list[bool] = (crossed % 2 == 1).tolist()
    return found


def test_every_commune_lies_in_its_own_departement_and_in_no_other() -> None:
    drawn = json.loads(OUTLINES.read_text("utf-8"))["features"]
    rings = {one["properties"]["code"]: one["geometry"]["coordinates"] for one in drawn}
    assert set(rings) == set(NAMES)
    departments, points = read_communes()
    wrong = [
        (code, point)
        for code, parts in rings.items()
        for own, point, lies_in in zip(departments, points, inside(parts, points), strict=True)
        if lies_in != (own == code)
    ]
    assert wrong == []


def test_what_is_served_is_what_the_communes_give() -> None:
    drawn = json.loads(OUTLINES.read_text("utf-8"))["features"]
    assert {one["properties"]["code"]: one["geometry"]["coordinates"] for one in drawn} == outlines(*read_communes())
