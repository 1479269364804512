"""Brokerage in French: states, moves, groups of the waiting list, steps."""

from collections.abc import Mapping
from datetime import date

from api.core.french import day, number
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
}
# What going back is called, by whether a case is open.
BACK_TITLE = {True: "Revenir en arrière", False: "Rouvrir ce dossier"}
GROUPS = {
    "nobody": "Sans responsable",
    "late": "En retard",
    "today": "Aujourd’hui",
    "quiet": "Sans relance",
    "later": "Plus tard",
}


def jobs_in_words(created: int | None, kept: int | None) -> str:
    """Return « 2 emplois créés, 1 maintenu », with what is not known said so; empty where neither is known."""
    if created is None and kept is None:
        return ""
    parts = []
    if created is not None:
        parts.append(f"{number(created)} emploi{'s' if created >= 2 else ''} créé{'s' if created >= 2 else ''}")
    if kept is not None:
        parts.append(f"{number(kept)} emploi{'s' if kept >= 2 else ''} maintenu{'s' if kept >= 2 else ''}")
    return ", ".join(parts)


def reminder_in_words(on: date | None) -> str:
    return f"relance le {day(on.isoformat())}" if on else "plus de relance"


def step_in_words(step: BrokerageStep, before: BrokerageStep | None, names: Mapping[str, str]) -> str:
    """Return what a step did; before: the one before it, without which only the move is told.

    names: account id → name.
    """
    parts = []
    if step.from_state is None:
        parts.append("dossier ouvert")
    elif step.from_state != step.to_state:
        parts.append(f"{STATES[step.from_state]} → {STATES[step.to_state]}")
    if step.reasons and (before is None or before.reasons != step.reasons):
        parts.append(", ".join(OBJECTIONS[Objection(one)] for one in step.reasons))
    if before is None:
        if jobs := jobs_in_words(step.jobs_created, step.jobs_kept):
            parts.append(jobs)
    else:
        if (before.jobs_created, before.jobs_kept) != (step.jobs_created, step.jobs_kept):
            parts.append(jobs_in_words(step.jobs_created, step.jobs_kept) or "emplois non renseignés")
        if before.remind_on != step.remind_on:
            parts.append(reminder_in_words(step.remind_on))
        if before.facilitator_id != step.facilitator_id:
            parts.append(f"confié à {names.get(step.facilitator_id or '', 'un compte effacé')}")
    return " ; ".join(parts) or "note"
