"""Days of a takeover's calendar in French, and who has to be informed before the sale."""

from collections.abc import Mapping

from api.core.settings import TakeoverSettings
from api.takeovers.calendar.computed_days import CalendarFacts, is_each_employee_informed
from api.takeovers.calendar.date_kinds import DateKind

DATES: Mapping[str, str] = {
    DateKind.AGREEMENT: "accord du cédant",
    DateKind.SHEET_APPROVED: "fiche aveugle approuvée par le cédant",
    DateKind.COMMITMENT: "engagement de confidentialité signé",
    DateKind.MEETING: "rencontre du cédant et du candidat",
    DateKind.INTENT_SIGNED: "lettre d’intention signée",
    DateKind.INTENT_LAPSES: "fin de validité de la lettre d’intention",
    DateKind.AUDITED: "audits rendus",
    DateKind.PROTOCOL: "signature du protocole",
    DateKind.CONDITIONS_BY: "levée des conditions du protocole, au plus tard",
    DateKind.FINANCING_GRANTED: "financement accordé",
    DateKind.EMPLOYEES_INFORMED: "dernier salarié informé",
    DateKind.EMPLOYEES_RENOUNCED: "dernier salarié ayant dit ne pas faire d’offre",
    DateKind.EMPLOYEES_EXEMPT: "information des salariés sans objet",
    DateKind.COUNCIL_INFORMED: "CSE informé",
    DateKind.COUNCIL_OPINION: "avis du CSE rendu",
    DateKind.PREEMPTION_DECLARED: "déclaration de préemption reçue par la commune",
    DateKind.BODACC_PUBLISHED: "vente parue au BODACC",
    DateKind.EXCLUSIVITY_ENDS: "fin de l’exclusivité",
    DateKind.INFORM_EMPLOYEES_BY: "informer les salariés, au plus tard",
    DateKind.EARLIEST_SALE: "vente possible, au plus tôt",
    DateKind.INFORMATION_OUTDATED: "vente à signer avant que l’information des salariés soit à refaire",
    DateKind.COUNCIL_OPINION_DUE: "avis du CSE, au plus tard",
    DateKind.PREEMPTION_ENDS: "fin du délai de préemption de la commune",
    DateKind.CLOSING: "signature de la cession",
    DateKind.PUBLISH_BY: "publier la vente du fonds, au plus tard",
    DateKind.OPPOSITION_ENDS: "fin des oppositions des créanciers",
    DateKind.HANDOVER_ENDS: "fin de l’accompagnement",
    DateKind.RESUME_ON: "à revoir",
    DateKind.JUDGMENT: "jugement d’ouverture",
    DateKind.OFFERS_DUE: "date limite de dépôt des offres",
    DateKind.OFFER_FILED: "offre déposée",
    DateKind.HEARING: "audience",
    DateKind.PLAN: "jugement arrêtant le plan de cession",
    DateKind.POSSESSION: "entrée en jouissance",
    DateKind.OFFER_TO_ADMINISTRATOR_BY: "offre chez l’administrateur, au plus tard",
    DateKind.OTHER_OFFERS_BY: "dernières offres concurrentes d’une cession préparée",
    DateKind.IMPROVEMENT_BY: "dernière amélioration de l’offre",
    DateKind.COURT_OPINION_BY: "avis du CSE avant l’audience",
    DateKind.FINANCING_REVIEW: "le tribunal regarde le financement de la période",
    DateKind.ACTIVITY_ENDS: "fin du maintien de l’activité",
    DateKind.OBSERVATION_ENDS: "fin de la période d’observation",
    DateKind.DISMISSALS_BY: "licenciements prévus au plan, au plus tard",
}
# What the day alone does not say, where there is something that is asked for.
DATE_NOTES: Mapping[DateKind, str] = {
    DateKind.AGREEMENT: "Ce qui peut être dit, à qui",
    DateKind.SHEET_APPROVED: "Version de la fiche",
    DateKind.EMPLOYEES_INFORMED: "Moyen et preuve (remise contre signature, lettre recommandée…)",
    DateKind.EMPLOYEES_RENOUNCED: "Preuve",
    DateKind.EMPLOYEES_EXEMPT: "Pourquoi la règle ne s’applique pas",
    DateKind.JUDGMENT: "Tribunal",
    DateKind.HEARING: "Tribunal, heure",
}


def who_is_informed(facts: CalendarFacts, options: TakeoverSettings) -> str:
    """Return, as a sentence, who has to be informed before the sale."""
    if facts.of_court:
        return "Vente par le tribunal : l’information de chaque salarié ne s’applique pas."
    if facts.headcount == 0:
        return "Aucun salarié : personne n’est à informer avant la vente."
    each = is_each_employee_informed(facts, options)
    if each is None:
        return f"À partir de {options.employee_notice_ceiling} salariés, la règle est à vérifier."
    if each:
        unknown = " L’effectif n’est pas noté." if facts.headcount is None else ""
        return f"Moins de {options.employee_notice_headcount} salariés : chacun est informé avant la vente.{unknown}"
    return "Le CSE est informé et consulté ; s’il n’y en a pas avec les attributions des 50 et plus, chaque salarié."
