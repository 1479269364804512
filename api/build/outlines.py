"""Draw the outlines of Drôme and Ardèche for the desk's map, from the points of communes (docs/places.md).

Every place belongs to the commune whose point is nearest (Voronoi cells): a département's outline is the border between
its cells and those of others. It is off by a few kilometres where communes are wide, which is enough to see on which
side of the Rhône an actor is.

    python -m api.build.outlines
"""

import csv
import json
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from scipy.spatial import Voronoi

ROOT = Path(__file__).resolve().parents[2]
COMMUNES = ROOT / "api" / "resources" / "communes.csv"
OUTLINES = ROOT / "api" / "web" / "static" / "outlines.json"
NAMES = {"07": "Ardèche", "26": "Drôme"}
# At this latitude a degree of longitude is that much shorter than one of latitude.
SHRINK = math.cos(math.radians(44.8))
DECIMALS = 3


Rings: TypeAlias = list[list[list[float]]]


def outlines(areas: Sequence[str], points: np.ndarray, codes: Iterable[str] = tuple(NAMES)) -> dict[str, Rings]:
    """Return, by area of `codes`, its rings of [longitude, latitude]; a ring inside another is a hole.

    points: (n, 2) longitudes and latitudes of communes, no two alike, the départements around included;
    areas: the département of each, or another area. Raises ValueError where the communes around are missing.
    """
    flat_points = points * [SHRINK, 1]
    voronoi_cells = Voronoi(flat_points)
    rings_by_code = {}
    for code in codes:
        next_vertices: dict[int, list[int]] = defaultdict(list)
        for (point_index, other_index), (start_vertex, end_vertex) in zip(
            voronoi_cells.ridge_points, voronoi_cells.ridge_vertices, strict=True
        ):
            is_inside, is_outside = areas[point_index] == code, areas[other_index] == code
            if is_inside == is_outside:
                continue
            if -1 in (start_vertex, end_vertex):
                raise ValueError(f"{code}: its outline is open; the communes around are missing")
            first_corner, last_corner = voronoi_cells.vertices[start_vertex], voronoi_cells.vertices[end_vertex]
            cell_point = flat_points[point_index if is_inside else other_index]
            # Each border runs with its département on the left, so that what begins at a corner also ends at one.
            along_border, across_border = last_corner - first_corner, cell_point - first_corner
            on_left = along_border[0] * across_border[1] > along_border[1] * across_border[0]
            next_vertices[start_vertex if on_left else end_vertex].append(end_vertex if on_left else start_vertex)
        rings_by_code[code] = _rings(next_vertices, voronoi_cells.vertices / [SHRINK, 1])
    return rings_by_code


def _rings(next_vertices: dict[int, list[int]], corners: np.ndarray) -> Rings:
    rings = []
    while next_vertices:
        start_vertex = vertex = min(next_vertices)
        ring_vertices = [start_vertex]
        while True:
            next_vertex = next_vertices[vertex].pop()
            if not next_vertices[vertex]:
                del next_vertices[vertex]
            ring_vertices.append(next_vertex)
            if next_vertex == start_vertex:
                break
            vertex = next_vertex
        rings.append([[round(float(x), DECIMALS) for x in corners[corner_index]] for corner_index in ring_vertices])
    return sorted(rings, key=len, reverse=True)


def read_communes() -> tuple[list[str], np.ndarray]:
    """Return the départements and the points (n, 2) of all communes, each point once."""
    with COMMUNES.open(encoding="utf-8", newline="") as csv_file:
        department_by_point = {
            (float(row["lon"]), float(row["lat"])): row["department"] for row in csv.DictReader(csv_file) if row["lat"]
        }
    return list(department_by_point.values()), np.array(list(department_by_point))


def feature_collection(rings_by_code: Mapping[str, Rings], names: Mapping[str, str]) -> dict[str, Any]:
    """Return areas as GeoJSON."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"code": code, "name": names[code]},
                "geometry": {"type": "Polygon", "coordinates": rings},
            }
            for code, rings in rings_by_code.items()
        ],
    }


if __name__ == "__main__":
    drawn = feature_collection(outlines(*read_communes()), NAMES)
    OUTLINES.write_text(json.dumps(drawn, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")
