"""The form of a takeover case's facts, and its history: who noted what, and when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType

from starlette.responses import Response

from api.accounts.accounts import account_names
from api.catalogue.records import OpportunityFile
from api.core.errors import ChangedMeanwhileError, InvalidError
from api.entry.entry_fields import EntryField, by_field
from api.entry.takeover_entry import COMPANY, read_facts_form, written_facts, year_fields, years_shown
from api.entry.typed_form import TypedForm
from api.takeovers.company.records import facts_history, read_facts
from api.takeovers.company.saving import CHANGED, save_facts
from api.web.checked_router import CheckedRouter
from api.web.components.forms import desk_page, stored_meanwhile
from api.web.components.sent_forms import KeptFormDep, SentFormDep
from api.web.components.shown_fields import ShownField, general_problems, shown_field
from api.web.components.takeovers.company import FactsChange, facts_changes
from api.web.dependencies import EngineDep, NowDep, TodayDep, UnitDep
from api.web.desk.takeovers.opened_case import opened_case
from api.web.error_pages import DeskRoute
from api.web.fields import seen_version
from api.web.rendering import see
from api.web.visitors import Visitor, VisitorDep
from models.unit_of_work import UnitOfWork

router = CheckedRouter(
    route_class=DeskRoute, include_in_schema=False, prefix="/opportunites/{opportunity_id}/reprise/informations"
)

SEEN, ACT, GIVE_UP = "vu", "acte", "abandonner"


@dataclass(frozen=True)
class TakeoverFactsView:
    """The form, and what was noted before. years: (year, its fields); seen: the version that the form shows."""

    id: str
    title: str
    address: str
    company: Sequence[ShownField]
    years: Sequence[tuple[int, Sequence[ShownField]]]
    seen: str
    is_wrong: bool
    is_restored: bool
    problems: Sequence[str]
    changes: Sequence[FactsChange]


@router.get("")
def facts_form(opportunity_id: str, visitor: VisitorDep, unit: UnitDep, kept: KeptFormDep, today: TodayDep) -> Response:
    file = opened_case(unit, opportunity_id, visitor)
    return _page(visitor, unit, file, today, kept, seen=kept.text(SEEN) if kept else "", is_restored=kept is not None)


@router.post("")
def note_facts(
    opportunity_id: str,
    visitor: VisitorDep,
    engine: EngineDep,
    unit: UnitDep,
    typed: SentFormDep,
    now: NowDep,
    today: TodayDep,
) -> Response:
    file = opened_case(unit, opportunity_id, visitor)
    stored = read_facts(unit.session, opportunity_id)
    page_address = f"/opportunites/{opportunity_id}/reprise"
    unit.end_reading()
    if typed.text(ACT) == GIVE_UP:
        return see(page_address)
    years = years_shown(stored.facts, typed, today)
    facts, problems = read_facts_form(typed, years)
    seen = typed.text(SEEN)
    if not problems:
        try:
            is_new = save_facts(
                engine,
                opportunity_id,
                facts,
                seen=seen_version(seen),
                by=visitor.by,
                now=now,
            )
        except ChangedMeanwhileError:
            return _page(visitor, unit, file, today, typed, is_stale=True, status_code=409)
        except InvalidError as invalid:
            problems = by_field(invalid.fields)
        else:
            return see(f"{page_address}?fait={'note' if is_new else 'inchange'}")
    return _page(visitor, unit, file, today, typed, problems, seen=seen, status_code=422)


def _page(
    visitor: Visitor,
    unit: UnitOfWork,
    file: OpportunityFile,
    today: date,
    typed: TypedForm | None = None,
    problems: Mapping[str, str] = MappingProxyType({}),
    *,
    seen: str = "",
    is_stale: bool = False,
    is_restored: bool = False,
    status_code: int = 200,
) -> Response:
    """is_stale: somebody noted another version since: what differs in it stands beside each field."""
    case = file.opportunity
    versions = facts_history(unit.session, case.id)
    stored = versions[-1].facts if versions else read_facts(unit.session, case.id).facts
    years = years_shown(stored, typed or TypedForm(), today)
    stored_form = written_facts(stored, years)
    shown = typed or stored_form
    figures = [year_fields(year) for year in years]
    fields = [*COMPANY, *(field for of_year in figures for field in of_year)]
    if is_stale:
        problems = {"": CHANGED} | {
            field.name: stored_meanwhile(_choice_words(field, stored_form.text(field.name)))
            for field in fields
            if stored_form.text(field.name) != shown.text(field.name)
        }
    own_address = f"/opportunites/{case.id}/reprise/informations"
    return desk_page(
        "reprise_informations.html",
        visitor,
        "/opportunites",
        status_code,
        view=TakeoverFactsView(
            id=case.id,
            title=case.title,
            address=own_address,
            company=[shown_field(field, shown, problems) for field in COMPANY],
            years=[
                (year, [shown_field(_short(field, year), shown, problems) for field in of_year])
                for year, of_year in zip(years, figures, strict=True)
            ],
            seen=seen or str(len(versions)),
            is_wrong=bool(problems),
            is_restored=is_restored,
            problems=general_problems(problems, fields),
            changes=facts_changes(versions, account_names(unit.session)),
        ),
    )


def _short(field: EntryField, year: int) -> EntryField:
    """Return the field of a figure without its year, which its group names."""
    return replace(field, label=field.label.replace(f" {year}", ""))


def _choice_words(field: EntryField, text: str) -> str:
    return dict(field.choices).get(text, text)
