"""The journal, for administrators: who did what, newest first, and whether anybody touched it."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.audit_wording import ACTIONS, actor_in_words, detail_in_words
from api.dates import PARIS
from api.journeys.accounts import account_names
from api.journeys.audit import journal_page, verify
from api.pages.rendering import EngineDep, page
from api.pages.visitors import AdministratorDep
from api.wording import day, number
from models.audit import AuditEntry

router = APIRouter(include_in_schema=False)
PER_PAGE = 100


@router.api_route("/journal", methods=["GET", "HEAD"])
def journal(engine: EngineDep, visitor: AdministratorDep, avant: Annotated[int | None, Query(ge=1)] = None) -> Response:
    entries = journal_page(engine, before=avant, limit=PER_PAGE)
    names = account_names(engine)
    found = verify(engine)
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


def moment_in_words(iso: str) -> str:
    try:
        moment = datetime.fromisoformat(iso).astimezone(PARIS)
    except ValueError:
        # Somebody wrote into it: what is there is shown.
        return iso
    return f"{day(moment.date().isoformat())}, {moment:%H:%M:%S}"
