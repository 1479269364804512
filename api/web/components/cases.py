"""Brokerage cases as other pages show them: their names, the facilitator in charge."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from api.accounts.accounts import account_names
from api.brokerage import case_history
from api.brokerage.queries import PairRow
from api.web.components.state_badge import StateBadge, case_badge


def what(pair: PairRow) -> str:
    """Return the title of an opportunity or of its lot."""
    opportunity_title = pair.opportunity.title
    return f"{opportunity_title} – lot {pair.lot.number} : {pair.lot.title}" if pair.lot else opportunity_title


def who(pair: PairRow) -> str:
    """Return the name of the actor, or the words of the saved search, that the opportunity was proposed to."""
    if pair.actor:
        return pair.actor.name
    return f"Recherche « {pair.search} »" if pair.search else "Recherche retirée"


def what_address(pair: PairRow) -> str:
    return f"/opportunites/{pair.opportunity.id}" + (f"?lot={pair.lot.id}" if pair.lot else "")


@dataclass(frozen=True)
class CaseInHand:
    """The case that somebody follows: its page, its state, in whose charge it is."""

    address: str
    state: StateBadge
    charge: str


def in_hand(session: Session, suggestion_ids: Sequence[str]) -> dict[str, CaseInHand]:
    """Return suggestion → its case, for suggestions in charge of somebody."""
    cases_by_suggestion = case_history.cases_in_hand(session, suggestion_ids)
    names_by_account = account_names(session) if cases_by_suggestion else {}
    return {
        suggestion_id: CaseInHand(
            address=f"/dossiers/{brokerage_case.id}",
            state=case_badge(brokerage_case.state),
            charge=_charge(brokerage_case.facilitator_id, names_by_account),
        )
        for suggestion_id, brokerage_case in cases_by_suggestion.items()
    }


def by_in_words(by: str, names_by_account: Mapping[str, str]) -> str:
    """Return the author of a step, in words."""
    journal_kind, _, account_id = by.partition(":")
    if journal_kind == "account":
        return names_by_account.get(account_id, "compte effacé")
    return "ligne de commande"


def _charge(facilitator_id: str | None, names_by_account: Mapping[str, str]) -> str:
    facilitator_name = names_by_account.get(facilitator_id or "")
    return f"suivi par {facilitator_name}" if facilitator_name else "sans responsable"
