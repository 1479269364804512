"""Holders of public contracts (DECP) → actors, where they are organisations of the home départements.

**Who**: an establishment known by its SIRET. The table gives the names of Sirene: a company's, or the first name and
the name of a natural person, and no column tells which. Personal data is not kept, so a holder of several words is kept
only where a label, its size or a word of its name says that it is an organisation; the others become actors once a
register or a person brings them. Public bodies hold contracts too, and are none.
**Kind**: an association by its label, a kind that the law protects by its name; else a company, of which `ess` says
that it is known to be of the ESS (the labels come from Sirene, those of SIAE from the State's list). Without a label
nothing is said: it may be of the ESS all the same.
Columns: schema and code of the table's makers (github.com/ColinMaudry/decp-processing, `reference/schema_base.json`,
`src/tasks/transform.py`, `src/tasks/enrich.py`, and the design of the labels of 2026-08-25).
"""

import re
from typing import Any

from api.catalogue.contract_holders import CONTRACTS_SOURCE
from api.catalogue.schemas import ActorIn
from api.core.settings import HOME_DEPARTMENTS
from api.core.text import without_accents
from api.open_data.sources.content import drop_unknown, missing_fields, validate_content
from api.open_data.sources.contract import ActorFound
from api.open_data.sources.fields import Fields
from api.open_data.sources.recherche_entreprises import kind_in_name

# Of the holder, what may identify a natural person.
PERSONAL_COLUMNS = frozenset({
    "titulaire_nom", "titulaire_labels", "titulaire_categorie", "titulaire_activite_code", "titulaire_commune_code",
    "titulaire_latitude", "titulaire_longitude",
})  # fmt: skip
_FED_BY = {
    "name": "titulaire_nom", "siret": "titulaire_id", "naf": "titulaire_activite_code",
    "commune_code": "titulaire_commune_code", "lat": "titulaire_latitude", "lon": "titulaire_longitude",
}  # fmt: skip
_EXPECTED = {"naf": "titulaire_activite_code", "commune_code": "titulaire_commune_code"}
_ESS_LABELS, _ASSOCIATION_LABEL = frozenset({"ESS", "SIAE"}), "Association"
# Natural persons are counted among the small and medium enterprises.
_LARGE = frozenset({"ETI", "GE"})
# SIREN of the State and of local authorities.
_PUBLIC_BODIES = ("1", "2")
_HIDDEN = re.compile(r"\[|non.diffusible")
# Surnames are left out (« Bureau », « France », « Conseil »); « SA » and « SAS » are surnames too at the end.
_ORGANISATION = re.compile(
    r"^(?:sa|sas|ste|ets) |\d|&|\b(?:"
    r"sarl|eurl|sasu|snc|selarl|selas|scp|scop|scic|sci|gie|gip|gaec|earl|scea|cuma|geiq|esat|"
    r"societe|etablissements|entreprises?|compagnie|groupe|groupement|holding|association|federation|"
    r"cooperative|mutuelle|fondation|syndicat|comite|institut|regie|agence|ateliers?|"
    r"services?|solutions?|systemes?|travaux|batiment|btp|construction|constructions|maconnerie|menuiseries?|"
    r"charpentes?|electricite|plomberie|peintures?|paysages?|environnement|transports?|autocars|nettoyage|proprete|"
    r"recyclage|recyclerie|ingenierie|architectes?|architecture|geometres?|imprimerie|librairie|pharmacie|"
    r"laboratoires?|energies?|industries?|technologies?|informatique|formation|securite|restauration|traiteur|"
    r"location|materiaux|mobilier|fournitures|distribution|logistique|equipements?|insertion|emplois?|solidaires?)\b"
)


def holder(fields: Fields, siret: str) -> ActorFound | None:
    """Return the actor that the holder of this SIRET is, None where it is kept out. Raises BadRecord."""
    if not is_kept(fields):
        return None
    name, labels = fields.required("titulaire_nom"), _labels(fields)
    naf_code, commune_code = fields.code("titulaire_activite_code"), fields.code("titulaire_commune_code")
    lat, lon = fields.number("titulaire_latitude"), fields.number("titulaire_longitude")
    named_kind = kind_in_name(name)
    content: dict[str, Any] = drop_unknown(
        source=CONTRACTS_SOURCE,
        source_id=siret,
        siret=siret,
        name=name[:300],
        kind=named_kind or ("association" if _ASSOCIATION_LABEL in labels else "company"),
        ess=True if labels & _ESS_LABELS else None,
        naf=[{"code": naf_code, "nomenclature": "naf_rev2"}] if naf_code else [],
        commune_code=commune_code,
        department=fields.code("titulaire_departement_code"),
        lat=lat if lon is not None else None,
        lon=lon if lat is not None else None,
    )
    validate_content(ActorIn, content, fields, _FED_BY)
    return ActorFound(CONTRACTS_SOURCE, siret, content, missing_fields(content, _EXPECTED))


def is_kept(fields: Fields) -> bool:
    """Return whether the holder is an organisation of the home départements, as far as its row shows."""
    siret, name = fields.code("titulaire_id") or "", fields.text("titulaire_nom") or ""
    folded_name = without_accents(name.lower())
    if fields.code("titulaire_departement_code") not in HOME_DEPARTMENTS or not name or _HIDDEN.search(folded_name):
        return False
    if siret.startswith(_PUBLIC_BODIES):
        return False
    return bool(
        # A natural person's name has two words at least.
        len(folded_name.split()) == 1
        or _labels(fields) & (_ESS_LABELS | {_ASSOCIATION_LABEL})
        or fields.text("titulaire_categorie") in _LARGE
        or _ORGANISATION.search(folded_name)
        or kind_in_name(name)
    )


def _labels(fields: Fields) -> frozenset[str]:
    return frozenset(label.strip() for label in (fields.text("titulaire_labels") or "").split(","))
