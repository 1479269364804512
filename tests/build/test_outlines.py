"""The outlines on the desk's map: which side of the Rhône a commune lies on is told right."""

import json

from api.build.outlines import NAMES, OUTLINES, outlines, read_communes


def inside(ring: list[list[float]], lon: float, lat: float) -> bool:
    """Whether a ray to the east crosses the ring an odd number of times."""
    crossed = False
    for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True):
        if (y1 > lat) != (y2 > lat) and lon < x1 + (lat - y1) * (x2 - x1) / (y2 - y1):
            crossed = not crossed
    return crossed


def test_every_commune_lies_in_its_own_departement_and_in_no_other() -> None:
    drawn = json.loads(OUTLINES.read_text("utf-8"))["features"]
    rings = {one["properties"]["code"]: one["geometry"]["coordinates"] for one in drawn}
    assert set(rings) == set(NAMES)
    wrong = [
        (code, lon, lat)
        for own, (lon, lat) in zip(*read_communes(), strict=True)
        for code, parts in rings.items()
        if (sum(inside(ring, lon, lat) for ring in parts) % 2 == 1) != (own == code)
    ]
    assert wrong == []


def test_what_is_served_is_what_the_communes_give() -> None:
    drawn = json.loads(OUTLINES.read_text("utf-8"))["features"]
    assert {one["properties"]["code"]: one["geometry"]["coordinates"] for one in drawn} == outlines(*read_communes())
