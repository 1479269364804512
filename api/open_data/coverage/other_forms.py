"""Where DECP, BODACC, recherche-entreprises and geo.api.gouv.fr hold their fields."""

import re
from collections.abc import Mapping
from typing import Any

from api.open_data.coverage.places import ALWAYS, KEY, MAYBE, RARE, SOMETIMES, USUAL, FieldPlace, SourceForms

_NATURAL_PERSON = re.compile(r'"typePersonne"\s*:\s*"pp"')
_PREVIOUS = "parutionavisprecedent"
_SELLER = "listeprecedentproprietaire personne numeroImmatriculation numeroIdentification"
_UNIT = "matching_etablissements"


def _bodacc_form(record: Mapping[str, Any]) -> str:
    """Return the form of a notice of BODACC; notices about natural persons are of no use here."""
    family, kind = record.get("familleavis"), record.get("typeavis")
    if family == "vente":
        return "vente" if kind == "annonce" else "vente, rectifiée" if kind in ("rectificatif", "annulation") else ""
    if family != "collective":
        return "sans objet" if family else ""
    if _NATURAL_PERSON.search(str(record.get("listepersonnes"))):
        return "personne physique"
    forms = {"annonce": "jugement", "rectificatif": "rectificatif", "annulation": "annulation"}
    return forms.get(str(kind), "")


_DATED = FieldPlace("published_on", "dateparution")
_IDENTITY = (FieldPlace("source_id", "id", yields=KEY), FieldPlace("kind", "typeavis", yields=KEY))
_COMPANY = (
    FieldPlace("siren", "registre"),
    FieldPlace("siren", "listepersonnes personne numeroImmatriculation numeroIdentification", USUAL),
)
_PREVIOUS_NOTICE = tuple(
    FieldPlace("linked", f"{_PREVIOUS} {name}") for name in ("nomPublication", "numeroParution", "numeroAnnonce")
)
_JUDGMENT = (
    *_IDENTITY,
    _DATED,
    *_COMPANY,
    FieldPlace("title", "commercant"),
    FieldPlace("title", "listepersonnes personne denomination"),
    FieldPlace("activity", "listepersonnes personne activite", SOMETIMES, KEY),
    FieldPlace("outcome", "jugement nature", yields=KEY),
    FieldPlace("outcome", "jugement famille", USUAL, KEY),
    FieldPlace("deadline", "jugement complementJugement", USUAL, MAYBE),
    FieldPlace("department", "numerodepartement"),
    FieldPlace("postcode", "cp"),
    FieldPlace("commune_name", "ville"),
    FieldPlace("court", "tribunal", yields=KEY),
    FieldPlace("url", "url_complete"),
)

_BODACC: dict[str, tuple[FieldPlace, ...]] = {
    "jugement": _JUDGMENT,
    "rectificatif": (*_JUDGMENT, *_PREVIOUS_NOTICE),
    "annulation": (
        *_IDENTITY,
        *_PREVIOUS_NOTICE,
        FieldPlace("closed_on", "dateparution"),
        FieldPlace("siren", "registre", ALWAYS, KEY),
    ),
    "vente": (
        *_IDENTITY,
        FieldPlace("closed_on", "dateparution", yields=MAYBE),
        FieldPlace("seller", _SELLER, SOMETIMES, KEY),
        FieldPlace("nature", "acte vente categorieVente", USUAL, KEY),
    ),
    "vente, rectifiée": (),
    "personne physique": (),
    "sans objet": (),
}
_DECP = (
    FieldPlace("source_id", "uid", yields=KEY),
    FieldPlace("state", "donneesActuelles", yields=KEY),
    FieldPlace("title", "objet"),
    FieldPlace("buyer_name", "acheteur_nom"),
    FieldPlace("buyer_siret", "acheteur_id", yields=MAYBE),
    FieldPlace("siret", "titulaire_id", yields=MAYBE),
    FieldPlace("cpv", "codeCPV"),
    FieldPlace("amount_eur", "montant"),
    FieldPlace("notified_on", "dateNotification"),
    FieldPlace("months", "dureeMois"),
    FieldPlace("ending", "dureeRestanteMois", USUAL, KEY),
    FieldPlace("department", "acheteur_departement_code", USUAL, MAYBE),
    FieldPlace("place", "lieuExecution_code", USUAL, KEY),
    FieldPlace("place", "lieuExecution_typeCode", USUAL, KEY),
    FieldPlace("social_clause", "considerationsSociales", USUAL, MAYBE),
)
_COMPANIES = (
    FieldPlace("source_id", "siren", yields=KEY),
    FieldPlace("state", "etat_administratif", yields=KEY),
    FieldPlace("state", f"{_UNIT} etat_administratif", yields=KEY),
    FieldPlace("seat", f"{_UNIT} est_siege", yields=KEY),
    FieldPlace("name", "nom_complet"),
    FieldPlace("name", "nom_raison_sociale"),
    FieldPlace("legal_category", "nature_juridique"),
    FieldPlace("kind", "complements type_siae", RARE),
    FieldPlace("ess", "complements est_ess"),
    FieldPlace("sole_trader", "complements est_entrepreneur_individuel", yields=KEY),
    FieldPlace("siret", f"{_UNIT} siret"),
    FieldPlace("naf", f"{_UNIT} activite_principale"),
    FieldPlace("headcount_band", f"{_UNIT} tranche_effectif_salarie", USUAL),
    FieldPlace("commune_code", f"{_UNIT} commune"),
    FieldPlace("postcode", f"{_UNIT} code_postal"),
    FieldPlace("lat", f"{_UNIT} latitude"),
    FieldPlace("lon", f"{_UNIT} longitude"),
    FieldPlace("turnover_eur", "finances * ca", RARE, MAYBE),
    FieldPlace("information_date", "date_mise_a_jour_insee", USUAL),
)
_COMMUNES = (
    FieldPlace("code", "code"),
    FieldPlace("name", "nom"),
    FieldPlace("postcodes", "codesPostaux"),
    FieldPlace("population", "population"),
    FieldPlace("lat", "centre coordinates"),
    FieldPlace("lon", "centre coordinates"),
)
# Companies that are only counted: nothing of them is a value of the desk.
_OWNED = tuple(
    FieldPlace(name, path, yields=KEY)
    for name, path in (
        ("source_id", "siren"),
        ("legal_category", "nature_juridique"),
        ("state", "etat_administratif"),
        ("naf", "activite_principale"),
        ("headcount_band", "tranche_effectif_salarie"),
        ("commune_code", "siege commune"),
        ("founded", "date_creation"),
    )
)


def bodacc_forms(known_names: frozenset[str]) -> SourceForms:
    return SourceForms(_bodacc_form, _BODACC, known_names)


def decp_forms(known_names: frozenset[str]) -> SourceForms:
    return SourceForms(lambda _record: "contrat", {"contrat": _DECP}, known_names)


def company_forms(known_names: frozenset[str]) -> SourceForms:
    return SourceForms(lambda _record: "entreprise", {"entreprise": _COMPANIES}, known_names)


def owner_forms(known_names: frozenset[str]) -> SourceForms:
    return SourceForms(lambda _record: "entreprise", {"entreprise": _OWNED}, known_names)


def commune_forms(known_names: frozenset[str]) -> SourceForms:
    return SourceForms(lambda _record: "commune", {"commune": _COMMUNES}, known_names)
