"""The financing plan of a takeover case: its form, the note for a committee, its file."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from fastapi import Query
from sqlmodel import Session
from starlette.responses import Response

from api.accounts.accounts import account_names
from api.audit import log
from api.catalogue.wording import place
from api.core.errors import ChangedMeanwhileError, InvalidError
from api.core.french import plural
from api.core.table_files import TYPES, as_xlsx
from api.entry.typed_form import TypedForm
from api.takeovers.financing.duties import duties_of
from api.takeovers.financing.plan import Plan, Use
from api.takeovers.financing.records import StoredPlan, newest_plan, plan_version, save_plan
from api.takeovers.financing.typed import read_plan, typed_of, use_name
from api.takeovers.financing.wording import DEALS
from api.web.checked_router import CheckedRouter
from api.web.components.forms import desk_page, stored_meanwhile
from api.web.components.sent_forms import KeptFormDep, SentFormDep
from api.web.components.takeovers.financing_file import plan_rows
from api.web.components.takeovers.financing_form import financing_address, financing_view, first_form, version_in_words
from api.web.components.takeovers.financing_tables import (
    LOSS_COLUMNS,
    YEAR_COLUMNS,
    PlanTables,
    balance_in_words,
    plan_tables,
    whole_euros,
)
from api.web.dependencies import EngineDep, NowDep, TodayDep, UnitDep
from api.web.desk.takeovers.opened_case import opened_case
from api.web.error_pages import DeskRoute
from api.web.fields import QueryWord, seen_version
from api.web.rendering import HEADERS, see
from api.web.visitors import VisitorDep
from models.unit_of_work import UnitOfWork

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False, prefix="/opportunites/{opportunity_id}/reprise")

VersionQuery = Annotated[int, Query(ge=0, le=1_000_000)]
UNCHANGED = "Rien n’a changé : le plan reste tel quel."
CALCULATED = "Calculé, sans rien enregistrer."


@dataclass(frozen=True)
class NoteView:
    """A version of a plan for a committee, to print. facts: of the case; saved: when and by whom, in words."""

    address: str
    facts: Sequence[tuple[str, str]]
    stored: StoredPlan
    saved: str
    tables: PlanTables
    is_confidential: bool
    is_scripted: bool = True
    year_columns: Sequence[str] = YEAR_COLUMNS
    loss_columns: Sequence[str] = LOSS_COLUMNS


@router.get("/financement")
def financing_page(
    opportunity_id: str, visitor: VisitorDep, unit: UnitDep, kept: KeptFormDep, today: TodayDep, fait: QueryWord = ""
) -> Response:
    session, case = unit.session, opened_case(unit, opportunity_id, visitor)
    newest = newest_plan(session, opportunity_id)
    if kept:
        view = financing_view(session, case, _typed(kept), seen_version(kept.text("version")), today, is_restored=True)
    elif newest is None:
        view = financing_view(session, case, first_form(session, case), 0, today)
    else:
        notices = {"enregistre": _saved_in_words(newest), "pareil": UNCHANGED}
        typed = typed_of(newest.plan)
        view = financing_view(session, case, typed, newest.number, today, notice=notices.get(fait, ""))
    return desk_page("reprise_financement.html", visitor, "/opportunites", view=view)


@router.post("/financement")
def change_financing(
    opportunity_id: str,
    visitor: VisitorDep,
    engine: EngineDep,
    unit: UnitDep,
    sent: SentFormDep,
    now: NowDep,
    today: TodayDep,
) -> Response:
    """Save the plan, calculate without saving, or fill in the registration duties (`acte`)."""
    case, typed = opened_case(unit, opportunity_id, visitor), _typed(sent)
    seen, act = seen_version(sent.text("version")), sent.text("acte")
    if act == "abandonner":
        return see(financing_address(opportunity_id))
    plan, problems = read_plan(typed)
    notice, status_code = "", 422
    if act == "droits":
        problems |= _fill_duties(plan, typed)
    if act in ("droits", "calculer"):
        notice, status_code = ("", 422) if problems else (CALCULATED, 200)
    elif not problems:
        unit.end_reading()
        try:
            saved = save_plan(engine, opportunity_id, plan, seen=seen, by=visitor.by, now=now)
            return see(f"{financing_address(opportunity_id)}?fait={'pareil' if saved.number == seen else 'enregistre'}")
        except ChangedMeanwhileError as changed:
            newest = newest_plan(unit.session, opportunity_id)
            assert newest is not None
            seen, status_code = newest.number, changed.status
            since = f"{changed.detail} Depuis : {version_in_words(newest, account_names(unit.session))}"
            problems = {"": since, **_stored_otherwise(plan, newest.plan)}
        except InvalidError as invalid:
            problems = dict(invalid.fields)
    view = financing_view(unit.session, case, typed, seen, today, problems, notice=notice)
    return desk_page("reprise_financement.html", visitor, "/opportunites", status_code, view=view)


@router.get("/financement/note")
def note(opportunity_id: str, visitor: VisitorDep, unit: UnitDep, version: VersionQuery = 0) -> Response:
    """Show a version of the plan to print, the newest one unless another is asked for."""
    case = opened_case(unit, opportunity_id, visitor)
    stored = _version(unit, opportunity_id, version)
    if stored is None:
        return see(financing_address(opportunity_id))
    row, headcount = case.opportunity, case.takeover.headcount if case.takeover else None
    facts = [
        ("Entreprise", row.title),
        ("Lieu", place(row.commune_name, row.department)),
        ("Effectif", plural(headcount, "salarié") if headcount is not None else ""),
    ]
    view = NoteView(
        address=financing_address(opportunity_id),
        facts=[(name, value) for name, value in facts if value],
        stored=stored,
        saved=version_in_words(stored, account_names(unit.session)),
        tables=plan_tables(stored.plan),
        is_confidential=row.confidential,
    )
    return desk_page("reprise_financement_note.html", visitor, "/opportunites", view=view)


@router.get("/financement.xlsx")
def plan_file(
    opportunity_id: str, visitor: VisitorDep, unit: UnitDep, today: TodayDep, version: VersionQuery = 0
) -> Response:
    """Return a version of the plan as a workbook; that it left the house is noted in the journal."""
    opened_case(unit, opportunity_id, visitor)
    stored = _version(unit, opportunity_id, version)
    if stored is None:
        return see(financing_address(opportunity_id))
    unit.later(partial(_note_export, opportunity_id=opportunity_id, version=stored.number, by=visitor.by))
    # Neither the name of the company nor its id: a file's name is seen by others.
    disposition = f'attachment; filename="plan-de-financement-{today.isoformat()}.xlsx"'
    return Response(
        as_xlsx("Plan de financement", plan_rows(stored.plan)),
        media_type=TYPES["xlsx"],
        headers=HEADERS | {"Content-Disposition": disposition},
    )


def _note_export(session: Session, opportunity_id: str, version: int, by: str) -> None:
    detail = {"version": version, "format": "xlsx"}
    log.note(session, by=by, action="financing.exported", kind="opportunity", of=opportunity_id, detail=detail)


def _version(unit: UnitOfWork, opportunity_id: str, version: int) -> StoredPlan | None:
    if version:
        return plan_version(unit.session, opportunity_id, version)
    return newest_plan(unit.session, opportunity_id)


def _typed(sent: TypedForm) -> dict[str, str]:
    """Return every field of the form as it was typed, empty where it was not sent."""
    return {name: sent.text(name) for name in typed_of(Plan())}


def _fill_duties(plan: Plan, typed: dict[str, str]) -> dict[str, str]:
    """Write the registration duties into the form; return what is missing for that, by field."""
    duties = duties_of(plan)
    if duties is None:
        return {"objet": "dites ce qui est vendu, et à quel prix : les droits en dépendent"}
    typed[use_name(Use.DUTIES)] = whole_euros(duties.total)
    return {}


def _stored_otherwise(plan: Plan, stored: Plan) -> dict[str, str]:
    """Return what somebody else stored meanwhile, by each field that says another thing."""
    own = typed_of(plan)
    chosen = {"objet": DEALS[stored.deal]}
    return {
        name: stored_meanwhile(chosen.get(name, text)) for name, text in typed_of(stored).items() if text != own[name]
    }


def _saved_in_words(stored: StoredPlan) -> str:
    what = "Le plan est enregistré" if stored.plan.is_balanced else "Le brouillon est enregistré"
    return f"{what} (version {stored.number}). {balance_in_words(stored.plan)}"
