"""French words of roles, and of what finances."""

from dataclasses import dataclass
from datetime import date

from api.catalogue.finance_products import FinanceAudience, FinanceForm, Grade, is_old
from api.core.french import DEPARTMENTS, day, number
from api.takeovers.roles.finance_fit import Misfit
from api.takeovers.roles.role_lists import RoleGroup
from models.finance_products import FinanceProduct

GROUPS = {
    RoleGroup.SAME_TRADE: "Du même métier",
    RoleGroup.NEAR_TRADE: "D’un métier proche",
    RoleGroup.EMPLOYEES: "Les salariés, en Scop ou en Scic",
    RoleGroup.CARRIED: "Par une CAE, qui salarie une à trois personnes",
    RoleGroup.ACCOMPANY: "",
    RoleGroup.FINANCE: "",
    RoleGroup.PREMISES: "",
    RoleGroup.KEEP_WORK: "",
}
FORMS = {
    FinanceForm.LOAN: "prêt",
    FinanceForm.HONOUR_LOAN: "prêt d’honneur",
    FinanceForm.GUARANTEE: "garantie d’emprunt",
    FinanceForm.EQUITY: "fonds propres",
    FinanceForm.GRANT: "subvention ou prime",
}
AUDIENCES = {
    FinanceAudience.ANYONE: "toute entreprise",
    FinanceAudience.PERSON: "la personne qui reprend, non l’entreprise",
    FinanceAudience.COOPERATIVE: "les Scop et les Scic",
    FinanceAudience.ESS: "les entreprises de l’ESS et de l’insertion",
    FinanceAudience.COMMUNE: "les communes et leurs groupements",
}
MISFITS = {
    Misfit.ABOVE_CEILING: "le prix dépasse son plafond : une part du plan seulement",
    Misfit.BELOW_FLOOR: "le prix est sous son minimum",
    Misfit.TOO_MANY_PEOPLE: "l’entreprise a trop de salariés pour lui",
    Misfit.OUTSIDE_TERRITORY: "il ne vaut pas dans ce département",
}


@dataclass(frozen=True)
class ProductLine:
    """A product: its limits in words, other conditions, where it was read.

    source_address: of the page; empty where the source is no page.
    """

    name: str
    about: str
    terms: str
    source_address: str
    provenance: str


def product_line(product: FinanceProduct, today: date) -> ProductLine:
    about = [
        FORMS[FinanceForm(product.form)],
        amounts_in_words(product),
        f"pour {AUDIENCES[FinanceAudience(product.audience)]}",
        territory_in_words(product),
    ]
    address = product.source if product.source.startswith(("https://", "http://")) else ""
    return ProductLine(product.name, ", ".join(about), product.terms, address, provenance_in_words(product, today))


def amounts_in_words(product: FinanceProduct) -> str:
    """Return what a product brings at least and at most, and to companies of which size."""
    if product.least_eur is not None and product.most_eur is not None:
        words = f"de {number(product.least_eur)} à {number(product.most_eur)} €"
    elif product.most_eur is not None:
        words = f"jusqu’à {number(product.most_eur)} €"
    elif product.least_eur is not None:
        words = f"à partir de {number(product.least_eur)} €"
    else:
        words = "montant non renseigné"
    if product.most_heads is None:
        return words
    return f"{words}, {number(product.most_heads)} {'salariés' if product.most_heads > 1 else 'salarié'} au plus"


def territory_in_words(product: FinanceProduct) -> str:
    if not product.departments:
        return "tout territoire"
    return ", ".join(DEPARTMENTS.get(code, code) for code in product.departments)


def provenance_in_words(product: FinanceProduct, today: date) -> str:
    """Return where a product was read, if on no page, when, and what is still to be checked about it."""
    parts = []
    if not product.source.startswith(("https://", "http://")):
        parts.append(product.source or "source non renseignée")
    if product.read_on:
        parts.append(f"lu le {day(product.read_on.isoformat())}")
    if product.grade == Grade.SECONDARY:
        parts.append("non vérifié à la source")
    elif is_old(product.read_on, today):
        parts.append("à vérifier")
    return ", ".join(parts)
