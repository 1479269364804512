"""Cases of brokerage as other pages show them: what one is called, who follows a suggestion, what was done lately."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session

from api.accounts.accounts import account_names
from api.brokerage import case_history
from api.brokerage.queries import PairRow
from api.brokerage.wording import STATES, step_in_words
from api.core.clock import day_in_france


def what(pair: PairRow) -> str:
    """Return what an opportunity, or its lot, is called."""
    title = pair.opportunity.title
    return f"{title} – lot {pair.lot.number} : {pair.lot.title}" if pair.lot else title


def who(pair: PairRow) -> str:
    """Return whom it was proposed to: an actor, or whoever follows a search."""
    if pair.actor:
        return pair.actor.name
    return f"Recherche « {pair.search} »" if pair.search else "Recherche retirée"


def what_address(pair: PairRow) -> str:
    return f"/opportunites/{pair.opportunity.id}" + (f"?lot={pair.lot.id}" if pair.lot else "")


def in_hand(session: Session, suggestion_ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return, for suggestions that somebody follows, where their case is and how it stands."""
    cases = case_history.cases_in_hand(session, suggestion_ids)
    called = account_names(session) if cases else {}
    return {
        key: {
            "address": f"/dossiers/{case.id}",
            "words": f"{STATES[case.state]}, {_charge(case.facilitator_id, called)}",
        }
        for key, case in cases.items()
    }


def lately(session: Session, *, actor_id: str | None = None, opportunity_id: str | None = None) -> list[dict[str, Any]]:
    """Return what was done about an actor or an opportunity, newest first."""
    rows = case_history.history(session, actor_id=actor_id, opportunity_id=opportunity_id)
    called = account_names(session) if rows else {}
    return [
        {
            "day": day_in_france(row.step.at),
            "address": f"/dossiers/{row.step.case_id}",
            "other": what(row.pair) if actor_id else who(row.pair),
            "words": step_in_words(row.step, None, called),
            "by": by_in_words(row.step.by, called),
            "note": row.step.note,
        }
        for row in rows
    ]


def by_in_words(by: str, called: Mapping[str, str]) -> str:
    """Return who did a step."""
    kind, _, ident = by.partition(":")
    if kind == "account":
        return called.get(ident, "compte effacé")
    return "ligne de commande"


def _charge(facilitator_id: str | None, called: Mapping[str, str]) -> str:
    name = called.get(facilitator_id or "")
    return f"suivi par {name}" if name else "sans responsable"
