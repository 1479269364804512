"""The journal, for administrators: who did what, newest first, and whether anybody touched it."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.accounts.accounts import account_names
from api.audit.log import journal_page, verify
from api.core.french import number
from api.web.components.journal import ACTIONS, actor_in_words, detail_in_words, moment_in_words
from api.web.dependencies import UnitDep
from api.web.error_pages import DeskRoute
from api.web.rendering import page
from api.web.visitors import AdministratorDep
from models.audit import AuditEntry

router = APIRouter(route_class=DeskRoute, include_in_schema=False)
PER_PAGE = 100


@router.api_route("/journal", methods=["GET", "HEAD"])
def journal(unit: UnitDep, visitor: AdministratorDep, avant: Annotated[int | None, Query(ge=1)] = None) -> Response:
    entries = journal_page(unit.session, before=avant, limit=PER_PAGE)
    names = account_names(unit.session)
    found = verify(unit.session)
    return page(
        "journal.html",
        visitor=visitor,
        here="/journal",
        rows=[_row(entry, names) for entry in entries],
        count=number(found.count),
        problem=found.problem,
        at=found.at,
        older=entries[-1].seq if len(entries) == PER_PAGE and entries[-1].seq > 1 else None,
        newest=avant is None,
    )


def _row(entry: AuditEntry, names: dict[str, str]) -> dict[str, object]:
    return {
        "seq": entry.seq,
        "at": moment_in_words(entry.at),
        "who": actor_in_words(entry.actor, names),
        "what": ACTIONS.get(entry.action, entry.action),
        "of": entry.object_id,
        "detail": detail_in_words(entry.detail),
    }
