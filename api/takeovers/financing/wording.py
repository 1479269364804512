"""The words of a financing plan: its lines, its figures, its ratios with their formula and what is seen elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass

from api.takeovers.financing.plan import Deal, Source, Use
from api.takeovers.financing.ratios import RatioKind

USES: Mapping[Use, tuple[str, str]] = {
    Use.PRICE: ("Prix des titres ou du fonds", ""),
    Use.STOCK: ("Stock", "d’un fonds, payé à part ; celui d’une société est dans le prix des titres"),
    Use.FEES: ("Honoraires et frais", "conseils, intermédiaire, dossier de prêt, garantie"),
    Use.DUTIES: ("Droits d’enregistrement, publication", ""),
    Use.INVESTMENTS: ("Investissements et travaux", "à faire tout de suite, mises aux normes comprises"),
    Use.WORKING_CAPITAL: ("Besoin en fonds de roulement", "d’un fonds, tout ; d’une société, son augmentation seule"),
    Use.OWNER_ACCOUNT: ("Compte courant du cédant à rembourser", "titres seulement"),
    Use.CASH: ("Trésorerie de départ", ""),
    Use.OTHER: ("Autre emploi", ""),
}
SOURCES: Mapping[Source, tuple[str, str]] = {
    Source.OWN_MONEY: ("Apport des repreneurs", ""),
    Source.CLOSE_MONEY: ("Proches, épargne débloquée, ARCE", ""),
    Source.MEMBER_CAPITAL: ("Capital des salariés associés", "Scop, Scic"),
    Source.HONOUR_LOAN: ("Prêts d’honneur", "remboursés par les repreneurs ; les banques les comptent avec l’apport"),
    Source.SCOP_LOAN: ("Prêt participatif des Scop", "par exemple Socoden"),
    Source.SCOP_TITLES: ("Titres participatifs", "par exemple Scopinvest ; sans échéances ici"),
    Source.SOLIDARITY_LOAN: ("Prêt solidaire", "par exemple France Active, IDES"),
    Source.BANK_LOAN: ("Prêt bancaire", ""),
    Source.SECOND_BANK_LOAN: ("Second prêt bancaire", ""),
    Source.PUBLIC_LOAN: ("Prêt public à la transmission", "par exemple Bpifrance"),
    Source.VENDOR_CREDIT: ("Crédit-vendeur", ""),
    Source.AID: ("Aide publique, subvention", ""),
    Source.TARGET_CASH: ("Trésorerie de l’entreprise libérée", "si c’est licite, et dit au cédant"),
    Source.OTHER: ("Autre ressource", ""),
}
DEALS: Mapping[Deal, str] = {
    Deal.UNDECIDED: "pas encore décidé",
    Deal.BUSINESS: "le fonds",
    Deal.SARL_SHARES: "les parts d’une SARL",
    Deal.STOCK_SHARES: "les actions d’une SAS ou d’une SA",
}
# What is missing for a ratio: « à compléter : … ».
FIGURES: Mapping[str, str] = {
    "own": "l’apport",
    "uses": "les emplois",
    "bank": "le prêt bancaire",
    "vendor": "le crédit-vendeur",
    "price": "le prix",
    "debt": "les dettes",
    "ebe": "l’EBE",
    "year": "la durée et le taux de chaque prêt",
    "cash_flow": "le résultat net et les amortissements",
    "cash_before_debt": "l’EBE, l’impôt et les investissements courants",
    "net_result": "le résultat net",
}
UNVERIFIED = "non vérifié à la source"


@dataclass(frozen=True)
class RatioWords:
    """name, formula; seen: values that others give, not a limit; is_share: shown per cent, else as a multiple."""

    name: str
    formula: str
    seen: str
    is_share: bool


RATIOS: Mapping[RatioKind, RatioWords] = {
    RatioKind.OWN_SHARE: RatioWords(
        "Part d’apport",
        "(apport + proches + capital des salariés + prêts d’honneur) ÷ total des emplois",
        "environ 30 %, de 20 à 50 % (Bpifrance Création)",
        True,
    ),
    RatioKind.NEAR_OWN_SHARE: RatioWords(
        "Part d’apport, quasi-fonds propres compris",
        "(apport ci-dessus + prêt participatif + titres participatifs) ÷ total des emplois",
        "",
        True,
    ),
    RatioKind.BANK_TO_PRICE: RatioWords(
        "Banque sur prix", "prêts bancaires ÷ prix", "70 % au plus, sur 5 à 7 ans (Bpifrance Création)", True
    ),
    RatioKind.VENDOR_TO_PRICE: RatioWords(
        "Crédit-vendeur sur prix", "crédit-vendeur ÷ prix", "50 % au plus, sur 1 à 3 ans (Bpifrance Création)", True
    ),
    RatioKind.DEBT_TO_EBE: RatioWords(
        "Dette sur EBE",
        "(prêts de l’entreprise + dettes gardées) ÷ EBE retraité ; sans prêts d’honneur ni titres participatifs",
        "3 au plus (LCL), 2,5 pour d’autres",
        False,
    ),
    RatioKind.INSTALMENTS_TO_CASH_FLOW: RatioWords(
        "Échéances sur CAF",
        "échéances de l’année la plus lourde ÷ (résultat net + amortissements)",
        "moins de 60 %, très variable (novances.fr, transentreprise.com)",
        True,
    ),
    RatioKind.COVER: RatioWords(
        "Couverture des échéances",
        "(EBE retraité − impôt − investissements courants) ÷ échéances de l’année la plus lourde",
        "plus de 1 ; 1,2 à 1,5 demandés (itera-innovation.fr, buy-now.fr)",
        False,
    ),
    RatioKind.PRICE_TO_RESULT: RatioWords(
        "Prix sur résultat", "prix ÷ résultat net", "7 au plus, mieux 5 (OSEO, 2005 : ancien)", False
    ),
}
