"""The last imports, and undoing one whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Form
from sqlmodel import Session
from starlette.responses import Response

from api.accounts.accounts import account_names
from api.catalogue.confidentiality_acts import LEAST_REASON
from api.core.errors import InvalidError
from api.core.french import number, plural
from api.imports.history import KEPT, import_of, recent_imports
from api.imports.imported_contacts import contact_counts
from api.imports.undoing import IN_USE, WOULD_PUBLISH, plan_undoing, undo_import
from api.imports.wording import WHY_LEFT, undone_in_words
from api.web.checked_router import CheckedRouter
from api.web.components.forms import desk_page, refusal_in_words
from api.web.components.journal import actor_in_words, moment_in_words
from api.web.dependencies import EngineDep, NowDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.rendering import see
from api.web.visitors import Visitor, VisitorDep
from models.database import writing

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False, prefix="/importer/imports")

RECENT, SHOWN = 20, 100


@dataclass(frozen=True)
class RecentImport:
    """An import that changed something, on the page of imports. undone: what its undoing did, empty before."""

    id: str
    name: str
    when: str
    who: str
    what: str
    undone: str


@dataclass(frozen=True)
class UndoView:
    """What undoing an import would do.

    groups: (why, names) of the rows that it leaves. publishes: names of those that it leaves unless a reason is given,
    of `least` characters, because they would be public again. useful: it changes something.
    """

    id: str
    name: str
    when: str
    counts: Sequence[tuple[str, str]]
    groups: Sequence[tuple[str, Sequence[str]]]
    publishes: Sequence[str]
    useful: bool
    least: int
    problem_text: str


@router.get("/{import_id}")
def undo_form(import_id: str, visitor: VisitorDep, unit: UnitDep, now: NowDep) -> Response:
    return _undo_page(visitor, unit.session, import_id, now)


@router.post("/{import_id}")
def undo(
    import_id: str,
    visitor: VisitorDep,
    engine: EngineDep,
    unit: UnitDep,
    now: NowDep,
    motif: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    unit.end_reading()
    try:
        with writing(engine, durable=True) as session:
            undo_import(session, import_id, reason=motif.strip(), by=visitor.by, now=now)
    except InvalidError as invalid_reason:
        return _undo_page(visitor, unit.session, import_id, now, refusal_in_words(invalid_reason))
    return see("/importer#recents")


def _undo_page(visitor: Visitor, session: Session, import_id: str, now: datetime, problem_text: str = "") -> Response:
    planned = plan_undoing(session, import_id, now)
    done = import_of(session, import_id)
    names: dict[str, list[str]] = {}
    for row in planned.left:
        names.setdefault(row.why, []).append(row.name)
    publishes = names.get(WOULD_PUBLISH, [])
    return desk_page(
        "annuler_import.html",
        visitor,
        "/importer",
        422 if problem_text else 200,
        view=UndoView(
            id=import_id,
            name=done.name,
            when=moment_in_words(done.imported_at.isoformat()),
            counts=[
                ("Fiches rendues comme avant", number(planned.restored)),
                ("Fiches nouvelles supprimées", number(planned.deleted)),
                ("Fiches laissées", number(len(planned.left))),
                *([("Contacts supprimés", number(planned.contacts))] if planned.contacts else ()),
            ],
            groups=[(WHY_LEFT[why], rows[:SHOWN]) for why, rows in names.items() if why != WOULD_PUBLISH],
            publishes=publishes[:SHOWN],
            useful=bool(planned.restored or planned.deleted or planned.contacts or publishes or names.get(IN_USE)),
            least=LEAST_REASON,
            problem_text=problem_text,
        ),
    )


def recent_lines(session: Session, now: datetime) -> list[RecentImport]:
    names, recent = account_names(session), recent_imports(session, now - KEPT, RECENT)
    contacts = contact_counts(session, [done.id for done in recent])
    return [
        RecentImport(
            done.id,
            done.name,
            moment_in_words(done.imported_at.isoformat()),
            actor_in_words(done.imported_by, names),
            f"{plural(done.created, 'nouvelle')}, {plural(done.changed, 'modifiée')}"
            + (f", {plural(contacts[done.id], 'contact')}" if done.id in contacts else ""),
            undone_in_words(done.undone) if done.undone_at else "",
        )
        for done in recent
    ]
