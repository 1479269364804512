"""Acts on the ticked rows of a list: said before, done in one unit of work."""

import uuid
from datetime import datetime
from typing import Annotated

from fastapi import Depends
from sqlalchemy import Engine
from sqlmodel import Session
from starlette.responses import Response

from api.audit import log
from api.brokerage.cases import assign_cases
from api.catalogue.bulk_acts import archive_rows, set_axes
from api.catalogue.row_history import Author
from api.catalogue.schemas import RecordKind
from api.core.errors import ChangedMeanwhileError, ConflictError, InvalidError, NotFoundError
from api.web.checked_router import CheckedRouter
from api.web.components.bulk_form import (
    ARCHIVE,
    ASSIGN,
    ASSUMED,
    FILES,
    ActSubject,
    BulkForm,
    BulkList,
    act_subject,
    bulk_view,
    read_bulk_form,
)
from api.web.components.forms import chosen_axis, desk_page, refusal_in_words
from api.web.components.list_files import ListFile
from api.web.components.row_edits import ADDRESSES
from api.web.dependencies import EngineDep, NowDep, TodayDep, UnitDep
from api.web.desk import actor_list, opportunity_list
from api.web.desk.done_acts import CASES_ASSIGNED
from api.web.error_pages import DeskRoute
from api.web.house import SnapshotDep
from api.web.rendering import see
from api.web.visitors import Visitor, VisitorDep
from models.database import writing
from models.unit_of_work import UnitOfWork

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False)

BulkFormDep = Annotated[BulkForm, Depends(read_bulk_form)]


@router.post("/acteurs/ensemble")
def act_on_actors(
    visitor: VisitorDep,
    unit: UnitDep,
    engine: EngineDep,
    snapshot: SnapshotDep,
    asked: actor_list.AskedDep,
    form: BulkFormDep,
    today: TodayDep,
    now: NowDep,
) -> Response:
    """Show what an act would do; once `confirme`, do it. `csv` and `xlsx` are the ticked lines as a file."""
    actors = actor_list.bulk_list(asked)
    if form.act in FILES:
        wanted = set(form.row_ids(actors))
        lines = [line for line in asked.actors.lines if line.card.id in wanted]
        return actor_list.actors_file(ListFile(form.act, visitor, unit, today), lines, snapshot.confidential)
    return _act(actors, form, visitor, unit, engine, now)


@router.post("/opportunites/ensemble")
def act_on_opportunities(
    visitor: VisitorDep,
    unit: UnitDep,
    engine: EngineDep,
    asked: opportunity_list.AskedDep,
    form: BulkFormDep,
    today: TodayDep,
    now: NowDep,
) -> Response:
    """Do the same for opportunities."""
    opportunities = opportunity_list.bulk_list(asked)
    if form.act in FILES:
        wanted = set(form.row_ids(opportunities))
        lines = [line for line in asked.opportunities.current if line.row.id in wanted]
        return opportunity_list.opportunities_file(ListFile(form.act, visitor, unit, today), lines)
    return _act(opportunities, form, visitor, unit, engine, now)


def _act(
    bulk_list: BulkList, form: BulkForm, visitor: Visitor, unit: UnitOfWork, engine: Engine, now: datetime
) -> Response:
    view = bulk_view(unit.session, bulk_list, form)
    if not form.confirmed or not view.useful:
        return desk_page(
            "ensemble.html", visitor, ADDRESSES[bulk_list.kind], 422 if view.problem_text else 200, view=view
        )
    unit.end_reading()
    try:
        with writing(engine, durable=True) as session:
            subject = act_subject(session, bulk_list, form)
            if subject.digest != form.digest:
                # Also where somebody changed one of the rows, or opened, moved or took over a case.
                raise ChangedMeanwhileError("La liste a changé entre-temps : relisez-la, puis confirmez.")
            act_id = _do(session, bulk_list.kind, subject, form, Author(visitor.by, now))
    except (ConflictError, InvalidError, NotFoundError) as refusal:
        view = bulk_view(unit.session, bulk_list, form, refusal_in_words(refusal))
        return desk_page("ensemble.html", visitor, ADDRESSES[bulk_list.kind], refusal.status, view=view)
    return see(f"/actes/{act_id}")


def _do(session: Session, kind: RecordKind, subject: ActSubject, form: BulkForm, author: Author) -> str:
    """Do what was confirmed, in the caller's unit of work; return the id of the act.

    Raises ConflictError where nothing changes, InvalidError, NotFoundError.
    """
    act_id, done, row_ids = str(uuid.uuid4()), 0, [row.id for row in subject.rows]
    if form.act == ARCHIVE:
        done = archive_rows(session, kind, row_ids, act_id, author)
    elif form.act == ASSIGN:
        if not form.facilitator_id:
            raise InvalidError([("responsable", "choisissez à qui les confier")])
        cases = list(subject.cases)
        done = len(assign_cases(session, cases, form.facilitator_id, by=author.by, now=author.at))
        detail = {"rows": done}
        log.note(session, by=author.by, action=CASES_ASSIGNED, kind="cases", of=act_id, detail=detail, now=author.at)
    else:
        axis = chosen_axis(form.axis)
        if axis is None and form.axis != ASSUMED:
            raise InvalidError([("axe", "choisissez un axe")])
        done = len(set_axes(session, row_ids, axis, act_id, author))
    if not done:
        raise ConflictError("Rien n’a changé : c’était déjà ainsi.")
    return act_id
