"""The report of a year for the two départements: to read, to print, and as files."""

from functools import partial
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.brokerage import report_files
from api.brokerage.report import note_export, read_report
from api.brokerage.report_figures import COUNTS, Figures, Report
from api.brokerage.report_wording import COLUMNS, DEFINITIONS
from api.catalogue.wording import AXES, AXES_IN_FULL
from api.core.french import day, number, plural
from api.core.settings import Settings
from api.learning.wording import OBJECTIONS
from api.web.components.forms import axis_choices, chosen_axis, department_choices, desk_page
from api.web.dependencies import TodayDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.rendering import HEADERS
from api.web.visitors import Visitor, VisitorDep
from matcher.learning.observations import Objection
from models.unit_of_work import UnitOfWork

router = APIRouter(route_class=DeskRoute, include_in_schema=False)

FIRST_YEAR, YEARS = 2008, 10
UNKNOWN = "inconnu"
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def _asked(
    request: Request,
    visitor: VisitorDep,  # noqa: ARG001 (nothing is counted for who may not see it)
    unit: UnitDep,
    today: TodayDep,
    annee: Annotated[int | None, Query(ge=FIRST_YEAR, le=2100)] = None,
    axe: str = "",
    departement: Annotated[str, Query(max_length=10)] = "",
) -> Report:
    """The report that the address asks for."""
    department = None if not departement else "" if departement == UNKNOWN else departement
    return read_report(unit.session, annee or today.year, _home(request), axis=chosen_axis(axe), department=department)


ReportDep = Annotated[Report, Depends(_asked)]


@router.get("/rapport")
def report(request: Request, visitor: VisitorDep, found: ReportDep, today: TodayDep) -> Response:
    home = _home(request)
    department = UNKNOWN if found.department == "" else found.department or ""
    chosen = {"annee": str(found.year), "axe": str(found.axis or ""), "departement": department}
    years = sorted({*range(max(today.year - YEARS + 1, FIRST_YEAR), today.year + 1), found.year}, reverse=True)
    total = found.total()
    return desk_page(
        "rapport.html",
        visitor,
        "/rapport",
        year=found.year,
        today=today,
        running=found.year == today.year,
        home=[report_files.department_in_words(code) for code in home],
        chosen=chosen,
        query=urlencode({name: value for name, value in chosen.items() if value}),
        years=[(str(one), str(one)) for one in years],
        axes=axis_choices(),
        departments=[*department_choices({*home, *filter(None, found.departments)}), (UNKNOWN, "Non renseigné")],
        scope=_scope(found),
        columns=COLUMNS,
        groups=[
            {
                "name": f"{axis}. {AXES[axis]}",
                "rows": [
                    (report_files.department_in_words(cell.department), _counts(cell.figures))
                    for cell in found.cells
                    if cell.axis == axis
                ],
                "total": _counts(found.total(axes=[axis])),
            }
            for axis in found.axes
        ],
        by_department=[
            (report_files.department_in_words(code), _counts(found.total(departments=[code])))
            for code in found.departments
        ],
        total=_counts(total),
        several_axes=len(found.axes) > 1,
        unknown_jobs=plural(total.jobs_unknown, "dossier gagné", "dossiers gagnés") if total.jobs_unknown else "",
        reasons=[
            (OBJECTIONS[Objection(name)], number(count))
            for name, count in sorted(total.reasons.items(), key=lambda one: (-one[1], one[0]))
        ],
        definitions=DEFINITIONS,
        axes_in_full=AXES_IN_FULL,
        rests_on=report_files.rests_on(found),
        day_words=day(today.isoformat()),
    )


@router.get("/rapport.csv")
def as_csv(visitor: VisitorDep, found: ReportDep, unit: UnitDep) -> Response:
    return _file(found, "csv", report_files.as_csv(found), unit, visitor)


@router.get("/rapport.xlsx")
def as_xlsx(visitor: VisitorDep, found: ReportDep, unit: UnitDep, today: TodayDep) -> Response:
    return _file(found, "xlsx", report_files.as_xlsx(found, today=today), unit, visitor)


def _file(found: Report, form: str, content: bytes, unit: UnitOfWork, visitor: Visitor) -> Response:
    """Hand out a file; that it left is in the journal first."""
    unit.later(partial(note_export, report=found, file_format=form, by=visitor.by))
    name = f'attachment; filename="rapport-{found.year}.{form}"'
    return Response(content, media_type=TYPES[form], headers=HEADERS | {"Content-Disposition": name})


def _home(request: Request) -> tuple[str, ...]:
    options: Settings = request.app.state.settings
    return options.departments


def _counts(figures: Figures) -> list[tuple[str, str]]:
    """Return the figures under the names of their columns."""
    return [(COLUMNS[name], number(getattr(figures, name))) for name in COUNTS if name in COLUMNS]


def _scope(found: Report) -> str:
    """Return what the report is narrowed to; empty for nothing."""
    parts = [f"axe {found.axis}"] if found.axis else []
    if found.department is not None:
        parts.append(f"département : {report_files.department_in_words(found.department)}")
    return ", ".join(parts)
