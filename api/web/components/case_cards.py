"""The cases of one opportunity, each in two lines."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from api.brokerage.queries import CaseRow
from api.brokerage.wording import NEXT_STEPS, ORIGINS
from api.core.french import when
from api.web.components.cases import who
from api.web.components.state_badge import StateBadge, case_badge


@dataclass(frozen=True)
class CaseCard:
    """A case beside others of its opportunity: who, about which lot, what is to be done next."""

    address: str
    who: str
    lot: str
    charge: str
    next_step: str
    is_late: bool
    origin: str
    confidential: bool
    state: StateBadge


def case_card(row: CaseRow, names_by_account: Mapping[str, str], today: date) -> CaseCard:
    case, pair = row.case, row.pair
    next_step = NEXT_STEPS.get(case.state, "")
    if next_step and case.remind_on:
        next_step = f"{next_step} ; relance {when(case.remind_on, today)}"
    return CaseCard(
        address=f"/dossiers/{case.id}",
        who=who(pair),
        lot=f"Lot {pair.lot.number}" if pair.lot else "",
        charge=names_by_account.get(case.facilitator_id or "", "personne"),
        next_step=next_step,
        is_late=bool(case.remind_on and case.remind_on < today),
        origin=ORIGINS.get(case.origin, ""),
        confidential=bool(pair.actor and pair.actor.confidential),
        state=case_badge(case.state),
    )
