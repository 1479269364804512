"""The financing plan of a takeover case: its form, the note for a committee, its file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query
from sqlmodel import Session
from starlette.responses import Response

from api.accounts.accounts import account_names
from api.audit import log
from api.catalogue import records
from api.catalogue.records import OpportunityFile
from api.catalogue.wording import place
from api.core.errors import ChangedMeanwhileError, InvalidError, NotFoundError
from api.core.french import sentence, spaced
from api.core.table_files import TYPES, as_xlsx
from api.entry.typed_form import TypedForm
from api.takeovers.financing.duties import duties_of
from api.takeovers.financing.plan import LOANS, Plan, Source, Use
from api.takeovers.financing.records import StoredPlan, newest_plan, plan_version, plan_versions, save_plan
from api.takeovers.financing.typed import (
    ACCOUNT_FIELDS,
    COMMENT,
    GUARANTEES,
    REASON,
    WORDS,
    PlanField,
    field_labels,
    read_plan,
    source_name,
    typed_of,
    use_name,
)
from api.takeovers.financing.wording import DEALS, SOURCES, USES
from api.web.components.facts import about_takeover
from api.web.components.financing_file import plan_rows
from api.web.components.financing_tables import (
    LOSS_COLUMNS,
    YEAR_COLUMNS,
    PlanTables,
    balance_in_words,
    plan_tables,
    whole_euros,
)
from api.web.components.forms import desk_page, stored_meanwhile
from api.web.components.journal import actor_in_words, moment_in_words
from api.web.components.sent_forms import KeptFormDep, SentFormDep
from api.web.dependencies import EngineDep, NowDep, TodayDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.fields import QueryWord
from api.web.rendering import HEADERS, see
from api.web.visitors import Visitor, VisitorDep
from models.unit_of_work import UnitOfWork

router = APIRouter(route_class=DeskRoute, include_in_schema=False, prefix="/opportunites/{opportunity_id}/reprise")

VersionQuery = Annotated[int, Query(ge=0, le=1_000_000)]
LIMITS = {"words": WORDS, "reason": REASON, "guarantees": GUARANTEES, "comment": COMMENT}


@dataclass(frozen=True)
class FormLine:
    """A line of the form. name: of the field of its amount, which those of its other fields begin with."""

    name: str
    label: str
    hint: str
    is_loan: bool = False


@dataclass(frozen=True)
class FinancingView:
    """The form of a plan, and what follows from it. number: the version that it was made of, 0 for none.

    typed: by field; problems: by field, empty for those of no field; versions: (number, words), newest first.
    """

    case_id: str
    title: str
    address: str
    facts: Sequence[tuple[str, str]]
    typed: Mapping[str, str]
    number: int
    tables: PlanTables
    versions: Sequence[tuple[int, str]]
    problems: Mapping[str, str] = field(default_factory=dict)
    notice: str = ""
    is_restored: bool = False

    uses: Sequence[FormLine] = tuple(FormLine(use_name(use), *USES[use]) for use in Use)
    sources: Sequence[FormLine] = tuple(
        FormLine(source_name(source), *SOURCES[source], source in LOANS) for source in Source
    )
    accounts: Sequence[PlanField] = ACCOUNT_FIELDS
    deals: Sequence[tuple[str, str]] = tuple((deal.value, words) for deal, words in DEALS.items())
    limits: Mapping[str, int] = field(default_factory=lambda: LIMITS)
    year_columns: Sequence[str] = YEAR_COLUMNS
    loss_columns: Sequence[str] = LOSS_COLUMNS

    @property
    def summary(self) -> list[tuple[str, str]]:
        """Return what is wrong as (name of the field, sentence that names it), for the top of the page."""
        labels = dict(field_labels())
        return [
            (name, f"{labels[name]} : {why[:1].lower()}{why[1:]}" if name in labels else why)
            for name, why in self.problems.items()
        ]


@dataclass(frozen=True)
class NoteView:
    """A version of a plan for a committee, to print. facts: of the case; saved: when and by whom, in words."""

    title: str
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
    opportunity_id: str, visitor: VisitorDep, unit: UnitDep, kept: KeptFormDep, fait: QueryWord = ""
) -> Response:
    case, newest = _case(unit, opportunity_id, visitor), newest_plan(unit.session, opportunity_id)
    if kept:
        number = _seen(kept)
        return _page(visitor, unit, case, _typed(kept), number, is_restored=True)
    if newest is None:
        return _page(visitor, unit, case, _first_form(case), 0)
    words = {"enregistre": _saved_in_words(newest), "pareil": "Rien n’a changé : le plan reste tel quel."}
    return _page(visitor, unit, case, typed_of(newest.plan), newest.number, notice=words.get(fait, ""))


@router.post("/financement")
def change_financing(
    opportunity_id: str, visitor: VisitorDep, engine: EngineDep, unit: UnitDep, sent: SentFormDep, now: NowDep
) -> Response:
    """Save the plan, calculate without saving, or fill in the registration duties (`acte`)."""
    case, typed, seen, act = _case(unit, opportunity_id, visitor), _typed(sent), _seen(sent), sent.text("acte")
    plan, problems = read_plan(typed)
    if act == "abandonner":
        return see(_here(opportunity_id))
    if act == "droits":
        duties = duties_of(plan)
        if duties is None:
            problems["objet"] = "dites ce qui est vendu, et à quel prix : les droits en dépendent"
        else:
            typed[use_name(Use.DUTIES)] = whole_euros(duties.total)
            plan, problems = read_plan(typed)
    if act in ("droits", "calculer"):
        notice = "" if problems else "Calculé, sans rien enregistrer."
        return _page(visitor, unit, case, typed, seen, problems, notice=notice, status_code=422 if problems else 200)
    if problems:
        return _page(visitor, unit, case, typed, seen, problems, status_code=422)
    unit.end_reading()
    try:
        saved = save_plan(engine, opportunity_id, plan, seen=seen, by=visitor.by, now=now)
    except ChangedMeanwhileError as changed:
        newest = newest_plan(unit.session, opportunity_id)
        assert newest
        stored = typed_of(newest.plan)
        others = {name: stored_meanwhile(text) for name, text in stored.items() if text != typed_of(plan)[name]}
        problems = {"": changed.detail, **others}
        return _page(visitor, unit, case, typed, newest.number, problems, status_code=changed.status)
    except InvalidError as invalid:
        problems = dict(invalid.fields)
        return _page(visitor, unit, case, typed, seen, problems, status_code=invalid.status)
    return see(f"{_here(opportunity_id)}?fait={'pareil' if saved.number == seen else 'enregistre'}")


@router.get("/financement/note")
def note(opportunity_id: str, visitor: VisitorDep, unit: UnitDep, version: VersionQuery = 0) -> Response:
    """Show a version of the plan to print, the newest one unless another is asked for."""
    case = _case(unit, opportunity_id, visitor)
    stored = _version(unit, opportunity_id, version)
    if stored is None:
        return see(_here(opportunity_id))
    row = case.opportunity
    view = NoteView(
        title=row.title,
        address=_here(opportunity_id),
        facts=[
            (name, value)
            for name, value in (("Entreprise", row.title), ("Lieu", place(row.commune_name, row.department)))
            if value
        ],
        stored=stored,
        saved=_version_in_words(stored, account_names(unit.session)),
        tables=plan_tables(stored.plan),
        is_confidential=row.confidential,
    )
    return desk_page("reprise_financement_note.html", visitor, "/opportunites", view=view)


@router.get("/financement.xlsx")
def file(
    opportunity_id: str, visitor: VisitorDep, unit: UnitDep, today: TodayDep, version: VersionQuery = 0
) -> Response:
    """Return a version of the plan as a workbook; that it left the house is noted in the journal."""
    _case(unit, opportunity_id, visitor)
    stored = _version(unit, opportunity_id, version)
    if stored is None:
        return see(_here(opportunity_id))
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


def _here(opportunity_id: str) -> str:
    return f"/opportunites/{opportunity_id}/reprise/financement"


def _case(unit: UnitOfWork, opportunity_id: str, visitor: Visitor) -> OpportunityFile:
    """Return a takeover case as the desk reads it: that a confidential one was looked at is noted."""
    case = records.read_opportunity(unit, opportunity_id, visitor.audience)
    if case.opportunity.kind != "takeover":
        raise NotFoundError("Seul un cas de reprise a un plan de financement.")
    return case


def _version(unit: UnitOfWork, opportunity_id: str, version: int) -> StoredPlan | None:
    if version:
        return plan_version(unit.session, opportunity_id, version)
    return newest_plan(unit.session, opportunity_id)


def _typed(sent: TypedForm) -> dict[str, str]:
    """Return every field of the form as it was typed, empty where it was not sent."""
    return {name: sent.text(name) for name in typed_of(Plan())}


def _seen(sent: TypedForm) -> int:
    text = sent.text("version")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 0


def _first_form(case: OpportunityFile) -> dict[str, str]:
    """Return the form of a case without a plan: what the case says is filled in."""
    turnover = case.takeover.turnover_eur if case.takeover else None
    return typed_of(Plan()) | ({"ca": whole_euros(round(turnover))} if turnover else {})


def _saved_in_words(stored: StoredPlan) -> str:
    what = "Le plan est enregistré" if stored.plan.is_balanced else "Le brouillon est enregistré"
    return f"{what} (version {stored.number}). {balance_in_words(stored.plan)}"


def _version_in_words(stored: StoredPlan, names_by_account: Mapping[str, str]) -> str:
    who = actor_in_words(stored.by, dict(names_by_account))
    return f"version {stored.number}, le {moment_in_words(stored.at.isoformat())}, par {who}"


def _page(
    visitor: Visitor,
    unit: UnitOfWork,
    case: OpportunityFile,
    typed: Mapping[str, str],
    number: int,
    problems: Mapping[str, str] | None = None,
    *,
    notice: str = "",
    is_restored: bool = False,
    status_code: int = 200,
) -> Response:
    row = case.opportunity
    plan, _ = read_plan(typed)
    names = account_names(unit.session)
    versions = [
        (stored.number, f"{_version_in_words(stored, names)} : {balance_in_words(stored.plan)}")
        for stored in plan_versions(unit.session, row.id)
    ]
    view = FinancingView(
        case_id=row.id,
        title=row.title,
        address=_here(row.id),
        facts=[fact for fact in about_takeover(case.takeover) if fact[1]] if case.takeover else [],
        typed=typed,
        number=number,
        tables=plan_tables(plan),
        versions=versions,
        problems={name: sentence(why) for name, why in (problems or {}).items()},
        notice=spaced(notice),
        is_restored=is_restored,
    )
    return desk_page("reprise_financement.html", visitor, "/opportunites", status_code, view=view)
