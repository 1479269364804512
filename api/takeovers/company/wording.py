"""French words for the facts of a takeover case."""

from api.takeovers.company.company_facts import Premises
from api.takeovers.company.next_acts import Missing

PREMISES = {
    Premises.SOLD: "vendus avec l’entreprise",
    Premises.LEASED: "loués à un tiers : le bail suit",
    Premises.LET_BY_OWNER: "gardés par le cédant, qui les louera",
    Premises.NONE: "aucun local",
}
# Of the fields of `CompanyFacts`, as forms and the history call them.
FIELDS = {
    "reason": "Raison de la cession",
    "premises": "Locaux",
    "premises_note": "Les locaux, en détail",
    "key_roles": "Fonctions clés",
}
AMOUNTS = {
    "turnover_eur": "Chiffre d’affaires",
    "result_eur": "Résultat net",
    "ebitda_eur": "EBE",
}
MISSING = {
    Missing.HEADCOUNT: "l’effectif",
    Missing.PRICE: "le prix demandé",
    Missing.YEARS: "trois exercices",
    Missing.PREMISES: "les locaux",
    Missing.KEY_ROLES: "les fonctions clés",
    Missing.REASON: "la raison de la cession",
}
