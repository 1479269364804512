"""Invented companies with directors, in the exact form of the service, for « reprises à venir »."""

import copy
from collections.abc import Iterator
from random import Random
from typing import Any

from api.core import official_codes
from api.demo import recorded

# INSEE code, trade (section, NAF) of the companies of the demonstration.
COMMUNES = ("26362", "26198", "07186", "07010", "26220", "26108", "07019", "26113")
TRADES = (("F", "43.32A"), ("F", "41.20A"), ("C", "10.71C"), ("C", "25.62B"), ("G", "47.11B"), ("I", "56.10A"))


def employer(
    number: int,
    *,
    commune: str = "26362",
    trade: tuple[str, str] = ("F", "43.32A"),
    born: str = "1958-04",
    founded: str = "1994-05-02",
    headcount_band: str = "02",
) -> dict[str, Any]:
    """Return a company, as the service gives it with all that it knows. born: of its only director."""
    section, naf = trade
    record: dict[str, Any] = copy.deepcopy(recorded.own_of("reprises_a_venir")[0])
    siren = _numbered(f"001{number:05}")
    shared_values = {
        "activite_principale": naf,
        "date_creation": founded,
        "tranche_effectif_salarie": headcount_band,
    }
    place_values = {"commune": commune, "siret": _numbered(f"{siren}0001"), "departement": commune[:2]}
    record |= shared_values | {"siren": siren, "section_activite_principale": section}
    record |= {"nom_complet": f"ESSAIS {number}", "nom_raison_sociale": f"ESSAIS {number}"}
    for place in (record["siege"], *record["matching_etablissements"]):
        place |= shared_values | place_values
    record["dirigeants"] = [
        {
            "nom": f"CANARI{number}",
            "prenoms": "CANARI",
            "annee_de_naissance": born[:4],
            "date_de_naissance": born,
            "qualite": "Gérant",
            "nationalite": "Française",
            "type_dirigeant": "personne physique",
        }
    ]
    return record


def demo_employers(count: int = 900) -> Iterator[dict[str, Any]]:
    """Yield companies of the demonstration, always the same."""
    rng = Random(26)  # noqa: S311 - invented companies
    for number in range(count):
        yield employer(
            number,
            commune=rng.choices(COMMUNES, range(len(COMMUNES), 0, -1))[0],
            trade=rng.choices(TRADES, range(len(TRADES), 0, -1))[0],
            born=f"{rng.randrange(1950, 2000)}-{rng.randrange(1, 13):02}",
            founded=f"{rng.randrange(1975, 2025)}-01-15",
            headcount_band=rng.choice(("01", "02", "03", "11", "12")),
        )


def _numbered(digits: str) -> str:
    """Return a number with its key, so that it is a SIREN or a SIRET."""
    is_valid = official_codes.siren if len(digits) == 8 else official_codes.siret
    for key in "0123456789":
        try:
            return is_valid(digits + key)
        except ValueError:
            continue
    raise AssertionError("one of ten keys is right")
