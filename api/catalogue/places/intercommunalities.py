"""Groups of communes (CC, CA, métropole) and the communes in each: `resources/intercommunalities.csv`."""

import csv
from functools import cache
from importlib.resources import files


@cache
def intercommunality_names() -> dict[str, str]:
    """Return the name of each intercommunality by its code (SIREN)."""
    return {row["code"]: row["name"] for row in _rows()}


@cache
def intercommunality_of_communes() -> dict[str, str]:
    """Return the code of the intercommunality of each commune."""
    return {commune_code: row["code"] for row in _rows() for commune_code in row["communes"].split()}


@cache
def intercommunality_points(departments: frozenset[str]) -> dict[str, tuple[float, float]]:
    """Return where each intercommunality with a commune in these départements is: (latitude, longitude), in degrees.

    It is the middle of its communes there, each counted by its inhabitants.
    """
    text = files("api.resources").joinpath("communes.csv").read_text("utf-8")
    weights: dict[str, list[tuple[float, float, float]]] = {}
    of_communes = intercommunality_of_communes()
    for row in csv.DictReader(text.splitlines()):
        if row["department"] in departments and (code := of_communes.get(row["code"])):
            weights.setdefault(code, []).append((float(row["population"] or 1), float(row["lat"]), float(row["lon"])))
    points = {}
    for code, communes in weights.items():
        people = sum(weight for weight, _, _ in communes)
        lat, lon = (sum(commune[0] * commune[side] for commune in communes) / people for side in (1, 2))
        points[code] = (round(lat, 3), round(lon, 3))
    return points


def _rows() -> list[dict[str, str]]:
    text = files("api.resources").joinpath("intercommunalities.csv").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))
