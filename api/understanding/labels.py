"""The labels of notices (« Objet du marché : … ») and the sections that they begin.

The names are those of BOAMP's forms (FNSimple, MAPA), of eForms as they are printed, of buyers' profiles and of legal
announcements in newspapers.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from api.understanding.need import Span


class Label(StrEnum):
    """What a section says. NONE: no label. OTHER: one that nobody needs here. BUYER_PLACE: an address of who asks."""

    NONE = "none"
    TITLE = "title"
    DESCRIPTION = "description"
    LOT = "lot"
    LOTS = "lots"
    LOT_DESCRIPTION = "lot_description"
    PLACE = "place"
    BUYER = "buyer"
    BUYER_PLACE = "buyer_place"
    TOWN = "town"
    CODES = "codes"
    TRADES = "trades"
    AMOUNT = "amount"
    CEILING = "ceiling"
    DEADLINE = "deadline"
    RESERVATION = "reservation"
    CLAUSE = "clause"
    OTHER = "other"


# In this order: the first that fits names the label.
_NAMES: tuple[tuple[Label, str], ...] = (
    (
        Label.CODES,
        r"(?:codes? )?c\.?p\.?v\.?(?: (?:principal|principaux|additionnels?|secondaires?|-))*|"
r"descripteurs? principal|"
        r"(?:nomenclature|classification) (?:principale|supplementaire|cpv)|objets? (?:principal|supplementaires?)|"
        r"codes? naf|code ape",
    ),
    (
        Label.LOT_DESCRIPTION,
        r"(?:description|intitule|titre|designation|objet) du lot",
    ),
    (
        Label.TITLE,
        r"intitule(?: (?:du marche|de la consultation|de l'avis|du contrat))?|"
r"titre(?: (?:attribue au marche[^:\n]{0,60}|"
        r"du marche|de la consultation|de l'avis))?|(?:nature et )?objet(?: (?:du present marche|"
r"du marche|des marches|"
        r"de la consultation|du contrat|de l'accord-cadre|de l'avis|de l'appel d'offres|de la procedure|"
r"de la mission|"
        r"des travaux|des prestations|du besoin))?|denomination du marche|nom du marche|designation du marche|"
        r"subject|sujet",
    ),
    (
        Label.DESCRIPTION,
        r"description(?: (?:succincte|sommaire|detaillee|des prestations|du marche|des travaux|du besoin|"
r"de la procedure|"
        r"generale|technique|de l'activite|de l'entreprise|complementaire))*|"
r"(?:principales )?caracteristiques(?: principales| "
        r"des prestations| des travaux| techniques)*|nature (?:et etendue )?des (?:travaux|prestations)|"
        r"(?:contenu|consistance) (?:de la mission|des travaux|des prestations|du marche)|"
r"prestations?(?: attendues| "
        r"demandees)?|quantites?(?: ou etendue globale)?|etendue|besoin|travaux|activites?",
    ),
    (Label.TRADES, r"mots? descripteurs?|descripteurs?|mots? cles?|mots?-cles?"),
    (
        Label.PLACE,
        r"lieux? (?:principal |principaux )?(?:d'execution|de l'execution|de livraison|des travaux|"
r"des prestations|du "
        r"chantier|de realisation|d'intervention|d'exercice)[^:\n]{0,50}|adresse (?:du chantier|"
r"des travaux|du site|des "
        r"locaux)|localisation|lieux?|sites?(?: concernes?)?|secteur(?: geographique)?|"
r"subdivision pays(?: \(nuts\))?|"
        r"code nuts|commune d'intervention",
    ),
    (Label.TOWN, r"ville|commune|localite|code postal"),
    (
        Label.BUYER,
        r"(?:nom (?:complet|et adresse|officiel)s?(?: officiels?)?(?: (?:de l'|du |"
r"de la )?(?:organisme )?(?:acheteur"
        r"(?: public)?|pouvoir adjudicateur|collectivite))?)|organisme(?: acheteur| qui passe le marche)?|acheteur"
        r"(?: public)?|pouvoir adjudicateur|entite adjudicatrice|ma[i]tre d'ouvrage|maitrise d'ouvrage|"
r"collectivite|"
        r"identification (?:de l'organisme(?: (?:acheteur|qui passe le marche))?|de l'acheteur|"
r"du pouvoir adjudicateur)|"
        r"denomination(?: sociale)?|emetteur",
    ),
    (Label.BUYER_PLACE, r"adresse(?: postale| officielle| de l'acheteur| principale)?|siege"),
    (
        Label.DEADLINE,
        r"dates? (?:et heures? )?limites? (?:de |pour la |d')(?:reception|remise|depot|reponse|envoi)[^:\n]{0,70}|"
        r"dates? limites?|dlro|(?:remise|reception|depot) des (?:offres|plis|propositions|candidatures)|limite de "
        r"(?:reception|remise|depot|reponse)[^:\n]{0,40}|date de cloture|cloture|delai de (?:remise|"
r"reception|reponse)"
        r"[^:\n]{0,40}|reponses? (?:attendues?|souhaitees?)|date et heure limites?|echeance|offres avant",
    ),
    (Label.CEILING, r"(?:montant|valeur) (?:maximale?|maximum|minimale?|minimum)[^:\n]{0,40}|maximum|minimum"),
    (
        Label.AMOUNT,
        r"valeur(?: totale)?(?: estimee| estimative)?(?: hors (?:tva|taxes?))?|estimations?[^:\n]{0,50}|"
r"montants?(?: "
        r"estime| estimatif| total| previsionnel| du marche)*|budgets?(?: previsionnel| estime| maximum|"
r" indicatif)?|"
        r"enveloppe(?: previsionnelle| financiere| budgetaire)*|cout (?:previsionnel|estime|estimatif|des travaux)|"
        r"cout estime ht",
    ),
    (
        Label.RESERVATION,
        r"marches? reserves?|participation reservee|reservations?|(?:la )?participation est reservee[^:\n]{0,60}|"
        r"reserve",
    ),
    (Label.CLAUSE, r"clauses? (?:sociales?|d'insertion)(?: obligatoires?)?|considerations? sociales?"),
    (Label.LOTS, r"(?:liste des )?lots|allotissement|division en lots|decomposition en lots|"
r"information sur les lots"),
    (
        Label.OTHER,
        r"(?:type de |mode de )?procedure(?: de passation)?|types? de (?:marche|contrat|"
r"pouvoir adjudicateur|procedure)"
        r"[^:\n]{0,20}|nature du marche(?: public)?|"
        r"criteres?(?: (?:d'attribution|de selection|de jugement|de choix))?[^:\n]{0,40}|"
r"technique d'achat|instances? "
        r"chargees? des? (?:procedures? de )?recours|organe charge des procedures de recours|"
r"tribunal[^:\n]{0,60}|recours|"
        r"organisation[^:\n]{0,60}|organismes? (?:de mediation|charge|susceptible|aupres)[^:\n]{0,60}|"
r"introduction d[eu]s? "
        r"recours|voies et delais de recours|(?:autres )?(?:renseignements|informations)(?: complementaires| "
        r"administratifs| techniques| d'ordre [^:\n]{0,40}|generales?)*|adresses?"
        r"[^:\n]{1,70}|profil (?:d')?acheteur|site internet|url|liens?[^:\n]{0,50}|"
r"dossiers? de consultation[^:\n]{0,40}|"
        r"d\.?c\.?e\.?|retrait d[^:\n]{0,40}|obtention d[^:\n]{0,40}|conditions?[^:\n]{0,70}|modalites[^:\n]{0,80}|"
        r"capacites?[^:\n]{0,60}|aptitude[^:\n]{0,60}|cautionnement[^:\n]{0,40}|garanties?[^:\n]{0,40}|"
r"langues?[^:\n]{0,60}|"
        r"unite monetaire[^:\n]{0,30}|monnaie|delai(?: minimum)? (?:de validite|d'execution|"
r"pendant)[^:\n]{0,60}|duree"
        r"[^:\n]{0,50}|dates? (?:d'envoi|de publication|previsionnelle|prevue|de debut|de demarrage|"
r"de lancement|d'ouverture)"
        r"[^:\n]{0,50}|demarrage[^:\n]{0,30}|correspondant|contact|point de contact|a l'attention de|"
r"tel(?:ephone)?|telecopieur|fax|courriel|"
        r"(?:adresse )?(?:e-?)?mail(?: du contact)?|adresse internet|n° siret|siret|siren|"
r"n° national[^:\n]{0,40}|numero"
        r"[^:\n]{0,50}|n° de [^:\n]{0,40}|ref(?:erences?)?[^:\n]{0,40}|forme juridique[^:\n]{0,30}|"
r"(?:principales? )?"
        r"activites? (?:principale|du pouvoir|de l'acheteur|de la)[^:\n]{0,40}|variantes?[^:\n]{0,40}|"
r"options?[^:\n]{0,30}|"
        r"reconductions?[^:\n]{0,30}|visites?[^:\n]{0,40}|situation juridique[^:\n]{0,40}|justificati[^:\n]{0,60}|"
        r"ouverture des (?:plis|offres)|groupement[^:\n]{0,40}|marche (?:alloti|unique|periodique)[^:\n]{0,20}|"
        r"identifiant[^:\n]{0,40}|possibilite[^:\n]{0,60}|nombre[^:\n]{0,60}|la consultation comporte"
        r"[^:\n]{0,40}|tranches|enchere[^:\n]{0,20}|catalogue electronique|categorie[^:\n]{0,40}|"
r"motifs? d'exclusion[^:\n]{0,40}|"
        r"financement[^:\n]{0,40}|paiement[^:\n]{0,40}|pays[^:\n]{0,20}|"
r"departements?(?: de publication)?|annonce n[^:\n]{0,20}|"
        r"pieces?[^:\n]{0,40}|presentation des offres|depot electronique|services? aupres[^:\n]{0,60}|"
r"base juridique|"
        r"caracteristiques essentielles|forme (?:du marche|de prix)|prix|presse|parution|signature[^:\n]{0,20}|"
        r"de|from|a|to|cc|date|envoye(?: le)?|importance|pieces jointes",
    ),
)  # fmt: skip
# « II.1.1) », « Section 4 : », « 5.1. », « - »
_NUMBERING = r"(?:(?:(?:section|article|rubrique) )?[ivx\d][ivx\d.]{0,7}[.):-]{0,2} {0,2}|bt-\d{1,4} |[-*>] ?){0,3}"


def _blanks(pattern: str) -> str:
    """Let a blank of a pattern be several: a label is copied with those of its table."""
    return pattern.replace(" ?", "\0").replace(" ", " {1,4}").replace("\0", " {0,3}")


_ALL = "|".join(f"(?P<{label.value}>{_blanks(pattern)})" for label, pattern in _NAMES)
_NOTE = r"(?: {0,3}\([^()\n]{0,80}\))?"
# With its colon, at the beginning of a line or of a sentence; or alone on its line.
_LABEL = re.compile(
    rf"(?:^|(?<=[.;!?] )) {{0,20}}{_NUMBERING}(?:{_ALL}){_NOTE} {{0,6}}(?::|(?= = )|(?= {{0,20}}$))", re.MULTILINE
)
# A title of a part of the form: what stands below is no longer about what stood above.
_PART = re.compile(
    r"^ {0,20}(?:section \d+|[ivx]+[.)]|\d{1,2}(?:\.\d{1,2}){0,2}[.)]?)"
    r" {0,3}[:.-]? {0,3}(?P<name>[a-z][^:\n]{2,70})$",
    re.MULTILINE,
)
_BUYERS_PART = re.compile(r"acheteur|organisations?\b|identification de l'organisme|pouvoir adjudicateur|^org-")
# Of the labels that nobody needs, those that also stand alone on their line.
_ALONE = re.compile(r"recours|renseignement|information|condition|critere|procedure|modalite|justificati|mediation")
# What says again what is wanted, after who asks.
_ABOUT_WORK = frozenset(
    {Label.TITLE, Label.DESCRIPTION, Label.LOT_DESCRIPTION, Label.PLACE, Label.LOTS, Label.CODES, Label.AMOUNT}
)


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of the text under one label. value: without the label. about_buyer: in the part about who asks."""

    label: Label
    whole: Span
    value: Span
    about_buyer: bool


