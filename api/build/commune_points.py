"""Where each commune lies: the point of GeoNames, or the middle of its rectangle."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

# GeoNames gives some overseas départements a country code of their own.
COUNTRIES = frozenset({"FR", "GP", "MQ", "GF", "RE", "YT"})

# How far outside its commune's rectangle a GeoNames place may lie: rectangles are rounded, and limits move a little.
BOX_MARGIN_DEGREES = 0.005


@dataclass(frozen=True)
class Located:
    """A point in degrees (WGS 84), and where it comes from."""

    lat: float
    lon: float
    source: str


@dataclass(frozen=True)
class Box:
    """A rectangle in degrees."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, lat: float, lon: float, margin: float = BOX_MARGIN_DEGREES) -> bool:
        inside_lat = self.south - margin <= lat <= self.north + margin
        return inside_lat and self.west - margin <= lon <= self.east + margin

    def middle(self, source: str) -> Located:
        return Located((self.south + self.north) / 2, (self.west + self.east) / 2, source)


def normalize_name(name: str) -> str:
    """Return a name without accents, case, ligatures, hyphens, apostrophes or abbreviations."""
    spread_name = name.replace("œ", "oe").replace("Œ", "Oe")
    decomposed_name = unicodedata.normalize("NFKD", spread_name)
    bare_letters = "".join(c for c in decomposed_name if not unicodedata.combining(c)).lower()
    words = re.sub(r"[^a-z0-9]+", " ", bare_letters).split()
    full_words = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes", "lez": "les"}
    return " ".join(full_words.get(word, word) for word in words)


class Points:
    """Finds the point of a commune: that of GeoNames, else the middle of the commune's rectangle."""

    def __init__(self, boxes: Iterable[dict[str, Any]], cities: Iterable[dict[str, Any]]) -> None:
        self._boxes = {box_row["id"].rsplit(":", 1)[-1]: Box(*box_row["bbox"]) for box_row in boxes}
        self._by_name: dict[str, list[dict[str, Any]]] = {}
        self._by_other_name: dict[str, list[dict[str, Any]]] = {}
        for city in cities:
            if city["countrycode"] not in COUNTRIES:
                continue
            own_name = normalize_name(city["name"])
            self._by_name.setdefault(own_name, []).append(city)
            for other_name in {normalize_name(alternate_name) for alternate_name in city["alternatenames"]} - {
                own_name,
                "",
            }:
                self._by_other_name.setdefault(other_name, []).append(city)

    def find(self, code: str, names: Sequence[str], former_codes: Sequence[str]) -> Located | None:
        """Return the point of a commune, known under `names` (today's first), or None.

        A GeoNames place counts only where it lies inside the commune's rectangle.
        """
        commune_box = self._boxes.get(code)
        point_source = "rectangle"
        if commune_box is None:
            former_boxes = [self._boxes[former_code] for former_code in former_codes if former_code in self._boxes]
            if not former_boxes:
                return None
            point_source = "former rectangles"
            commune_box = Box(
                min(former_box.west for former_box in former_boxes),
                min(former_box.south for former_box in former_boxes),
                max(former_box.east for former_box in former_boxes),
                max(former_box.north for former_box in former_boxes),
            )
        for cities_by_name in (self._by_name, self._by_other_name):
            for name in names:
                inside_cities = [
                    city
                    for city in cities_by_name.get(normalize_name(name), [])
                    if commune_box.holds(city["latitude"], city["longitude"])
                ]
                if inside_cities:
                    best_city = min(inside_cities, key=lambda city: (-city["population"], city["geonameid"]))
                    return Located(best_city["latitude"], best_city["longitude"], "geonames")
        return commune_box.middle(point_source)


def locate(communes: Sequence[dict[str, Any]], other_names: dict[str, list[str]], points: Points) -> dict[str, Located]:
    """Return the point of each commune of today that has one.

    `other_names` are the names under which a code was or is also known: a merged commune keeps the code of its seat.
    One without any point takes the mean of those that share a postcode with it.
    """
    located: dict[str, Located] = {}
    for commune in communes:
        commune_names = [commune["nom"], *other_names.get(commune["code"], [])]
        point = points.find(commune["code"], commune_names, commune.get("anciensCodes", []))
        if point is not None:
            located[commune["code"]] = point
    by_postcode: dict[str, list[Located]] = {}
    for commune in communes:
        for postcode in commune.get("codesPostaux", []):
            if commune["code"] in located:
                by_postcode.setdefault(postcode, []).append(located[commune["code"]])
    for commune in communes:
        near_points = [
            near_point for code in commune.get("codesPostaux", []) for near_point in by_postcode.get(code, [])
        ]
        if commune["code"] not in located and near_points:
            lat = sum(near_point.lat for near_point in near_points) / len(near_points)
            lon = sum(near_point.lon for near_point in near_points) / len(near_points)
            located[commune["code"]] = Located(lat, lon, "same postcode")
    return located
