"""The form that asks, once a case was won, what becomes of its opportunity and of the other cases."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from api.brokerage.outcome import SeenCase, is_to_be_settled
from api.brokerage.queries import CaseRow
from api.brokerage.transitions import OPEN, State
from api.brokerage.wording import OUTCOMES, STATES
from api.web.components.cases import who
from api.web.fields import seen_version
from models.opportunities import Opportunity


@dataclass(frozen=True)
class OutcomeForm:
    """address: where it is sent. won: the won case, as `read_seen` reads it. is_open: whether the form is unfolded.

    others: (value, words, ticked) of each open case.
    """

    address: str
    won: str
    won_by: str
    choices: Sequence[tuple[str, str]]
    chosen: str
    others: Sequence[tuple[str, str, bool]]
    note: str
    problem: str
    is_open: bool


def outcome_form(
    opportunity: Opportunity,
    rows: Sequence[CaseRow],
    *,
    won: CaseRow | None = None,
    chosen: str = "",
    ticked: Collection[str] | None = None,
    note: str | None = None,
    problem: str = "",
    is_open: bool = False,
) -> OutcomeForm | None:
    """Return the form, None where nothing is to be decided. rows: all cases of the opportunity, the last touched first.

    won: the case that was won, None for the last of them.
    ticked: what was sent; None ticks the cases about the same lot, or the same whole, as the won one.
    """
    if not is_to_be_settled(opportunity, rows):
        return None
    won = won or next(row for row in rows if row.case.state == State.WON)
    won_by = who(won.pair)
    others = []
    for row in rows:
        if row.case.state in OPEN:
            value = seen_value(row)
            about_same = won.pair.lot is None or row.pair.lot is None or row.pair.lot.id == won.pair.lot.id
            lot_words = f", lot {row.pair.lot.number}" if row.pair.lot else ""
            words = f"{who(row.pair)} ({STATES[row.case.state]}{lot_words})"
            others.append((value, words, about_same if ticked is None else value in ticked))
    return OutcomeForm(
        address=f"/opportunites/{opportunity.id}/issue",
        won=seen_value(won),
        won_by=won_by,
        choices=list(OUTCOMES.items()),
        chosen=chosen,
        others=others,
        note=f"Gagnée par {won_by}." if note is None else note,
        problem=problem,
        is_open=is_open,
    )


def seen_value(row: CaseRow) -> str:
    """Return a case and its version as one value of a form."""
    return f"{row.case.id}.{row.case.version}"


def read_seen(value: str) -> SeenCase:
    """Return what `seen_value` wrote; what is none of it names no case."""
    case_id, _, version = value.partition(".")
    return SeenCase(case_id, seen_version(version))
