"""Brokerage cases as other pages show them: their names, the facilitator in charge."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from api.accounts.accounts import account_names
from api.brokerage import case_history
from api.brokerage.pair_rows import NamedPair, PairRow
from api.brokerage.queries import case_rows_by_id
from api.brokerage.wording import STATES
from api.web.components.state_badge import StateBadge, case_badge


def what(pair: PairRow | NamedPair) -> str:
    """Return the title of an opportunity or of its lot."""
    opportunity_title = pair.opportunity.title
    return f"{opportunity_title} – lot {pair.lot.number} : {pair.lot.title}" if pair.lot else opportunity_title


def who(pair: PairRow | NamedPair) -> str:
    """Return the name of the actor, or the words of the saved search, that the opportunity was proposed to."""
    if pair.actor:
        return pair.actor.name
    return f"Recherche « {pair.search} »" if pair.search else "Recherche retirée"


def what_address(pair: PairRow) -> str:
    return f"/opportunites/{pair.opportunity.id}" + (f"?lot={pair.lot.id}" if pair.lot else "")


def takeover_address(kind: str, opportunity_id: str) -> str:
    """Return the address of the page that shows a takeover case whole; empty for anything else."""
    return f"/opportunites/{opportunity_id}/reprise" if kind == "takeover" else ""


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


@dataclass(frozen=True)
class NamedCase:
    """A case by the name of its actor. words: its state, and who is in charge."""

    name: str
    address: str
    words: str


@dataclass(frozen=True)
class OpenedNotice:
    """What became of cases that were asked for at once: those that were opened, and those that were there already."""

    opened: Sequence[NamedCase]
    already: Sequence[NamedCase]


def opened_notice(session: Session, opportunity_id: str, opened: str, already: str) -> OpenedNotice | None:
    """Return the confirmation that an opportunity's page shows; None where nothing of it was asked for.

    opened, already: ids of cases, with commas between; whatever is no case of this opportunity is left out.
    """
    opened_ids, already_ids = opened.split(","), already.split(",")
    if not (opened or already):
        return None
    names_by_account = account_names(session)
    named = {
        row.case.id: NamedCase(
            who(row.pair),
            f"/dossiers/{row.case.id}",
            f"{STATES[row.case.state]}, {_charge(row.case.facilitator_id, names_by_account)}",
        )
        for row in case_rows_by_id(session, [*opened_ids, *already_ids])
        if row.pair.opportunity.id == opportunity_id
    }
    return OpenedNotice(
        [named[case_id] for case_id in opened_ids if case_id in named],
        [named[case_id] for case_id in already_ids if case_id in named],
    )


def by_in_words(by: str, names_by_account: Mapping[str, str]) -> str:
    """Return the author of a step, in words."""
    journal_kind, _, account_id = by.partition(":")
    if journal_kind == "account":
        return names_by_account.get(account_id, "compte effacé")
    return "ligne de commande"


def _charge(facilitator_id: str | None, names_by_account: Mapping[str, str]) -> str:
    facilitator_name = names_by_account.get(facilitator_id or "")
    return f"suivi par {facilitator_name}" if facilitator_name else "sans responsable"
