"""The journal, for administrators: its entries, newest first, and whether its chain of hashes is whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.accounts.accounts import account_names
from api.audit.log import journal_page, verify_page
from api.core.french import day, number
from api.night.journal import JournalCheck, last_journal_check
from api.web.components.forms import desk_page
from api.web.components.journal import ACTIONS, actor_in_words, detail_in_words, moment_in_words
from api.web.dependencies import UnitDep
from api.web.error_pages import DeskRoute
from api.web.visitors import AdministratorDep
from models.audit import AuditEntry

router = APIRouter(route_class=DeskRoute, include_in_schema=False)
PER_PAGE = 100
# No greater number fits a column.
Number = Annotated[int, Query(ge=1, le=2**63 - 1)]


@dataclass(frozen=True)
class JournalView:
    """A page of the journal, newest first, and whether it is whole: these entries now, all of them last night."""

    rows: Sequence[Mapping[str, object]]
    entry_count: str
    problem_text: str | None
    broken_at: int | None
    checked_text: str
    older_than: int | None
    is_newest: bool


@router.api_route("/journal", methods=["GET", "HEAD"])
def journal(unit: UnitDep, visitor: AdministratorDep, avant: Number | None = None) -> Response:
    journal_entries = journal_page(unit.session, before=avant, limit=PER_PAGE)
    names_by_account = account_names(unit.session)
    verification = verify_page(unit.session, journal_entries, is_newest=avant is None)
    last_check = last_journal_check(unit.session)
    has_older = len(journal_entries) == PER_PAGE and journal_entries[-1].seq > 1
    return desk_page(
        "journal.html",
        visitor,
        "/journal",
        view=JournalView(
            rows=[_row(entry, names_by_account) for entry in journal_entries],
            entry_count=number(verification.count),
            problem_text=verification.problem or (last_check.problem if last_check else ""),
            broken_at=verification.at or (last_check.at if last_check else None),
            checked_text=_check_in_words(last_check) if last_check else "",
            older_than=journal_entries[-1].seq if has_older else None,
            is_newest=avant is None,
        ),
    )


def _check_in_words(check: JournalCheck) -> str:
    return f"{number(check.count)} entrées, la nuit du {day(check.night)}"


def _row(journal_entry: AuditEntry, names_by_account: dict[str, str]) -> dict[str, object]:
    return {
        "seq": journal_entry.seq,
        "at": moment_in_words(journal_entry.at),
        "who": actor_in_words(journal_entry.actor, names_by_account),
        "what": ACTIONS.get(journal_entry.action, journal_entry.action),
        "of": journal_entry.object_id,
        "detail": detail_in_words(journal_entry.detail),
    }
