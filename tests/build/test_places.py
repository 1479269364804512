"""The place tables hold what the engine relies on."""

import csv
import math
import re

import pytest

from api.build import places as build_places
from api.build.commune_points import Located, Points, locate, normalize_name
from api.build.published_packages import fetch

FOLDERS = {
    "communes.csv": build_places.ROOT / "api/resources",
    "former_communes.csv": build_places.ROOT / "api/resources",
    "departments.csv": build_places.ROOT / "matcher/resources",
}

# West, south, east, north of each département, rounded outwards to a hundredth of a degree.
DEPARTMENT_BOXES = {
    "04": (5.49, 43.66, 6.97, 44.66),
    "05": (5.41, 44.18, 7.08, 45.13),
    "07": (3.86, 44.26, 4.89, 45.37),
    "26": (4.64, 44.11, 5.84, 45.35),
    "30": (3.26, 43.46, 4.85, 44.46),
    "38": (4.74, 44.69, 6.36, 45.89),
    "42": (3.68, 45.23, 4.77, 46.28),
    "43": (3.08, 44.74, 4.50, 45.43),
    "48": (2.98, 44.10, 4.00, 44.98),
    "69": (4.24, 45.45, 5.17, 46.31),
    "84": (4.64, 43.65, 5.76, 44.44),
}

# Where these communes are, written by hand to a hundredth of a degree, apart from the sources of the tables.
KNOWN_POINTS = {
    "26362": (44.93, 4.89),  # Valence
    "26198": (44.56, 4.75),  # Montélimar
    "26281": (45.05, 5.05),  # Romans-sur-Isère
    "26113": (44.75, 5.37),  # Die
    "26108": (44.73, 5.02),  # Crest
    "26220": (44.36, 5.14),  # Nyons
    "07186": (44.74, 4.60),  # Privas
    "07010": (45.24, 4.67),  # Annonay
    "07019": (44.62, 4.39),  # Aubenas
    "07324": (45.07, 4.83),  # Tournon-sur-Rhône
    "07064": (44.91, 4.43),  # Le Cheylard
    "38185": (45.19, 5.73),  # Grenoble
    "69123": (45.76, 4.84),  # Lyon
    "84007": (43.95, 4.81),  # Avignon
}

POINT_SOURCES = {"geonames", "rectangle", "former rectangles", "same postcode"}


