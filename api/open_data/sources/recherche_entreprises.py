"""recherche-entreprises.api.gouv.fr: companies of the ESS and SIAE → actors.

Source: the State's search over Sirene and other registers (Licence Ouverte 2.0); 7 requests a second, 25 companies a
page, 10,000 answers a query: hence a query per section of activity. `minimal` and `include` leave directors out of the
answer; were they served all the same, they are neither read nor kept (`public`).

**An actor is an establishment**: the seat, where it is among those that answer the query (`matching_etablissements`),
else each of those that do. The closed ones are left out, and sole traders, and units whose data may not be spread
(`statut_diffusion` P or N, « [ND] »); of an establishment that hides its address only the commune is read.
**Kind**: what `type_siae` says, else what the name says of itself (legal forms do not always tell SCOP and SCIC apart),
else the legal category. Approvals are not told: declaring only some would exclude an actor from what asks for others.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from api.catalogue.schemas import ActorIn
from api.core import french_input
from api.core.text import without_accents
from api.open_data.sources.fields import REQUIRED, Fields, known, lacking, validate
from api.open_data.sources.parts import ActorFound, Found, Page, Request, SchemaChanged, listed
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
    """Yield, per département, the companies of the ESS section by section, then the SIAE: all, whatever `since`."""
    common = {
        "etat_administratif": "A",
        "minimal": "true",
        "include": "siege,complements,finances,matching_etablissements",
        "limite_matching_etablissements": "100",
        "page": "1",
        "per_page": str(PAGE_SIZE),
    }
    for department in departments:
        for section in SECTIONS:
            asked = {"est_ess": "true", "departement": department, "section_activite_principale": section}
            yield Request("/search", asked | common)
        yield Request("/search", {"est_siae": "true", "departement": department} | common)


def page(body: Any, request: Request) -> Page:
    """Return what a page of the search holds. Raises SchemaChanged."""
    records = listed(SOURCE, body, "results")
    for name in ("total_results", "total_pages", "page"):
        if type(body.get(name)) is not int:
            raise SchemaChanged(SOURCE, name, "nombre attendu")
    here, total = int(request.params["page"]), body["total_results"]
    more = bool(records) and here < body["total_pages"]
    deeper = (here + 1) * int(request.params["per_page"]) <= DEEPEST
    warning = f"le service ne montre que {DEEPEST} entreprises d’une recherche" if more and not deeper else ""
    following = Request(request.path, request.params | {"page": str(here + 1)}) if more and deeper else None
    return Page(records, following, total, warning)


def reference(record: dict[str, Any]) -> str:
    """Return the SIREN and the départements of the establishments that answered: another query gives others."""
    fields = Fields(record)
    siren = fields.code("siren") or fields.refuse("siren", REQUIRED)
    matching = Fields(record, siren).each("matching_etablissements")
    places = sorted({(place.code("commune") or "")[:2] for place in matching})
    return f"{siren}@{','.join(places)}" if places else siren


def public(record: dict[str, Any]) -> dict[str, Any]:
    """Return the record without directors, elected people, and sole traders (of whom only the SIREN is left)."""
    complements = record.get("complements")
    alone = isinstance(complements, dict) and complements.get("est_entrepreneur_individuel") is True
    if alone or str(record.get("nature_juridique")) == _SOLE_TRADER:
        return {name: record[name] for name in ("siren", "nature_juridique", "etat_administratif") if name in record}
    return without_people(record, _PERSONAL)


def read(record: dict[str, Any], today: date) -> list[Found]:  # noqa: ARG001 (the same for every source)
    """Return an actor per establishment. Raises BadRecord."""
    fields = Fields(record, reference(record))
    complements = fields.inside("complements") or Fields({}, fields.reference, "complements")
    category = fields.code("nature_juridique")
    if category == _SOLE_TRADER or complements.flag("est_entrepreneur_individuel"):
        return []
    if fields.text("etat_administratif") == "C" or fields.text("statut_diffusion") in ("P", "N"):
        return []
    name = fields.text("nom_raison_sociale") or fields.text("nom_complet") or fields.refuse("nom_complet", REQUIRED)
    if _HIDDEN.search(name):
        return []
    of_company = known(
        source=SOURCE,
        name=name[:300],
        kind=_kind(complements, category, name),
        legal_category=category,
        ess=complements.flag("est_ess"),
    )
    return [_actor(fields, place, of_company) for place in _establishments(fields)]


def _establishments(fields: Fields) -> list[Fields]:
    """The open seat if it answers the query or nothing else is told, else the open establishments that do."""
    matching = list(fields.each("matching_etablissements"))
    if not matching and (seat := fields.inside("siege")):
        matching = [seat]
    opened = [place for place in matching if place.text("etat_administratif") in ("A", None)]
    seats = [place for place in opened if place.flag("est_siege")]
    return seats[:1] or opened


def _actor(fields: Fields, place: Fields, of_company: dict[str, Any]) -> ActorFound:
    siret = place.code("siret") or place.refuse("siret", REQUIRED)
    naf = [
        {"code": code, "nomenclature": nomenclature}
        for name, nomenclature in (("activite_principale", "naf_rev2"), ("activite_principale_naf25", "naf_2025"))
        if (code := _shown(place, name) or _shown(fields, name))
    ]
    lat, lon = (_degrees(place, name) for name in ("latitude", "longitude"))
    content = of_company | known(
        source_id=siret,
        siret=siret,
        naf=naf,
        headcount_band=place.code("tranche_effectif_salarie"),
        commune_code=_shown(place, "commune"),
        postcode=_shown(place, "code_postal"),
        lat=lat if lon is not None else None,
        lon=lon if lat is not None else None,
        turnover_eur=_turnover(fields) if place.flag("est_siege") else None,
        information_date=fields.day("date_mise_a_jour_insee") or fields.day("date_mise_a_jour"),
    )
    validate(ActorIn, content, fields.reference, {name: place.path_of(field) for name, field in _FED_BY.items()})
    return ActorFound(SOURCE, siret, content, lacking(content, _EXPECTED))


def _kind(complements: Fields, category: str | None, name: str) -> str:
    """An ActorKind's value."""
    declared = {part.lower() for part in re.findall(r"\w+", complements.text("type_siae") or "")}
    siae = next((kind.value for kind in sorted(SIAE_KINDS) if kind in declared), None)
    plain = without_accents(name.lower())
    named = next((kind for kind, pattern in _NAMED if pattern.search(plain)), None)
    return siae or named or french_input.actor_kind_of(category) or "company"


def _shown(fields: Fields, name: str) -> str | None:
    value = fields.code(name)
    return None if value is None or _HIDDEN.search(value) else value


def _degrees(place: Fields, name: str) -> float | None:
    value = place.content.get(name)
    return None if isinstance(value, str) and _HIDDEN.search(value) else place.number(name)


def _turnover(fields: Fields) -> float | None:
    """The turnover of the last year that is published."""
    finances = fields.inside("finances")
    years = sorted((name for name in finances.content if name.isdigit()), reverse=True) if finances else []
    for year in years:
        accounts = finances.inside(year) if finances else None
        turnover = accounts.number("ca") if accounts else None
        if turnover is not None and turnover >= 0:
            return turnover
    return None
