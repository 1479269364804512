"""The journal, for administrators: its entries, newest first, and whether its chain of hashes is whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.accounts.accounts import account_names
from api.audit.log import journal_page, verify
from api.core.french import number
from api.web.components.forms import desk_page
from api.web.components.journal import ACTIONS, actor_in_words, detail_in_words, moment_in_words
from api.web.dependencies import UnitDep
from api.web.error_pages import DeskRoute
from api.web.visitors import AdministratorDep
from models.audit import AuditEntry

router = APIRouter(route_class=DeskRoute, include_in_schema=False)
PER_PAGE = 100


@dataclass(frozen=True)
class JournalView:
    """A page of the journal, newest first, and whether its chain of hashes is whole."""

    rows: Sequence[Mapping[str, object]]
    entry_count: str
    problem_text: str | None
    broken_at: int | None
    older_than: int | None
    is_newest: bool


@router.api_route("/journal", methods=["GET", "HEAD"])
def journal(
    unit: UnitDep, visitor: AdministratorDep, avant: Annotated[int | None, Query(ge=1, le=10**12)] = None
) -> Response:
    journal_entries = journal_page(unit.session, before=avant, limit=PER_PAGE)
    names_by_account = account_names(unit.session)
    verification = verify(unit.session)
    has_older = len(journal_entries) == PER_PAGE and journal_entries[-1].seq > 1
    return desk_page(
        "journal.html",
        visitor,
        "/journal",
        view=JournalView(
            rows=[_row(entry, names_by_account) for entry in journal_entries],
            entry_count=number(verification.count),
            problem_text=verification.problem,
            broken_at=verification.at,
            older_than=journal_entries[-1].seq if has_older else None,
            is_newest=avant is None,
        ),
    )


def _row(journal_entry: AuditEntry, names_by_account: dict[str, str]) -> dict[str, object]:
    return {
        "seq": journal_entry.seq,
        "at": moment_in_words(journal_entry.at),
        "who": actor_in_words(journal_entry.actor, names_by_account),
        "what": ACTIONS.get(journal_entry.action, journal_entry.action),
        "of": journal_entry.object_id,
        "detail": detail_in_words(journal_entry.detail),
    }
