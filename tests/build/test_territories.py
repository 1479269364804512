"""The intercommunalities on the map of takeovers to come: every commune lies in its own."""

import json

from api.build.territories import OUTSIDE, TERRITORIES, drawn_territories, read_communes
from tests.build.test_outlines import inside


def test_every_commune_lies_in_its_own_intercommunality_and_in_no_other() -> None:
    drawn = json.loads(TERRITORIES.read_text("utf-8"))["features"]
    rings = {one["properties"]["code"]: one["geometry"]["coordinates"] for one in drawn}
    territories, points = read_communes()
    assert set(rings) == set(territories) - {OUTSIDE}
    wrong = [
        (code, point)
        for code, parts in rings.items()
        for own, point, lies_in in zip(territories, points, inside(parts, points), strict=True)
        if lies_in != (own == code)
    ]
    assert wrong == []


def test_what_is_served_is_what_the_communes_give() -> None:
    drawn = json.loads(TERRITORIES.read_text("utf-8"))["features"]
    assert {one["properties"]["code"]: one["geometry"]["coordinates"] for one in drawn} == drawn_territories()
