"""The file of a takeover in French: what a step did, and the heads of an offer to the court."""

from collections.abc import Mapping

from api.brokerage.wording import jobs_in_words
from api.core.french import NBSP
from api.takeovers.stages.wording import REASONS, STAGES
from models.takeovers import TakeoverStep

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
