"""Draw the intercommunalities of Drôme and Ardèche for the map of takeovers to come (docs/places.md).

As `api.build.outlines` draws départements; of an intercommunality that lies in others too, the part in the two.

    python -m api.build.territories
"""

import csv
import json
from pathlib import Path

import numpy as np

from api.build.outlines import COMMUNES, NAMES, feature_collection, outlines
from api.catalogue.places.intercommunalities import intercommunality_names, intercommunality_of_communes

TERRITORIES = Path(__file__).resolve().parents[2] / "api" / "web" / "static" / "territories.json"
OUTSIDE = ""


def read_communes() -> tuple[list[str], np.ndarray]:
    """Return the intercommunality of each commune (`OUTSIDE`: not of the two départements) and the points (n, 2)."""
    territory_of = intercommunality_of_communes()
    with COMMUNES.open(encoding="utf-8", newline="") as csv_file:
        territory_by_point = {
            (float(row["lon"]), float(row["lat"])): territory_of.get(row["code"], OUTSIDE)
            if row["department"] in NAMES
            else OUTSIDE
            for row in csv.DictReader(csv_file)
            if row["lat"]
        }
    return list(territory_by_point.values()), np.array(list(territory_by_point))


def drawn_territories() -> dict[str, list[list[list[float]]]]:
    """Return the rings of each intercommunality of the two départements."""
    territories, points = read_communes()
    return outlines(territories, points, sorted(set(territories) - {OUTSIDE}))


if __name__ == "__main__":
    drawn = feature_collection(drawn_territories(), intercommunality_names())
    TERRITORIES.write_text(json.dumps(drawn, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")
