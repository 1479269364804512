"""Rows that may be what somebody is typing: the same SIRET or company, or a near name at a near place."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz, process
from sqlalchemy import Row
from sqlmodel import Session

from api.catalogue.places.record_places import department_of
from api.catalogue.wording import place
from api.core import official_codes
from api.entry import queries
from api.open_data.duplicate_search import NEAR_NAME, NEAR_TITLE, normalize_name
from matcher.types import OpportunityKind

# Of 100, least similarity of names in the same commune, where less is enough.
NEAR_NAME_THERE, NEAR_TITLE_THERE = 75, 80
# Letters from which a name says something.
SHORTEST_NAME = 4
# Letters of a name that are compared.
LONGEST_NAME = 300
MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class SimilarRow:
    """A stored row that may be the same thing. why: in words; is_same: it bears the same SIRET."""

    id: str
    name: str
    where: str
    why: str
    is_same: bool = False


def similar_actors(session: Session, content: Mapping[str, Any], *, but: str = "") -> list[SimilarRow]:
    """Return the actors that may be the one of these fields, the surest first. but: the id of the actor itself."""
    rows: dict[str, SimilarRow] = {}
    digits = company_digits(content.get("siret") or "")
    if digits:
        for actor in queries.actors_of_company(session, digits[:9]):
            is_same = actor.siret == digits
            why = "même SIRET" if is_same else "même entreprise (SIREN)"
            where = place(actor.commune_name, actor.department)
            rows[actor.id] = SimilarRow(actor.id, actor.name, where, why, is_same)
    near = _near(
        content,
        "name",
        queries.actor_names(session, _department(content)) if _is_telling(content.get("name")) else (),
        NEAR_NAME_THERE,
        NEAR_NAME,
    )
    for row, why in near:
        if not (len(digits) == 14 and row.siret and row.siret[:9] != digits[:9]):
            # Two SIRET of two companies are two actors, whatever their names are.
            rows.setdefault(row.id, SimilarRow(row.id, row.name, place(row.commune_name, row.department), why))
    rows.pop(but, None)
    return sorted(rows.values(), key=lambda row: not row.is_same)[:MOST_SHOWN]


def similar_opportunities(session: Session, content: Mapping[str, Any], *, but: str = "") -> list[SimilarRow]:
    """Return the openings or takeover cases that may be the one of these fields, the surest first."""
    kind = str(content.get("kind") or OpportunityKind.MARKET.value)
    rows: dict[str, SimilarRow] = {}
    siren = company_digits(str((content.get("takeover") or {}).get("holder_siren") or ""))[:9]
    if siren:
        for case in queries.cases_of_company(session, siren):
            where = place(case.commune_name, case.department)
            rows[case.id] = SimilarRow(case.id, case.title, where, "même entreprise (SIREN)", is_same=True)
    near = _near(
        content,
        "title",
        queries.opportunity_titles(session, kind, _department(content)) if _is_telling(content.get("title")) else (),
        NEAR_TITLE_THERE,
        NEAR_TITLE,
    )
    for row, why in near:
        where = row.buyer_name or place(row.commune_name, row.department)
        rows.setdefault(row.id, SimilarRow(row.id, row.title, where, why))
    rows.pop(but, None)
    return sorted(rows.values(), key=lambda row: not row.is_same)[:MOST_SHOWN]


def company_digits(words: str) -> str:
    """Return the 14 digits of a SIRET or the 9 of a SIREN; empty for anything else."""
    for parse in (official_codes.siret, official_codes.siren):
        try:
            return parse(words)
        except ValueError:
            continue
    return ""


def _near(
    content: Mapping[str, Any], name_field: str, rows: Sequence[Row[Any]], least_there: int, least_near: int
) -> Iterable[tuple[Row[Any], str]]:
    """Yield the rows whose name is near, with why: those of the same commune more easily than those of another."""
    wanted = normalize_name(str(content.get(name_field) or "")[:LONGEST_NAME])
    names = [normalize_name(getattr(row, name_field)) for row in rows]
    for _, score, position in process.extract(
        wanted, names, scorer=fuzz.ratio, score_cutoff=least_there, limit=10 * MOST_SHOWN
    ):
        row = rows[position]
        commune = content.get("commune_code")
        is_there = commune is not None and row.commune_code == commune
        if is_there or (score >= least_near and not (commune and row.commune_code)):
            yield row, "nom proche, même commune" if is_there else "nom proche"


def _is_telling(name: object) -> bool:
    return len(normalize_name(str(name or "")[:LONGEST_NAME])) >= SHORTEST_NAME


def _department(content: Mapping[str, Any]) -> str | None:
    place_code = content.get("commune_code") or content.get("postcode") or ""
    return content.get("department") or department_of(str(place_code))
