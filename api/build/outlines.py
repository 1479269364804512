"""Draw the outlines of Drôme and Ardèche for the desk's map, from the points of communes (docs/places.md).

Every place belongs to the commune whose point is nearest (Voronoi cells): a département's outline is the border between
its cells and those of others. It is off by a few kilometres where communes are wide; enough to see on which side of the
Rhône somebody is, and no survey.

    python -m api.build.outlines
"""

import csv
import json
import math
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.spatial import Voronoi

ROOT = Path(__file__).resolve().parents[2]
COMMUNES = ROOT / "api" / "resources" / "communes.csv"
OUTLINES = ROOT / "api" / "pages" / "static" / "outlines.json"
NAMES = {"07": "Ardèche", "26": "Drôme"}
# At this latitude a degree of longitude is that much shorter than one of latitude.
SHRINK = math.cos(math.radians(44.8))
DECIMALS = 3


def outlines(departments: Sequence[str], points: np.ndarray) -> dict[str, list[list[list[float]]]]:
    """Return, by département of NAMES, its rings of [longitude, latitude]; a ring inside another is a hole.

    points: (n, 2) longitudes and latitudes of communes, no two alike, the départements around included;
    departments: theirs. Raises ValueError where those around are missing.
    """
    flat = points * [SHRINK, 1]
    cells = Voronoi(flat)
    found = {}
    for code in NAMES:
        following: dict[int, list[int]] = defaultdict(list)
        for (one, other), (start, end) in zip(cells.ridge_points, cells.ridge_vertices, strict=True):
            inside, outside = departments[one] == code, departments[other] == code
            if inside == outside:
                continue
            if -1 in (start, end):
                raise ValueError(f"{code}: its outline is open; the communes around are missing")
            first, last = cells.vertices[start], cells.vertices[end]
            middle = flat[one if inside else other]
            # Each border runs with its département on the left, so that what begins at a corner also ends at one.
            along, across = last - first, middle - first
            left = along[0] * across[1] > along[1] * across[0]
            following[start if left else end].append(end if left else start)
        found[code] = _rings(following, cells.vertices / [SHRINK, 1])
    return found


def _rings(following: dict[int, list[int]], corners: np.ndarray) -> list[list[list[float]]]:
    rings = []
    while following:
        start = at = min(following)
        ring = [start]
        while True:
            after = following[at].pop()
            if not following[at]:
                del following[at]
            ring.append(after)
            if after == start:
                break
            at = after
        rings.append([[round(float(x), DECIMALS) for x in corners[one]] for one in ring])
    return sorted(rings, key=len, reverse=True)


def read_communes() -> tuple[list[str], np.ndarray]:
    """Return the départements and the points (n, 2) of all communes, each point once."""
    with COMMUNES.open(encoding="utf-8", newline="") as file:
        rows = {(float(row["lon"]), float(row["lat"])): row["department"] for row in csv.DictReader(file) if row["lat"]}
    return list(rows.values()), np.array(list(rows))


if __name__ == "__main__":
    drawn = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"code": code, "name": NAMES[code]},
                "geometry": {"type": "Polygon", "coordinates": rings},
            }
            for code, rings in outlines(*read_communes()).items()
        ],
    }
    OUTLINES.write_text(json.dumps(drawn, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")
