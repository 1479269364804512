"""Draw towns, rivers and roads for the desk's map, so that a place is recognised (docs/places.md).

`api/resources/landmarks.csv` names, for each river and road, the communes that it passes: it is drawn from the point of
one to the next. The Rhône is the border that the two outlines share, so that no commune lies on its wrong side.

    python -m api.build.landmarks
"""

import csv
import json
from pathlib import Path
from typing import Any

from api.build.outlines import COMMUNES, Rings, outlines
from api.build.outlines import read_communes as read_departments

LANDMARKS = Path(__file__).resolve().parents[2] / "api" / "web" / "static" / "landmarks.json"
NAMED = COMMUNES.with_name("landmarks.csv")


def landmarks() -> list[dict[str, Any]]:
    """Return GeoJSON features: lines of kind `river` or `road`, points of kind `town`.

    Raises KeyError where a commune is not known.
    """
    with COMMUNES.open(encoding="utf-8", newline="") as csv_file:
        points = {row["code"]: [float(row["lon"]), float(row["lat"])] for row in csv.DictReader(csv_file) if row["lat"]}
    rings = outlines(*read_departments())
    features = [_feature("river", "Rhône", common_border(rings["07"], rings["26"]))]
    with NAMED.open(encoding="utf-8", newline="") as csv_file:
        for row in csv.DictReader(csv_file):
            features.append(_feature(row["kind"], row["name"], [points[code] for code in row["communes"].split()]))
    return features


def common_border(first_rings: Rings, other_rings: Rings) -> list[list[float]]:
    """Return the longest run of corners of the first area's outline that lie on the other's too."""
    shared = {tuple(corner) for ring in other_rings for corner in ring}
    ring = max(first_rings, key=len)
    start = next(index for index, corner in enumerate(ring) if tuple(corner) not in shared)
    runs: list[list[list[float]]] = [[]]
    for corner in ring[start:] + ring[:start]:
        if tuple(corner) in shared:
            runs[-1].append(corner)
        elif runs[-1]:
            runs.append([])
    return max(runs, key=len)


def _feature(kind: str, name: str, points: list[list[float]]) -> dict[str, Any]:
    geometry = (
        {"type": "Point", "coordinates": points[0]} if kind == "town" else {"type": "LineString", "coordinates": points}
    )
    return {"type": "Feature", "properties": {"kind": kind, "name": name}, "geometry": geometry}


if __name__ == "__main__":
    drawn = {"type": "FeatureCollection", "features": landmarks()}
    LANDMARKS.write_text(json.dumps(drawn, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")
