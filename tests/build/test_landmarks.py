"""Towns, rivers and roads of the desk's map: what is served is what the communes give, and the Rhône parts the two."""

import json

from api.build.landmarks import LANDMARKS, common_border, landmarks
from api.build.outlines import NAMES, outlines, read_communes

SQUARE = [[[0.0, 0.0], [0.0, 1.0], [0.0, 2.0], [-1.0, 2.0], [-1.0, 0.0]]]
NEIGHBOUR = [[[0.0, 0.0], [1.0, 0.0], [1.0, 2.0], [0.0, 2.0], [0.0, 1.0]]]


def test_what_is_served_is_what_the_communes_give() -> None:
    assert json.loads(LANDMARKS.read_text("utf-8"))["features"] == landmarks()


def test_a_common_border_is_the_run_of_corners_that_both_outlines_have() -> None:
    assert common_border(SQUARE, NEIGHBOUR) == [[0.0, 0.0], [0.0, 1.0], [0.0, 2.0]]


def test_the_rhone_lies_on_both_outlines_from_north_to_south() -> None:
    rhone = next(one for one in landmarks() if one["properties"]["name"] == "Rhône")["geometry"]["coordinates"]
    rings = outlines(*read_communes())
    for code in NAMES:
        assert all(corner in rings[code][0] for corner in rhone)
    latitudes = [lat for _, lat in rhone]
    assert max(latitudes) - min(latitudes) > 0.8  # from Andance to Bourg-Saint-Andéol


def test_every_kind_is_drawn() -> None:
    kinds = {one["properties"]["kind"] for one in landmarks()}
    assert kinds == {"river", "road", "town"}
