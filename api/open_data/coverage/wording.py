"""French words of coverage: the fields, and what changed at a source."""

from api.core.french import NBSP, number
from api.open_data.coverage.falls import Fall
from api.open_data.wording import source_in_words

FIELDS = {
    "title": "intitulé",
    "description": "description",
    "published_on": "date de publication",
    "deadline": "date limite",
    "buyer_name": "acheteur",
    "buyer_siret": "SIRET de l’acheteur",
    "department": "département",
    "postcode": "code postal",
    "commune_name": "commune",
    "commune_code": "code de la commune",
    "cpv": "CPV",
    "amount_eur": "montant",
    "lots": "lots",
    "reserved": "marché réservé",
    "social_clause": "clause sociale",
    "url": "lien vers l’avis",
    "linked": "avis visé",
    "closed_on": "date de la fin",
    "siren": "SIREN",
    "siret": "SIRET",
    "name": "nom",
    "kind": "nature",
    "legal_category": "catégorie juridique",
    "ess": "appartenance à l’ESS",
    "naf": "activité (NAF)",
    "headcount_band": "effectif",
    "lat": "latitude",
    "lon": "longitude",
    "turnover_eur": "chiffre d’affaires",
    "information_date": "date de l’information",
    "notified_on": "date de notification",
    "months": "durée",
    "code": "code",
    "postcodes": "codes postaux",
    "population": "population",
    "source_id": "identifiant",
    "nature": "nature de l’avis",
    "state": "état",
    "change": "motif du changement",
    "outcome": "issue",
    "activity": "activité",
    "court": "tribunal",
    "seller": "vendeur",
    "ending": "durée restante",
    "place": "lieu d’exécution",
    "seat": "siège",
    "founded": "date de création",
    "sole_trader": "entreprise individuelle",
}


def field_in_words(field: str) -> str:
    return FIELDS.get(field, field)


def percent(count: int, total: int) -> str:
    return f"{number(100 * count / total)}{NBSP}%" if total else "–"


def fall_in_words(fall: Fall) -> str:
    """« BOAMP, FNSimple : date limite n’est lu que 2 fois sur 40, d’ordinaire 98 % »."""
    usual = percent(round(100 * fall.before), 100)
    return (
        f"{source_in_words(fall.source)}, {fall.form} : « {field_in_words(fall.field)} » n’est lu que"
        f" {number(fall.n_read)} fois sur {number(fall.n_records)}, d’ordinaire {usual}"
    )
