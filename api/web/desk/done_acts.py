"""An act on many rows, after it was done: what it was about, and its undoing."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session
from starlette.responses import Response

from api.accounts.accounts import account_names
from api.audit import log
from api.audit.queries import audit_of
from api.brokerage.cases import return_cases
from api.brokerage.queries import case_rows_by_id, steps_at
from api.catalogue.bulk_acts import ARCHIVED_ROWS, AXIS_SET, UNDONE_ACT, bulk_rows, rows_of_act, undo_act
from api.catalogue.schemas import RecordKind
from api.core.errors import ConflictError, NotFoundError
from api.core.french import plural
from api.web.checked_router import CheckedRouter
from api.web.components.bulk_form import SHOWN, counted
from api.web.components.cases import what, who
from api.web.components.forms import desk_page
from api.web.components.journal import actor_in_words, moment_in_words
from api.web.components.row_edits import ADDRESSES
from api.web.dependencies import EngineDep, NowDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.rendering import see
from api.web.visitors import Visitor, VisitorDep
from models.audit import AuditEntry
from models.database import writing
from models.unit_of_work import UnitOfWork

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False, prefix="/actes")

# The action of the journal, beside those of `api.catalogue.bulk_acts`.
CASES_ASSIGNED = "bulk.assigned"
TITLES = {ARCHIVED_ROWS: "Archivage", AXIS_SET: "Changement d’axe", CASES_ASSIGNED: "Changement de responsable"}


@dataclass(frozen=True)
class ActView:
    """An act that was done: what, by whom, on which rows. undone: what its undoing did, empty before."""

    id: str
    title: str
    who: str
    when: str
    rows: Sequence[tuple[str, str]]
    more: str
    undone: str
    list_address: str
    problem_text: str


@router.get("/{act_id}")
def shown_act(act_id: str, visitor: VisitorDep, unit: UnitDep) -> Response:
    return _act_page(act_id, visitor, unit)


@router.post("/{act_id}")
def undo(act_id: str, visitor: VisitorDep, unit: UnitDep, engine: EngineDep, now: NowDep) -> Response:
    """Undo an act whole, but for what something changed since."""
    unit.end_reading()
    try:
        with writing(engine, durable=True) as session:
            _undo(session, act_id, by=visitor.by, now=now)
    except ConflictError as conflict:
        return _act_page(act_id, visitor, unit, conflict)
    return see(f"/actes/{act_id}")


def _undo(session: Session, act_id: str, *, by: str, now: datetime) -> None:
    """Undo an act in the caller's unit of work. Raises NotFoundError, ConflictError: there is nothing to undo."""
    act, undone = _entries(session, act_id)
    if undone:
        raise ConflictError("Cet acte est déjà annulé.")
    if act.action == CASES_ASSIGNED:
        returned, left = return_cases(session, datetime.fromisoformat(act.at), act.actor, by=by, now=now)
        detail = {"restored": returned, "left": left}
        log.note(session, by=by, action=UNDONE_ACT, kind="cases", of=act_id, detail=detail, now=now)
    else:
        returned = undo_act(session, _kind(act), act_id, act.actor, by=by, now=now)
    if not returned:
        raise ConflictError("Rien n’a été annulé : tout a changé depuis, ou n’est plus gardé. Voyez chaque fiche.")


def _entries(session: Session, act_id: str) -> tuple[AuditEntry, AuditEntry | None]:
    """Return an act, and its undoing if there was one. Raises NotFoundError."""
    entries = audit_of(session, [], [act_id])
    act = next((entry for entry in entries if entry.action in TITLES), None)
    if act is None:
        raise NotFoundError("Cet acte n’existe pas.")
    return act, next((entry for entry in entries if entry.action == UNDONE_ACT), None)


def _kind(act: AuditEntry) -> RecordKind:
    return "actors" if act.object_kind == "actors" else "opportunities"


def _act_page(act_id: str, visitor: Visitor, unit: UnitOfWork, conflict: ConflictError | None = None) -> Response:
    session = unit.session
    act, undone = _entries(session, act_id)
    is_about_cases = act.action == CASES_ASSIGNED
    rows = _cases(session, act) if is_about_cases else _rows(session, _kind(act), act)
    count = plural(len(rows), "dossier") if is_about_cases else counted(_kind(act), len(rows))
    list_address = "/dossiers" if is_about_cases else ADDRESSES[_kind(act)]
    return desk_page(
        "acte.html",
        visitor,
        list_address,
        conflict.status if conflict else 200,
        view=ActView(
            id=act_id,
            title=f"{TITLES[act.action]} : {count}",
            who=actor_in_words(act.actor, account_names(session)),
            when=moment_in_words(act.at),
            rows=rows[:SHOWN],
            more=plural(len(rows) - SHOWN, "autre") if len(rows) > SHOWN else "",
            undone=_undone_in_words(undone) if undone else "",
            list_address=list_address,
            problem_text=conflict.detail if conflict else "",
        ),
    )


def _rows(session: Session, kind: RecordKind, act: AuditEntry) -> list[tuple[str, str]]:
    rows = bulk_rows(session, kind, rows_of_act(session, act.object_id, act.actor))
    return [(row.name, f"{ADDRESSES[kind]}/{row.id}") for row in rows]


def _cases(session: Session, act: AuditEntry) -> list[tuple[str, str]]:
    steps = steps_at(session, datetime.fromisoformat(act.at), act.actor)
    case_rows = case_rows_by_id(session, [step.case_id for step in steps])
    return [(f"{who(row.pair)} – {what(row.pair)}", f"/dossiers/{row.case.id}") for row in case_rows]


def _undone_in_words(undone: AuditEntry) -> str:
    """Return « Annulé le 29 novembre 2026 : 11 rendus comme avant, 1 laissé, qui a changé depuis »."""
    counts = json.loads(undone.detail)
    left = f", {plural(counts['left'], 'laissé')} tel quel, car changé depuis" if counts["left"] else ""
    return f"Annulé le {moment_in_words(undone.at)} : {plural(counts['restored'], 'rendu')} comme avant{left}."
