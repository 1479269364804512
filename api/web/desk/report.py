"""The report of a year for the two départements: to read, to print, and as files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Query
from starlette.responses import Response

from api.catalogue.wording import AXES, AXES_IN_FULL
from api.core.french import day, number, plural
from api.core.table_files import Cell
from api.learning.wording import OBJECTIONS
from api.reporting import files as report_files
from api.reporting.figures import COUNTS, Figures, Report
from api.reporting.tables import ReportTable, further_tables
from api.reporting.wording import ALL, COLUMNS, DEFINITIONS, department_in_words
from api.reporting.yearly import note_export, read_report
from api.takeovers.stages.transitions import Stage
from api.web.checked_router import CheckedRouter
from api.web.components.forms import axis_choices, chosen_axis, department_choices, desk_page
from api.web.components.report_pictures import Picture, axis_pictures, case_funnel, takeover_funnels, territory_map
from api.web.dependencies import SettingsDep, TodayDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.fields import QueryWord
from api.web.rendering import HEADERS
from api.web.visitors import Visitor, VisitorDep
from matcher.learning.observations import Objection
from models.unit_of_work import UnitOfWork

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False)

FIRST_YEAR, YEARS = 2008, 10
UNKNOWN = "inconnu"
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def _asked(
    visitor: VisitorDep,  # noqa: ARG001 (nothing is counted for who may not see it)
    unit: UnitDep,
    today: TodayDep,
    options: SettingsDep,
    annee: Annotated[int | None, Query(ge=FIRST_YEAR, le=2100)] = None,
    axe: QueryWord = "",
    departement: Annotated[str, Query(max_length=10)] = "",
) -> Report:
    """Return the report of the year, axis and département in the address."""
    department_code = None if not departement else "" if departement == UNKNOWN else departement
    return read_report(
        unit.session, annee or today.year, options.departments, axis=chosen_axis(axe), department=department_code
    )


ReportDep = Annotated[Report, Depends(_asked)]


Counts = Sequence[tuple[str, str]]  # name of a column → its figure


@dataclass(frozen=True)
class TableView:
    """A table in words. groups: a title (empty for none), and rows, each with its name and its figures."""

    title: str
    name: str
    columns: Sequence[str]
    groups: Sequence[tuple[str, Sequence[tuple[str, Counts]]]]
    total: Counts | None
    file: str

    @classmethod
    def of(cls, table: ReportTable, query: str) -> "TableView":
        columns = table.heading[table.names :]

        def counts(row: Sequence[Cell]) -> Counts:
            return [(column, _cell_in_words(cell)) for column, cell in zip(columns, row[table.names :], strict=True)]

        def title(row: Sequence[Cell]) -> str:
            return str(row[0]) if table.names > 1 else ""

        *rows, last = table.rows
        if not table.has_total:
            rows.append(last)
        address = f"/rapport.csv?{query}{'&' if query else ''}tableau={table.name}"
        return cls(
            title=table.title,
            name=table.heading[table.names - 1],
            columns=columns,
            groups=[
                (group, [(str(row[table.names - 1] or ALL), counts(row)) for row in group_rows])
                for group, group_rows in groupby(rows, title)
            ],
            total=counts(last) if table.has_total else None,
            file=address,
        )


@dataclass(frozen=True)
class ReportView:
    """The report of a year, in words. running: the year is not over; groups: an axis each, with a row a département."""

    year: int
    running: bool
    home: Sequence[str]
    chosen: Mapping[str, str]
    query: str
    years: Sequence[tuple[str, str]]
    axes: Sequence[tuple[str, str]]
    departments: Sequence[tuple[str, str]]
    scope: str
    columns: Mapping[str, str]
    groups: Sequence[Mapping[str, Any]]
    by_department: Sequence[tuple[str, Counts]]
    total: Counts
    several_axes: bool
    unknown_jobs: str
    reasons: Sequence[tuple[str, str]]
    definitions: Mapping[str, str]
    axes_in_full: Mapping[int, str]
    rests_on: Sequence[tuple[str, str]]
    day_words: str
    tables: Mapping[str, TableView]
    pictures: Mapping[str, Sequence[Picture]]
    takeovers: Sequence[str]


@router.get("/rapport")
def report(visitor: VisitorDep, yearly_report: ReportDep, today: TodayDep, options: SettingsDep) -> Response:
    home_departments = options.departments
    chosen_department = UNKNOWN if yearly_report.department == "" else yearly_report.department or ""
    chosen_filters = {
        "annee": str(yearly_report.year),
        "axe": str(yearly_report.axis or ""),
        "departement": chosen_department,
    }
    known_years = sorted(
        {*range(max(today.year - YEARS + 1, FIRST_YEAR), today.year + 1), yearly_report.year}, reverse=True
    )
    total_figures = yearly_report.total()
    query = urlencode({field_name: field_value for field_name, field_value in chosen_filters.items() if field_value})
    return desk_page(
        "rapport.html",
        visitor,
        "/rapport",
        view=ReportView(
            year=yearly_report.year,
            running=yearly_report.year == today.year,
            home=[department_in_words(code) for code in home_departments],
            chosen=chosen_filters,
            query=query,
            years=[(str(year), str(year)) for year in known_years],
            axes=axis_choices(),
            departments=[
                *department_choices({*home_departments, *filter(None, yearly_report.departments)}),
                (UNKNOWN, "Non renseigné"),
            ],
            scope=_scope(yearly_report),
            columns=COLUMNS,
            groups=[
                {
                    "name": f"{axis}. {AXES[axis]}",
                    "rows": [
                        (department_in_words(cell.department), _counts(cell.figures))
                        for cell in yearly_report.cells
                        if cell.axis == axis
                    ],
                    "total": _counts(yearly_report.total(axes=[axis])),
                }
                for axis in yearly_report.axes
            ],
            by_department=[
                (department_in_words(code), _counts(yearly_report.total(departments=[code])))
                for code in yearly_report.departments
            ],
            total=_counts(total_figures),
            several_axes=len(yearly_report.axes) > 1,
            unknown_jobs=plural(total_figures.jobs_unknown, "dossier gagné", "dossiers gagnés")
            if total_figures.jobs_unknown
            else "",
            reasons=[
                (OBJECTIONS[Objection(objection_name)], number(count))
                for objection_name, count in sorted(
                    total_figures.reasons.items(), key=lambda objection_count: (-objection_count[1], objection_count[0])
                )
            ],
            definitions=DEFINITIONS,
            axes_in_full=AXES_IN_FULL,
            rests_on=report_files.rests_on(yearly_report),
            day_words=day(today.isoformat()),
            tables={table.name: TableView.of(table, query) for table in further_tables(yearly_report)},
            pictures={
                "axes": axis_pictures(yearly_report),
                "territoires": _present(territory_map(yearly_report)),
                "dossiers": _present(case_funnel(yearly_report)),
                "reprises": takeover_funnels(yearly_report),
            },
            takeovers=_takeovers_in_words(yearly_report),
        ),
    )


@router.get("/rapport.csv")
def as_csv(visitor: VisitorDep, yearly_report: ReportDep, unit: UnitDep, tableau: QueryWord = "") -> Response:
    """Return the main table, or the one that `tableau` names."""
    known_table = next((table.name for table in further_tables(yearly_report) if table.name == tableau), None)
    return _file(
        yearly_report, "csv", report_files.as_csv(yearly_report, known_table or ""), unit, visitor, known_table
    )


@router.get("/rapport.xlsx")
def as_xlsx(visitor: VisitorDep, yearly_report: ReportDep, unit: UnitDep, today: TodayDep) -> Response:
    return _file(yearly_report, "xlsx", report_files.as_xlsx(yearly_report, today=today), unit, visitor)


def _file(
    yearly_report: Report,
    file_format: str,
    file_content: bytes,
    unit: UnitOfWork,
    visitor: Visitor,
    table_name: str | None = None,
) -> Response:
    """Return the report, or one of its tables, as a file; the export is noted in the journal."""
    unit.later(
        partial(note_export, report=yearly_report, file_format=file_format, by=visitor.by, table_name=table_name)
    )
    stem = f"rapport-{yearly_report.year}{f'-{table_name}' if table_name else ''}"
    content_disposition = f'attachment; filename="{stem}.{file_format}"'
    return Response(
        file_content, media_type=TYPES[file_format], headers=HEADERS | {"Content-Disposition": content_disposition}
    )


def _counts(figures: Figures) -> Counts:
    """Return the figures with the names of their columns."""
    return [
        (COLUMNS[column_name], number(getattr(figures, column_name)))
        for column_name in COUNTS
        if column_name in COLUMNS
    ]


def _scope(yearly_report: Report) -> str:
    """Return the filters of the report in words; empty for none."""
    scope_parts = [f"axe {yearly_report.axis}"] if yearly_report.axis else []
    if yearly_report.department is not None:
        scope_parts.append(f"département : {department_in_words(yearly_report.department)}")
    return ", ".join(scope_parts)


def _takeovers_in_words(yearly_report: Report) -> list[str]:
    """Return what the tables of takeovers do not say, a sentence each."""
    takeovers = yearly_report.takeovers
    sentences = []
    if done := takeovers.ended.get(Stage.DONE):
        unknown = f" ({number(takeovers.jobs_unknown)} sans nombre connu)" if takeovers.jobs_unknown else ""
        sentences.append(
            f"{plural(done, 'reprise accomplie', 'reprises accomplies')}, "
            f"{plural(takeovers.jobs_kept, 'emploi maintenu', 'emplois maintenus')}{unknown}."
        )
    if takeovers.unfollowed:
        cases = plural(takeovers.unfollowed, "cas de reprise ouvert", "cas de reprise ouverts")
        sentences.append(f"Sans suivi à ce jour, donc dans aucune étape : {cases}.")
    return sentences


def _present(picture: Picture | None) -> list[Picture]:
    return [picture] if picture else []


def _cell_in_words(cell: Cell) -> str:
    """Return a figure in French, with a decimal only where it has one; a dash for what is not known."""
    if isinstance(cell, int | float):
        return number(cell, 0 if cell == int(cell) else 1)
    return cell or "–"
