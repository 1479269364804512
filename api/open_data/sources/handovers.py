"""recherche-entreprises.api.gouv.fr again: companies whose owner may soon hand over, only to be counted.

Source: as `recherche_entreprises` (Licence Ouverte 2.0). Names of parameters and fields: the service's own code,
annuaire-entreprises-data-gouv-fr/search-api (`search_params_model.py`, `format_search_results.py`): answers are capped
at 10,000, hence a query per département, section and headcount; `date_naissance_personne_max` with `type_personne`
keeps the companies of which a director was born by then, to the end of that month.

**Two readings of the same companies**: all of them, then those with a director of 60 or more. The service is asked to
filter, and to leave directors out (`minimal`), so that neither a name nor a year of birth reaches us; were they served
all the same, no function here reads them. No record is kept, and no row of the desk is made: `api.open_data.handovers`
counts.

Counted are open employers that are companies (legal categories 5…, and farms that are companies), with their seat in
the département; not sole traders, who are persons, nor associations and administrations, which nobody owns.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from api.core import official_codes
from api.core.official_codes import HEADCOUNT_BANDS
from api.open_data.sources import recherche_entreprises
from api.open_data.sources.contract import Page, Request, SourceFact
from api.open_data.sources.fields import REQUIRED, Fields
from api.open_data.sources.recherche_entreprises import PAGE_SIZE, SECTIONS

SOURCE = "reprises_a_venir"
SENIOR_YEARS = 60
BORN_BY = "date_naissance_personne_max"
# Each stays well below 10,000 in every section of the two départements.
HEADCOUNTS = ("01,02", "03,11", "12,21,22,31,32,41,42,51,52,53")
# GAEC, SCEA, EARL and the like.
_FARMS = frozenset({"6533", "6534", "6535", "6597", "6598"})
_NAF = re.compile(r"^\d{2}\.\d{2}[A-Z]$")


@dataclass(frozen=True, slots=True)
class Company:
    """What is counted of a company. division: two digits of NAF rev. 2. founded: its legal birthday."""

    siren: str
    commune_code: str
    division: str
    headcount_band: str
    founded: date | None


def requests(departments: Sequence[str], since: date, today: date) -> Iterator[Request]:  # noqa: ARG001
    """Yield the queries of the first reading, then those of the second: whole, whatever `since`."""
    for filters in ({}, {BORN_BY: _born_by(today).isoformat(), "type_personne": "dirigeant"}):
        for department in departments:
            for section in SECTIONS:
                for headcount in HEADCOUNTS:
                    query = {
                        "departement": department,
                        "section_activite_principale": section,
                        "tranche_effectif_salarie": headcount,
                        "est_entrepreneur_individuel": "false",
                        "etat_administratif": "A",
                        "minimal": "true",
                        "include": "siege",
                        "page": "1",
                        "per_page": str(PAGE_SIZE),
                    }
                    yield Request("/search", query | filters)


def is_of_seniors(request: Request) -> bool:
    """Tell whether a query is of the second reading."""
    return BORN_BY in request.params


def page(body: Any, request: Request) -> Page:
    """Return a page of the search. Raises SchemaChanged."""
    return recherche_entreprises.page(body, request)


def reference(record: dict[str, Any]) -> str:
    """Return the SIREN. Raises BadRecord."""
    return Fields(record).code("siren") or Fields(record).refuse("siren", REQUIRED)


def public(record: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001
    """Return nothing: no record of this source is kept."""
    return {}


def read(record: dict[str, Any], today: date) -> list[SourceFact]:  # noqa: ARG001
    """Return no fact: a company is counted (`company_of`), and becomes no row."""
    return []


def company_of(record: dict[str, Any], departments: Sequence[str]) -> Company | None:
    """Return what is counted; None for what is not counted, or whose place or trade is hidden. Raises BadRecord."""
    legal_category = Fields(record).code("nature_juridique") or ""
    if not legal_category.startswith("5") and legal_category not in _FARMS:
        return None
    fields = Fields(record, reference(record))
    if fields.text("etat_administratif") == "C" or fields.text("statut_diffusion") in ("P", "N"):
        return None
    headcount_band = fields.code("tranche_effectif_salarie") or "NN"
    if not HEADCOUNT_BANDS.get(headcount_band, (None, None))[0]:
        return None
    seat = fields.inside("siege")
    commune_code, naf = (seat.code("commune") if seat else None) or "", fields.code("activite_principale") or ""
    if not commune_code.startswith(tuple(departments)) or not _NAF.match(naf):
        return None
    siren = fields.required("siren") if isinstance(record.get("siren"), str) else fields.reference
    try:
        official_codes.commune(commune_code)
        siren = official_codes.siren(siren)
    except ValueError as error:
        fields.refuse("siege.commune, siren", str(error))
    return Company(siren, commune_code, naf[:2], headcount_band, fields.day("date_creation"))


def _born_by(today: date) -> date:
    """Return the last day of a month: whoever was born by then is 60."""
    return date(today.year - SENIOR_YEARS, today.month, 1) - timedelta(days=1)