def sections_of(folded: str) -> list[Section]:
    """Return the sections of a folded text, in order and without gaps."""
    return list(_sections(folded))


def _sections(folded: str) -> Iterator[Section]:
    parts = [(part.start(), bool(_BUYERS_PART.search(part["name"]))) for part in _PART.finditer(folded)]
    found = [
        (match.start(), match.end(), Label(match.lastgroup or Label.OTHER))
        for match in _LABEL.finditer(folded)
        if match.lastgroup != Label.OTHER or match[0].endswith(":") or _ALONE.search(match[0])
    ]
    starts = {start for start, _, _ in found}
    # A part's title ends the section above.
    found += [(start, start, Label.NONE) for start, _ in parts if start not in starts]
    found.sort()
    if not found or found[0][0] > 0:
        found.insert(0, (0, 0, Label.NONE))
    about_buyer, next_part = False, 0
    ends = [*(start for start, _, _ in found[1:]), len(folded)]
    for (start, value_start, label), end in zip(found, ends, strict=True):
        while next_part < len(parts) and parts[next_part][0] <= start:
            about_buyer = parts[next_part][1]
            next_part += 1
        if label is Label.BUYER or label in _ABOUT_WORK:
            about_buyer = label is Label.BUYER
        yield Section(label, Span(start, end), Span(value_start, end), about_buyer)
