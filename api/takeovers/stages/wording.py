"""Stages of a takeover in French, why one ended or went back, and which way a move goes."""

from collections.abc import Mapping

from api.takeovers.stages.reasons import Reason
from api.takeovers.stages.transitions import Procedure, Sells, Stage, Way

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
