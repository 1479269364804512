"""Brokerage in French: states, transitions, groups of the worklist, steps."""

from collections.abc import Mapping
from datetime import date

from api.core.french import day, number, plural
from api.learning.wording import OBJECTIONS
from matcher.learning.observations import Objection
from models.brokerage import BrokerageStep

STATES = {
    "proposed": "proposée",
    "contacted": "contactée",
    "interested": "intéressée",
    "introduced": "mise en relation",
    "won": "gagnée",
    "lost": "perdue",
    "refused": "refusée",
    "cancelled": "annulée",
}
# What is added to a step that leads to a state.
STEP_NOTES = {"refused": " (refus rapporté par l’équipe)", "cancelled": " (ouvert par erreur : ne compte nulle part)"}
ORIGINS = {"ranking": "", "by_hand": "acteur ajouté à la main", "coalition": "groupement proposé"}
# Title of the backward transitions, by whether the case is open.
BACK_TITLE = {True: "Revenir en arrière", False: "Rouvrir ce dossier"}
# What is to be done next, by the state of an open case.
NEXT_STEPS = {
    "proposed": "contacter l’acteur",
    "contacted": "attendre sa réponse, ou relancer",
    "interested": "mettre les deux parties en relation",
    "introduced": "suivre jusqu’à la décision",
}
OUTCOMES = {
    "filled": "Gagnée : elle est pourvue",
    "closed": "Close : le reste n’est plus à prendre",
    "still_open": "Encore ouverte, pour d’autres lots ou besoins",
}
GROUPS = {
    "nobody": "Sans responsable",
    "late": "En retard",
    "today": "Aujourd’hui",
    "quiet": "Sans relance",
    "later": "Plus tard",
}


def outcome_in_words(outcome: str, closed_count: int) -> str:
    """Return « Ce que devient l’opportunité – Gagnée : elle est pourvue. 2 autres dossiers clos. »"""
    phrase = f"Ce que devient l’opportunité – {OUTCOMES[outcome]}."
    return f"{phrase} {plural(closed_count, 'autre dossier clos', 'autres dossiers clos')}." if closed_count else phrase


def jobs_in_words(jobs_created: int | None, jobs_kept: int | None) -> str:
    """Return « 2 emplois créés, 1 emploi maintenu »; unknown counts are left out."""
    if jobs_created is None and jobs_kept is None:
        return ""
    phrases = []
    if jobs_created is not None:
        phrases.append(
            f"{number(jobs_created)} emploi{'s' if jobs_created >= 2 else ''} créé{'s' if jobs_created >= 2 else ''}"
        )
    if jobs_kept is not None:
        phrases.append(
            f"{number(jobs_kept)} emploi{'s' if jobs_kept >= 2 else ''} maintenu{'s' if jobs_kept >= 2 else ''}"
        )
    return ", ".join(phrases)


def reminder_in_words(remind_on: date | None) -> str:
    return f"relance le {day(remind_on.isoformat())}" if remind_on else "plus de relance"


def step_in_words(step: BrokerageStep, previous_step: BrokerageStep | None, names: Mapping[str, str]) -> str:
    """Return a step in French. previous_step: for the changes of reminder and facilitator. names: account id → name."""
    phrases = []
    if step.from_state is None:
        phrases.append("dossier ouvert")
    elif step.from_state != step.to_state:
        phrases.append(f"{STATES[step.from_state]} → {STATES[step.to_state]}{STEP_NOTES.get(step.to_state, '')}")
    if step.reasons and (previous_step is None or previous_step.reasons != step.reasons):
        phrases.append(", ".join(OBJECTIONS[Objection(reason)] for reason in step.reasons))
    if previous_step is None:
        if jobs_text := jobs_in_words(step.jobs_created, step.jobs_kept):
            phrases.append(jobs_text)
    else:
        if (previous_step.jobs_created, previous_step.jobs_kept) != (step.jobs_created, step.jobs_kept):
            phrases.append(jobs_in_words(step.jobs_created, step.jobs_kept) or "emplois non renseignés")
        if previous_step.remind_on != step.remind_on:
            phrases.append(reminder_in_words(step.remind_on))
        if previous_step.facilitator_id != step.facilitator_id:
            phrases.append(f"confié à {names.get(step.facilitator_id or '', 'un compte effacé')}")
    return " ; ".join(phrases) or "note"
