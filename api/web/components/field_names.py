"""French names of the fields that sources give, and their values in words."""

from typing import Any

from api.catalogue.wording import (
    CAUSES,
    KINDS,
    OPPORTUNITY_KINDS,
    ORIGINS,
    RESERVATIONS,
    SEEKING,
    STATUSES,
    approval_in_words,
)
from api.core.french import day, euros, number, plural

FIELDS = {
    "name": "Nom",
    "kind": "Type",
    "siret": "SIRET",
    "legal_category": "Catégorie juridique",
    "naf": "Secteur (NAF)",
    "activities": "Métiers",
    "ess": "De l’ESS",
    "esus": "Agréé ESUS",
    "headcount": "Effectif",
    "headcount_band": "Tranche d’effectif",
    "turnover_eur": "Chiffre d’affaires",
    "commune_code": "Commune (code)",
    "commune_name": "Commune",
    "postcode": "Code postal",
    "department": "Département",
    "lat": "Latitude",
    "lon": "Longitude",
    "website": "Site",
    "radius_km": "Rayon d’action (km)",
    "area_departments": "Départements d’intervention",
    "area_communes": "Communes d’intervention",
    "approvals": "Agréments",
    "seeks": "Recherche",
    "member_of": "Membre de",
    "source": "Source",
    "source_id": "Identifiant d’origine",
    "information_date": "Fiche à jour du",
    "title": "Intitulé",
    "teaser": "Accroche",
    "axis": "Axe",
    "description": "Description",
    "origin": "Origine",
    "buyer_name": "Acheteur",
    "buyer_siret": "SIRET de l’acheteur",
    "cpv": "CPV",
    "amount_eur": "Montant",
    "published_on": "Parution",
    "deadline": "Échéance",
    "status": "État",
    "reserved": "Réservé",
    "social_clause": "Clause sociale",
    "required_approvals": "Agréments demandés",
    "confidential": "Confidentiel",
    "url": "Adresse de l’avis",
    "lots": "Lots",
    "takeover.cause": "Cause",
    "takeover.headcount": "Effectif",
    "takeover.turnover_eur": "Chiffre d’affaires",
    "takeover.price_min_eur": "Prix minimal",
    "takeover.price_max_eur": "Prix maximal",
    "takeover.transfer_on": "Cession prévue",
    "takeover.holder_siren": "SIREN du cédant",
}
_CODES = {
    "kind": KINDS | OPPORTUNITY_KINDS,
    "status": STATUSES,
    "origin": ORIGINS,
    "takeover.cause": CAUSES,
}
_APPROVALS = frozenset({"approvals", "required_approvals"})
_DAYS = frozenset({"information_date", "published_on", "deadline", "takeover.transfer_on"})


def field_in_words(field_name: str) -> str:
    return FIELDS.get(field_name, field_name)


def value_in_words(field_name: str, value: Any) -> str:
    """Return a value of a field as a reader is shown it; `value` is JSON, as provenances hold it."""
    if value in (None, "", []):
        return "–"
    if isinstance(value, bool):
        return "oui" if value else "non"
    if field_name == "lots":
        return plural(len(value), "lot")
    if field_name in _DAYS:
        return day(str(value))
    if field_name.endswith("_eur"):
        return euros(float(value))
    if isinstance(value, list):
        in_words = approval_in_words if field_name in _APPROVALS else _element
        return ", ".join(in_words(element) for element in value)
    if isinstance(value, int | float):
        return number(value, 0 if float(value).is_integer() else 4)
    return _CODES.get(field_name, {}).get(str(value), str(value))


def _element(element: Any) -> str:
    if isinstance(element, dict):
        return str(element.get("code", ""))
    return (RESERVATIONS | SEEKING).get(str(element), str(element))