def read(name: str) -> list[dict[str, str]]:
    with (FOLDERS[name] / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def communes() -> dict[str, dict[str, str]]:
    return {row["code"]: row for row in read("communes.csv")}


@pytest.fixture(scope="module")
def former() -> list[dict[str, str]]:
    return read("former_communes.csv")


def point(row: dict[str, str]) -> tuple[float, float]:
    return float(row["lat"]), float(row["lon"])


def kilometres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Return the great-circle distance of two (lat, lon)."""
    lat_a, lon_a, lat_b, lon_b = map(math.radians, (*a, *b))
    h = math.sin((lat_b - lat_a) / 2) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    return 2 * 6371 * math.asin(math.sqrt(h))


@pytest.mark.parametrize(("department", "count"), [("26", 362), ("07", 335)])
def test_all_communes_of_the_two_departements_are_there(communes, department, count):
    found = sum(row["department"] == department for row in communes.values())
    assert abs(found - count) <= 5


def test_every_neighbouring_departement_is_there(communes):
    assert {row["department"] for row in communes.values()} == build_places.DEPARTMENTS


@pytest.mark.parametrize("name", ["communes.csv", "former_communes.csv", "departments.csv"])
def test_codes_are_unique_well_formed_and_sorted(name):
    codes = [row["code"] for row in read(name)]
    pattern = r"\d[\dAB]\d?" if name == "departments.csv" else r"\d{5}"
    assert all(re.fullmatch(pattern, code) for code in codes)
    assert codes == sorted(set(codes))


def test_a_commune_s_code_starts_with_its_departement(communes):
    assert all(code.startswith(row["department"]) for code, row in communes.items())


def test_every_commune_has_a_name_and_fits_the_table(communes):
    assert all(0 < len(row["name"]) <= 100 for row in communes.values())
    assert all(len(row["point_source"]) <= 20 for row in communes.values())


def test_names_keep_their_accents(communes):
    names = {row["name"] for row in communes.values()}
    assert {"Montélimar", "Le Pouzin", "Saint-Péray", "Chomérac", "Étoile-sur-Rhône", "Hauterives"} <= names
    assert not any("�" in name or "Ã" in name for name in names)


def test_postcodes_are_five_digits(communes):
    for row in communes.values():
        assert re.fullmatch(r"\d{5}( \d{5})*", row["postcodes"]), row
    assert "26200" in communes["26198"]["postcodes"].split()


def test_populations_are_plausible(communes):
    population = {code: int(row["population"]) for code, row in communes.items()}
    assert min(population.values()) >= 0
    for department, low, high in [("26", 480_000, 560_000), ("07", 310_000, 360_000)]:
        total = sum(n for code, n in population.items() if communes[code]["department"] == department)
        assert low < total < high


def test_every_commune_has_a_point_inside_its_departement(communes):
    for row in communes.values():
        west, south, east, north = DEPARTMENT_BOXES[row["department"]]
        lat, lon = point(row)
        assert south <= lat <= north, row
        assert west <= lon <= east, row


def test_every_point_says_where_it_comes_from(communes):
    assert {row["point_source"] for row in communes.values()} <= POINT_SOURCES


@pytest.mark.parametrize("code", sorted(KNOWN_POINTS))
def test_known_communes_are_within_three_kilometres_of_where_they_are(communes, code):
    assert kilometres(point(communes[code]), KNOWN_POINTS[code]) < 3


def test_the_middle_of_a_wide_mountain_commune_is_within_five_kilometres_of_its_village(communes):
    lus_la_croix_haute = communes["26168"]
    assert lus_la_croix_haute["point_source"] == "rectangle"
    assert kilometres(point(lus_la_croix_haute), (44.66, 5.71)) < 5


def test_valence_and_guilherand_granges_are_close_though_in_two_departements(communes):
    valence, guilherand = communes["26362"], communes["07102"]
    assert (valence["department"], guilherand["department"]) == ("26", "07")
    assert kilometres(point(valence), point(guilherand)) < 5


def test_no_two_communes_share_a_point(communes):
    measured = [point(row) for row in communes.values() if row["point_source"] != "same postcode"]
    assert len(measured) == len(set(measured))


def test_every_former_commune_leads_to_a_commune_of_today(communes, former):
    for row in former:
        assert row["current_code"] in communes, row
        assert row["department"] == communes[row["current_code"]]["department"], row
        assert row["name"], row


def test_a_former_code_is_a_commune_of_today_only_as_the_seat_of_its_merger(communes, former):
    for row in former:
        if row["code"] in communes:
            assert row["current_code"] == row["code"], row


def test_mergers_and_districts_are_known(former):
    into = {row["code"]: row["current_code"] for row in former}
    assert into["07016"] == "07011"  # Asperjoc, in Vallées-d'Antraigues-Asperjoc
    assert into["07011"] == "07011"  # Antraigues-sur-Volane, its seat
    assert into["69381"] == "69123"  # Lyon's first district
    assert into["69232"] == "69123"  # Saint-Rambert-l'Île-Barbe, since 1963 in Lyon


def test_every_area_has_a_commune_that_is_known_and_its_name_is_its_own(communes):
    for path in ("intercommunalities.csv", "territories.csv"):
        with (build_places.ROOT / "api/resources" / path).open(encoding="utf-8", newline="") as stream:
            areas = list(csv.DictReader(stream))
        assert all(area["communes"] and set(area["communes"].split()) <= set(communes) for area in areas)
        assert len({area["name"] for area in areas}) == len(areas)


def test_all_departements_are_there_with_a_point_in_france():
    departments = {row["code"]: row for row in read("departments.csv")}
    assert len(departments) == 101
    assert {"2A", "2B", "26", "07", "971", "976"} <= departments.keys()
    for code, row in departments.items():
        lat, lon = point(row)
        if len(code) == 2:
            assert 41.3 < lat < 51.1, row
            assert -5.2 < lon < 9.6, row
    assert kilometres(point(departments["974"]), (-21.1, 55.5)) < 50
    assert kilometres(point(departments["26"]), (44.8, 4.95)) < 25


def test_the_tables_stay_small():
    assert (FOLDERS["communes.csv"] / "communes.csv").stat().st_size < 400_000


def test_names_compare_without_accents_or_abbreviations():
    assert normalize_name("St-Péray") == normalize_name("Saint-Peray") == "saint peray"
    assert normalize_name("Val-d'Œuvre") == normalize_name("VAL D’OEUVRE")


def test_a_namesake_outside_the_commune_gives_it_no_point():
    far = {"countrycode": "FR", "name": "Valence", "alternatenames": [], "population": 5000, "geonameid": 1}
    far |= {"latitude": 44.108, "longitude": 0.891}
    box = {"id": "fr:commune:26362", "name": "Valence", "bbox": [4.86, 44.88, 4.98, 44.98]}
    found = Points([box], [far]).find("26362", ["Valence"], [])
    assert found is not None
    assert (found.source, round(found.lat, 2), round(found.lon, 2)) == ("rectangle", 44.93, 4.92)


def test_a_commune_without_a_rectangle_takes_those_it_was_made_of():
    boxes = [{"id": f"fr:commune:0000{n}", "name": str(n), "bbox": [n, 44, n + 1, 45]} for n in (3, 5)]
    found = Points(boxes, []).find("00009", ["Neuve"], ["00003", "00005"])
    assert found == Located(44.5, 4.5, "former rectangles")


def test_a_commune_without_any_point_takes_the_mean_of_its_postcode():
    boxes = [{"id": "fr:commune:00001", "name": "A", "bbox": [4, 44, 5, 45]}]
    communes = [
        {"code": "00001", "nom": "A", "codesPostaux": ["26000"]},
        {"code": "00002", "nom": "B", "codesPostaux": ["26000"]},
        {"code": "00003", "nom": "C", "codesPostaux": ["07000"]},
    ]
    found = locate(communes, {}, Points(boxes, []))
    assert found["00002"] == Located(44.5, 4.5, "same postcode")
    assert "00003" not in found


def test_an_altered_archive_is_refused(tmp_path):
    (tmp_path / build_places.BOXES.archive).write_bytes(b"something else")
    with pytest.raises(ValueError, match="expected SHA-256"):
        fetch(build_places.BOXES, tmp_path, None, None)
