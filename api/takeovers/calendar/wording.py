"""Takeovers in French: stages, reasons, days, and what a step did."""

from collections.abc import Mapping

from api.brokerage.wording import jobs_in_words
from api.core.french import NBSP
from api.core.settings import TakeoverSettings
from api.takeovers.calendar.computed_days import CalendarFacts, is_each_employee_informed
from api.takeovers.calendar.date_kinds import DateKind
from api.takeovers.stages.reasons import Reason
from api.takeovers.stages.transitions import Procedure, Sells, Stage, Way
from models.takeovers import TakeoverStep

STAGES: Mapping[str, str] = {
    Stage.FIRST_CONTACT: "premier contact",
    Stage.MANDATE: "accord du cédant",
    Stage.BLIND_SHEET: "fiche aveugle",
    Stage.APPROACHED: "candidats approchés",
    Stage.COMMITTED: "engagement de confidentialité signé",
    Stage.MET: "rencontre faite",
    Stage.INTENT: "lettre d’intention signée",
    Stage.AUDIT: "audits en cours",
    Stage.PROTOCOL: "protocole signé",
    Stage.FINANCED: "financement obtenu",
    Stage.JUDGMENT: "procédure ouverte",
    Stage.ADMINISTRATOR: "administrateur ou liquidateur joint",
    Stage.CALL: "offres appelées, date limite connue",
    Stage.PREPARING: "offre en préparation",
    Stage.FILED: "offre déposée",
    Stage.HEARD: "audience tenue, délibéré",
    Stage.PLAN: "plan arrêté pour un candidat suivi",
    Stage.POSSESSION: "entrée en jouissance",
    Stage.CLOSED: "cession signée",
    Stage.HANDOVER: "accompagnement en cours",
    Stage.DONE: "reprise accomplie",
    Stage.LOST: "perdue",
    Stage.WITHDRAWN: "retirée par le cédant",
}
WAYS: Mapping[Way, str] = {
    Way.FORWARD: "Étape suivante",
    Way.FALLBACK: "La reprise recule",
    Way.SWITCH: "Changer de voie",
    Way.OUT: "Clore ce cas",
    Way.CORRECTION: "Réparer une erreur",
}
REASONS: Mapping[str, str] = {
    Reason.NO_CANDIDATE: "aucun candidat",
    Reason.PRICE: "désaccord sur le prix",
    Reason.FINANCING: "financement refusé",
    Reason.AUDIT: "mauvaise surprise à l’audit",
    Reason.LEASE: "bail ou local",
    Reason.KEY_PEOPLE: "départ d’une personne clé",
    Reason.CANDIDATE_WITHDREW: "le candidat a renoncé",
    Reason.TOO_LATE: "délai dépassé",
    Reason.OFFER_NOT_CHOSEN: "offre non retenue",
    Reason.NO_OFFER: "aucune offre déposée",
    Reason.CEASED: "l’entreprise a fermé",
    Reason.LIQUIDATED: "liquidée sans cession",
    Reason.SOLD_ELSEWHERE: "reprise hors de la maison",
    Reason.OWNER_KEEPS: "le cédant garde l’entreprise",
    Reason.FAMILY: "transmise à la famille",
    Reason.HEALTH: "santé ou décès",
    Reason.CONFIDENTIALITY: "secret éventé",
    Reason.NOT_READY: "pas prêt, à revoir",
    Reason.CONTINUATION: "plan de continuation ou sauvegarde",
    Reason.EXCLUSIVITY_ENDED: "exclusivité terminée",
    Reason.HEARING_PUT_OFF: "audience reportée",
    Reason.PROCEDURE_CLOSED: "procédure close",
    Reason.CORRECTION: "correction",
    Reason.OVERRULED: "avertissement passé outre",
}
PROCEDURES: Mapping[str, str] = {
    Procedure.RECOVERY: "redressement judiciaire",
    Procedure.LIQUIDATION: "liquidation judiciaire",
}
SELLS: Mapping[str, str] = {Sells.BUSINESS: "le fonds", Sells.SHARES: "les titres de la société"}
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
# The nine heads of an offer (C. com., art. L642-2, II), and the statement of art. L642-3.
OFFER_HEADS = (
    "biens, droits et contrats repris",
    "prévisions d’activité et de financement",
    "prix, modalités de règlement, apporteurs de capitaux et garants, emprunts et leur durée",
    "date de réalisation de la cession",
    "niveau et perspectives d’emploi",
    "garanties souscrites pour l’exécution de l’offre",
    "cessions d’actifs prévues dans les deux ans",
    "durée de chacun des engagements",
    "financement des garanties environnementales",
    "attestation que l’auteur de l’offre n’est pas de ceux que la loi écarte (art. L642-3)",
)


def step_in_words(step: TakeoverStep, previous: TakeoverStep | None, names: Mapping[str, str]) -> str:
    """Return a step in French, without its note. previous: the step before; names: account id → name."""
    phrases = []
    if step.from_stage != step.to_stage:
        phrases.append(f"{STAGES[step.from_stage]} → {STAGES[step.to_stage]}")
    if step.reasons:
        phrases.append(", ".join(REASONS[reason] for reason in step.reasons))
    if step.facilitator_id != (previous.facilitator_id if previous else None):
        name = names.get(step.facilitator_id or "", "un compte effacé")
        phrases.append(f"confiée à {name}" if step.facilitator_id else "plus de responsable")
    if step.jobs_kept != (previous.jobs_kept if previous else None):
        phrases.append(jobs_in_words(None, step.jobs_kept) or "emplois maintenus non renseignés")
    return f"{NBSP}; ".join(phrases) or "complétée"


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
