"""recherche-entreprises.api.gouv.fr: companies of the ESS and SIAE → actors.

Source: the State's search over Sirene and other registers (Licence Ouverte 2.0); 7 requests a second, 25 companies a
page, 10,000 answers a query: hence a query per section of activity. `minimal` and `include` leave directors out of the
answer; were they served all the same, they are neither read nor kept (`public`).

**An actor is an establishment**: the seat, where it is among those that answer the query (`matching_etablissements`),
else each of those that do. Sole traders are left out, and units whose data may not be spread (`statut_diffusion` P or
N, « [ND] »); of an establishment that hides its address only the commune is read.
**What is closed is asked for too**: `etat_administratif` chooses companies, A (active) or C (ceased), so that each is a
query; `matching_etablissements` holds the establishments of the département, closed ones (F) too, the open ones first.
What closed becomes no actor, but says so of one that is known (`StateFound`), with its `date_fermeture`. A seat or an
only establishment takes over from the closed ones of its company (`former`): the actor moved. Seen in the service's own
documentation and code (annuaire-entreprises-data-gouv-fr/search-api: open-api.yml, nested_etablissements_filters.py).
**Kind**: `type_siae`, else a kind written in the name (legal categories do not always distinguish SCOP from SCIC),
else the legal category. Approvals are not filled in: an incomplete list would exclude an actor from opportunities that
require the others.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from api.catalogue.schemas import ActorIn
from api.core import french_input
from api.core.digits import is_digits
from api.core.text import without_accents
from api.open_data.sources.content import drop_unknown, missing_fields, validate_content
from api.open_data.sources.contract import (
    ActorFound,
    Page,
    Request,
    SchemaChanged,
    SourceFact,
    StateFound,
    record_list,
)
from api.open_data.sources.fields import REQUIRED, Fields
from api.open_data.sources.people import without_people
from matcher.types import SIAE_KINDS

SOURCE = "recherche_entreprises"
PAGE_SIZE = 25
DEEPEST = 10_000
SECTIONS = "ABCDEFGHIJKLMNOPQRSTU"
_NAMED = (
    ("scic", re.compile(r"\bscic\b|interet collectif")),
    ("cae", re.compile(r"cooperative d.activites? et d.emplois?")),
    ("scop", re.compile(r"\bscop\b|cooperative ouvriere|cooperative (?:et participative|de production)")),
    ("geiq", re.compile(r"\bgeiq\b|employeurs pour l.insertion et la qualification")),
    ("esat", re.compile(r"\besat\b|service d.aide par le travail|service d.accompagnement par le travail")),
    ("ea", re.compile(r"\bentreprise adaptee\b")),
)
_SOLE_TRADER = "1000"
# `etat_administratif` of companies, and of establishments that are closed.
_ACTIVE, _CEASED, _CLOSED = "A", "C", "F"
_HIDDEN = re.compile(r"\[(?:ND|NON[- ]DIFFUSIBLE)\]", re.IGNORECASE)
_PERSONAL = frozenset({"dirigeants", "elus", "nom", "prenoms", "annee_de_naissance", "date_de_naissance", "sexe"})
_FED_BY = {
    "siret": "siret", "name": "nom_raison_sociale", "naf": "activite_principale", "legal_category": "nature_juridique",
    "headcount_band": "tranche_effectif_salarie", "commune_code": "commune", "postcode": "code_postal",
    "lat": "latitude", "lon": "longitude", "turnover_eur": "finances",
}  # fmt: skip
_EXPECTED = {
    "naf": "activite_principale", "legal_category": "nature_juridique", "headcount_band": "tranche_effectif_salarie",
    "commune_code": "commune", "lat": "latitude, longitude", "ess": "complements.est_ess",
}  # fmt: skip


def requests(departments: Sequence[str], since: date, today: date) -> Iterator[Request]:  # noqa: ARG001
    """Yield, per state and département, the companies of the ESS by section, then the SIAE: all, whatever `since`."""
    common_parameters = {
        "minimal": "true",
        "include": "siege,complements,finances,matching_etablissements",
        "limite_matching_etablissements": "100",
        "page": "1",
        "per_page": str(PAGE_SIZE),
    }
    # The closed ones last: an actor that moved is found where it is now before its former place is closed.
    for state in (_ACTIVE, _CEASED):
        for department in departments:
            place_query = {"departement": department, "etat_administratif": state} | common_parameters
            for section in SECTIONS:
                yield Request("/search", {"est_ess": "true", "section_activite_principale": section} | place_query)
            yield Request("/search", {"est_siae": "true"} | place_query)


def page(body: Any, request: Request) -> Page:
    """Return a page of the search. Raises SchemaChanged."""
    records = record_list(SOURCE, body, "results")
    for count_name in ("total_results", "total_pages", "page"):
        if type(body.get(count_name)) is not int:
            raise SchemaChanged(SOURCE, count_name, "nombre attendu")
    page_number, total_count = int(request.params["page"]), body["total_results"]
    has_more = bool(records) and page_number < body["total_pages"]
    is_reachable = (page_number + 1) * int(request.params["per_page"]) <= DEEPEST
    warning = f"le service ne montre que {DEEPEST} entreprises d’une recherche" if has_more and not is_reachable else ""
    next_page = (
        Request(request.path, request.params | {"page": str(page_number + 1)}) if has_more and is_reachable else None
    )
    return Page(records, next_page, total_count, warning)


def reference(record: dict[str, Any]) -> str:
    """Return the SIREN and the départements of the establishments that answered: another query gives others."""
    fields = Fields(record)
    siren = fields.code("siren") or fields.refuse("siren", REQUIRED)
    matching_establishments = Fields(record, siren).each("matching_etablissements")
    department_codes = sorted({(establishment.code("commune") or "")[:2] for establishment in matching_establishments})
    return f"{siren}@{','.join(department_codes)}" if department_codes else siren


def public(record: dict[str, Any]) -> dict[str, Any]:
    """Return the record without directors, elected people, and sole traders (of whom only the SIREN is left)."""
    complements = record.get("complements")
    is_sole_trader = isinstance(complements, dict) and complements.get("est_entrepreneur_individuel") is True
    if is_sole_trader or str(record.get("nature_juridique")) == _SOLE_TRADER:
        return {
            field_name: record[field_name]
            for field_name in ("siren", "nature_juridique", "etat_administratif")
            if field_name in record
        }
    return without_people(record, _PERSONAL)


def read(record: dict[str, Any], today: date) -> list[SourceFact]:  # noqa: ARG001 (the same for every source)
    """Return an actor per establishment, and what is open or closed. Raises BadRecord."""
    fields = Fields(record, reference(record))
    complements = fields.inside("complements") or Fields({}, fields.reference, "complements")
    legal_category = fields.code("nature_juridique")
    if legal_category == _SOLE_TRADER or complements.flag("est_entrepreneur_individuel"):
        return []
    if fields.text("statut_diffusion") in ("P", "N"):
        return []
    states: list[SourceFact] = [*_states(fields)]
    if fields.text("etat_administratif") == _CEASED:
        return states
    company_name = (
        fields.text("nom_raison_sociale") or fields.text("nom_complet") or fields.refuse("nom_complet", REQUIRED)
    )
    if _HIDDEN.search(company_name):
        return []
    company_content = drop_unknown(
        source=SOURCE,
        name=company_name[:300],
        kind=_kind(complements, legal_category, company_name),
        legal_category=legal_category,
        ess=complements.flag("est_ess"),
    )
    establishments = _establishments(fields)
    former = _former_sirets(fields) if len(establishments) == 1 else ()
    return [*states, *(_actor(fields, establishment, company_content, former) for establishment in establishments)]


def _states(fields: Fields) -> Iterator[StateFound]:
    """Yield whether the company, and each establishment of an open one, is open."""
    siren = fields.code("siren") or ""
    if not re.fullmatch(r"\d{9}", siren):
        return
    if fields.text("etat_administratif") == _CEASED:
        yield StateFound(SOURCE, siren, None, "closed", fields.day("date_fermeture"))
        return
    yield StateFound(SOURCE, siren, None, "open")
    for establishment in _listed(fields):
        if siret := _siret(establishment, siren):
            is_closed = establishment.text("etat_administratif") == _CLOSED
            closed_on = establishment.day("date_fermeture") if is_closed else None
            yield StateFound(SOURCE, siren, siret, "closed" if is_closed else "open", closed_on)


def _listed(fields: Fields) -> list[Fields]:
    """Return the establishments that answer the query, else the seat."""
    matching_establishments = list(fields.each("matching_etablissements"))
    if not matching_establishments and (seat := fields.inside("siege")):
        return [seat]
    return matching_establishments


def _siret(establishment: Fields, siren: str) -> str | None:
    siret = establishment.code("siret")
    return siret if siret and siret.startswith(siren) and re.fullmatch(r"\d{14}", siret) else None


def _former_sirets(fields: Fields) -> tuple[str, ...]:
    """Return the closed establishments that an only open one may continue: former seats first, then the last closed."""
    siren = fields.code("siren") or ""
    closed = [
        (not establishment.flag("ancien_siege"), -closed_on.toordinal() if closed_on else 0, siret)
        for establishment in _listed(fields)
        if establishment.text("etat_administratif") == _CLOSED and (siret := _siret(establishment, siren))
        for closed_on in [establishment.day("date_fermeture")]
    ]
    return tuple(siret for _, _, siret in sorted(closed))


def _establishments(fields: Fields) -> list[Fields]:
    """Return the open seat if it answers the query or no establishment is listed, else the open establishments."""
    open_establishments = [
        establishment
        for establishment in _listed(fields)
        if establishment.text("etat_administratif") in (_ACTIVE, None)
    ]
    open_seats = [establishment for establishment in open_establishments if establishment.flag("est_siege")]
    return open_seats[:1] or open_establishments


def _actor(
    fields: Fields, establishment: Fields, company_content: dict[str, Any], former: tuple[str, ...]
) -> ActorFound:
    siret = establishment.code("siret") or establishment.refuse("siret", REQUIRED)
    naf_codes = [
        {"code": code, "nomenclature": nomenclature}
        for name, nomenclature in (("activite_principale", "naf_rev2"), ("activite_principale_naf25", "naf_2025"))
        if (code := _shown(establishment, name) or _shown(fields, name))
    ]
    lat, lon = (_degrees(establishment, name) for name in ("latitude", "longitude"))
    content = company_content | drop_unknown(
        source_id=siret,
        siret=siret,
        naf=naf_codes,
        headcount_band=establishment.code("tranche_effectif_salarie"),
        commune_code=_shown(establishment, "commune"),
        postcode=_shown(establishment, "code_postal"),
        lat=lat if lon is not None else None,
        lon=lon if lat is not None else None,
        turnover_eur=_turnover(fields) if establishment.flag("est_siege") else None,
        information_date=fields.day("date_mise_a_jour_insee") or fields.day("date_mise_a_jour"),
    )
    validate_content(ActorIn, content, establishment, _FED_BY)
    return ActorFound(SOURCE, siret, content, missing_fields(content, _EXPECTED), former)


def _kind(complements: Fields, legal_category: str | None, company_name: str) -> str:
    """Return an ActorKind's value."""
    declared_kinds = {
        declared_word.lower() for declared_word in re.findall(r"\w+", complements.text("type_siae") or "")
    }
    siae_kind = next((kind.value for kind in sorted(SIAE_KINDS) if kind in declared_kinds), None)
    return siae_kind or kind_in_name(company_name) or french_input.actor_kind_of(legal_category) or "company"


def kind_in_name(company_name: str) -> str | None:
    """Return the ActorKind's value that a company's name says, among the kinds that the law protects."""
    folded_name = without_accents(company_name.lower())
    return next((kind for kind, pattern in _NAMED if pattern.search(folded_name)), None)


def _shown(fields: Fields, field_name: str) -> str | None:
    code_value = fields.code(field_name)
    return None if code_value is None or _HIDDEN.search(code_value) else code_value


def _degrees(establishment: Fields, field_name: str) -> float | None:
    degrees_value = establishment.content.get(field_name)
    return (
        None if isinstance(degrees_value, str) and _HIDDEN.search(degrees_value) else establishment.number(field_name)
    )


def _turnover(fields: Fields) -> float | None:
    """Return the turnover of the last published year."""
    finances = fields.inside("finances")
    published_years = (
        sorted((year_name for year_name in finances.content if is_digits(year_name)), reverse=True) if finances else []
    )
    for year in published_years:
        year_accounts = finances.inside(year) if finances else None
        year_turnover = year_accounts.number("ca") if year_accounts else None
        if year_turnover is not None and year_turnover >= 0:
            return year_turnover
    return None
