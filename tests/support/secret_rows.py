"""Rows of small random desks: actors, opportunities and what public sources say of them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from api.core.clock import today_in_france
from models.base import identifier
from models.tables import Actor, CompanyState, Lot, Opportunity, Provenance

EMAIL = "partenaire@exemple.invalid"
ACCOUNT, FACILITATOR = "aaaaaaaa-0000-4000-8000-000000000000", "bbbbbbbb-0000-4000-8000-000000000000"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
WORDS = ("tonte", "haies", "menuiserie", "bois", "fenêtres", "nettoyage", "vitres", "repas", "béton", "entretien")
PLACES = (("26", "26362"), ("26", "26113"), ("07", "07010"), ("07", "07186"), (None, None))
CODES = ("81.30Z", "43.32A", "81.21Z", "56.21Z")
KINDS = ("scop", "scic", "association", "ei", "esat", "company", "network", "cae", "employee_group")
Row = dict[str, Any]
Rows = Mapping[Any, Sequence[Row]]


def actor_row(key: str, **fields: Any) -> Row:
    base = {"natural_key": key, "content_hash": "", "source": "t", "source_id": key, "name": key, "kind": "scop"}
    known = base | {"id": identifier("actors", key), "created_at": LONG_AGO, "updated_at": LONG_AGO}
    return Actor(**(known | fields)).model_dump()


def opportunity_row(key: str, **fields: Any) -> Row:
    base = {"natural_key": key, "content_hash": "", "source": "t", "source_id": key, "title": key, "kind": "market"}
    known = base | {"id": identifier("opportunities", key), "created_at": LONG_AGO, "updated_at": LONG_AGO}
    return Opportunity(**(known | fields)).model_dump()


def words(rng: Random) -> str:
    return " ".join(rng.sample(WORDS, rng.randint(1, 3)))


def an_actor(rng: Random, prefix: str, number: int, **fields: Any) -> Row:
    department, commune = rng.choice(PLACES)
    known = {
        "name": f"{prefix} {words(rng)} {number}",
        "kind": rng.choice(KINDS),
        "activities": [words(rng) for _ in range(rng.randint(0, 2))],
        "naf": [{"code": code} for code in rng.sample(CODES, rng.randint(0, 1))],
        "department": department,
        "commune_code": commune,
        "headcount": rng.choice((None, 3, 12, 60)),
        "seeks": rng.choice(([], ["markets"], ["acquisitions"])),
    }
    return actor_row(f"{prefix}{number}", **(known | fields))


def an_opportunity(rng: Random, prefix: str, number: int, **fields: Any) -> Row:
    department, commune = rng.choice(PLACES)
    known = {
        "title": f"{prefix} {words(rng)} {number}",
        "description": rng.choice((None, words(rng))),
        "naf": [{"code": code} for code in rng.sample(CODES, rng.randint(0, 1))],
        "department": department,
        "commune_code": commune,
        "amount_eur": rng.choice((None, 9_000, 90_000)),
        "deadline": today_in_france() + timedelta(days=rng.choice((-3, 9, 40))),
        "status": rng.choice(("open", "open", "open", "open", "closed", "expected")),
    }
    return opportunity_row(f"{prefix}{number}", **(known | fields))


def lots(rng: Random, prefix: str, opportunity_id: str, count: int) -> list[Row]:
    named = [(identifier("lots", f"{prefix}{opportunity_id}{n}"), str(n)) for n in range(count)]
    return [
        Lot(id=one, opportunity_id=opportunity_id, number=number, title=words(rng)).model_dump()
        for one, number in named
    ]


def a_state(rng: Random, siret: str) -> Row:
    whole = rng.random() < 0.5
    return CompanyState(
        source="r",
        source_id=f"siren:{siret[:9]}" if whole else f"siret:{siret}",
        siren=siret[:9],
        siret=None if whole else siret,
        state=rng.choice(("open", "open", "closed", "insolvent")),
        reference="",
        said_at=LONG_AGO,
    ).model_dump()


def provenances(kind: str, rows: Sequence[Row]) -> list[Row]:
    """Return what a public source said of each of these rows: their names, among other words."""
    return [
        Provenance(
            source="boamp",
            source_id=row["source_id"],
            kind=kind,
            row_id=row["id"],
            reference=f"avis {row['source_id']}",
            last_values={"title": row.get("title") or row.get("name"), "department": row["department"]},
            said_at=LONG_AGO,
        ).model_dump()
        for row in rows
    ]
