"""Which kind of need a text is: a tender's notice, a takeover, or a message."""

import re
from collections.abc import Sequence

from api.understanding.labels import Label, Section
from api.understanding.need import NeedKind

# Each says by itself that a company changes hands.
_TAKEOVER = tuple(
    re.compile(pattern)
    for pattern in (
        r"\brepreneu(?:r|se)s?\b",
        r"\bced(?:e|er|ant|ons|ent)\b.{0,60}\b(?:entreprise|fonds|affaire|activite|societe|atelier|sarl|"
        r"parts|boutique|commerce|cabinet|exploitation|cause|salon|garage|boulangerie|restaurant|"
        r"imprimerie|menuiserie)|\bcede\b|\ba ceder\b",
        r"\bcession (?:d'entreprise|de (?:l'|mon |son |notre )?(?:entreprise|fonds|activite|affaire|"
        r"societe|la societe|parts)|d'activite|du fonds|des parts|totale|partielle)",
        r"\b(?:depart|pars?|partir|part|partent|partant)\b.{0,25}\bretraite\b|\b(?:dirigeant|gerant|"
        r"patron|proprietaire)e?s?\b[^.\n]{0,60}\bretraite\b|\bcause retraite\b",
        r"\b(?:liquidation|redressement) judiciaire\b|procedure collective",
        r"\boffres? de reprise\b|\bplan de cession\b|\bdossier de reprise\b",
        r"\breprise (?:d'entreprise|de (?:l'|la |son |mon |notre )?(?:entreprise|activite|societe|"
        r"affaire|fonds|boite)|d'activite|par (?:les|ses|des) salaries|en (?:scop|scic|cooperative)|"
        r"possible|du fonds)",
        r"\breprendre (?:l'|la |le |mon |notre |son |sa |cette |leur )(?:entreprise|activite|affaire|"
        r"fonds|boite|societe|atelier|boutique|commerce|exploitation|suite|garage|restaurant|boulangerie)",
        r"\btransm(?:ettre|ission|et)\b.{0,25}(?:entreprise|activite|societe|atelier|affaire|boite|cabinet)",
        r"\bfonds (?:de commerce|artisanal)\b",
        r"\bvend(?:s|re|ent|ons)?\b (?:son|sa|mon|ma|notre|leur) (?:entreprise|fonds|affaire|atelier|"
        r"societe|boite|activite|boutique|commerce|garage|exploitation)",
        r"\bsans successeur\b|\bcherche (?:un |des )?successeurs?\b",
    )
)
# In notices of tenders these speak of candidates, or of the law.
_JUDICIAL = _TAKEOVER[4]
_TENDER = re.compile(
    r"marches? publics?|appel d'offres|avis de (?:marche|publicite|concession)|appel public|mise en concurrence|"
    r"pouvoir adjudicateur|accord-cadre|procedure adaptee|\bmapa\b|\bcpv\b|\bboamp\b|\bjoue\b|"
    r"remise des (?:offres|plis)|"
    r"reception des (?:offres|plis)|dossier de consultation|\bdce\b|marche reserve|criteres? d'attribution|"
    r"lots? n ?°|acheteur public|profil d'acheteur|lance une consultation|"
    r"consultation des entreprises|objet du marche|acte d'engagement|marche adapte|reglement de (?:la )?consultation|"
    r"code de la commande publique|"
    r"cahier des charges|\bconsultation\b|recherche un prestataire|offres a remettre|"
    r"offres? (?:avant|au plus tard)|date limite"
)
_TENDER_LABELS = frozenset({Label.TITLE, Label.CODES, Label.BUYER, Label.DEADLINE, Label.LOT_DESCRIPTION, Label.PLACE})


def kind_of(folded: str, sections: Sequence[Section]) -> NeedKind:
    """Return the kind of a folded text."""
    takeover_signs = [sign for sign in _TAKEOVER if sign.search(folded)]
    labels = {section.label for section in sections} & _TENDER_LABELS
    tender_signs = set(_TENDER.findall(folded))
    tender_weight = len(tender_signs) + len(labels)
    if takeover_signs == [_JUDICIAL]:
        # Alone it is a takeover only where nothing is bought: candidates must declare that they are in none.
        return NeedKind.TAKEOVER if not tender_signs - {"date limite"} and len(labels) < 3 else NeedKind.TENDER
    if takeover_signs and (tender_weight <= 1 or len(takeover_signs) * 2 > tender_weight):
        return NeedKind.TAKEOVER
    return NeedKind.TENDER if tender_weight >= 2 else NeedKind.MESSAGE
