"""The yearly report: counts by axis and département, which add up to their totals.

It reads no names: confidential cases are counted like the others. The definitions shown to its readers are in
`api.reporting.wording` and must agree with this code.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby

from sqlmodel import Session

from api.audit import log
from api.audit.queries import audit_head
from api.catalogue.axes import AXES, Axis, axis_of
from api.core.clock import day_in_france
from api.reporting import queries
from api.reporting.facts import Fact, case_facts
from api.reporting.figures import Cell, Figures, Report

# Sources of contracts that are already awarded: history to learn from, not needs received.
AWARDED = frozenset({"decp", "marches_publics"})


def tally(
    facts: Iterable[Fact],
    year: int,
    home: Sequence[str],
    *,
    axis: int | None = None,
    department: str | None = None,
) -> list[Cell]:
    """Return the cells of a year: those of the home départements always, others only if they have counts.

    Unknown départements come last. axis, department: filters.
    """
    figures_by_cell: dict[tuple[int, str | None], list[Figures]] = {
        (number, department_code): [] for number in AXES for department_code in home
    }
    for fact in facts:
        if fact.day.year == year:
            figures_by_cell.setdefault((fact.axis, fact.department), []).append(fact.adds)
    sums_by_cell = {cell_key: Figures.sum(cell_figures) for cell_key, cell_figures in figures_by_cell.items()}
    home_order = {department_code: position for position, department_code in enumerate(home)}
    cell_keys = sorted(
        sums_by_cell,
        key=lambda cell_key: (
            cell_key[0],
            home_order.get(cell_key[1] or "", len(home)),
            cell_key[1] is None,
            cell_key[1] or "",
        ),
    )
    return [
        Cell(*cell_key, sums_by_cell[cell_key])
        for cell_key in cell_keys
        if axis in (None, cell_key[0]) and (department is None or department == (cell_key[1] or ""))
    ]


def read_report(
    session: Session, year: int, home: Sequence[str], *, axis: int | None = None, department: str | None = None
) -> Report:
    """Return the report of a year. home: codes of the desk's départements. department: a code, or "" for unknown."""
    steps = queries.steps_to_count(session, year)
    answers = queries.answers_to_count(session, year)
    received = queries.opportunities_received(session, year)
    about = {step.opportunity_id for step in steps} | {answer.opportunity_id for answer in answers}
    others = sorted(about - {opportunity_row.id for opportunity_row in received})
    opportunity_rows = [*received, *queries.opportunities_by_id(session, others)]
    lots = queries.lots_to_count(session, [opportunity_row.id for opportunity_row in opportunity_rows])
    journal_head = audit_head(session)
    cpv_by_opportunity: dict[str, list[str]] = {}
    for opportunity_id, cpv_codes in lots:
        cpv_by_opportunity.setdefault(opportunity_id, []).extend(cpv_codes)
    axis_and_department = {
        opportunity_row.id: (
            axis_of(
                opportunity_row.axis,
                opportunity_row.kind,
                [activity["code"] for activity in opportunity_row.naf],
                [*opportunity_row.cpv, *cpv_by_opportunity.get(opportunity_row.id, ())],
            ),
            opportunity_row.department,
        )
        for opportunity_row in opportunity_rows
    }
    facts = [
        Fact(_received_on(opportunity_row), *_place(axis_and_department[opportunity_row.id]), Figures(received=1))
        for opportunity_row in received
        if opportunity_row.source not in AWARDED
    ]
    for _, case_steps in groupby(steps, key=lambda step_row: step_row.case_id):
        step_rows = list(case_steps)
        facts += case_facts(step_rows, *_place(axis_and_department[step_rows[0].opportunity_id]))
    facts += [
        Fact(
            day_in_france(answer.created_at),
            *_place(axis_and_department[answer.opportunity_id]),
            Figures(answers=1, favourable=int(answer.interest >= 1)),
        )
        for answer in answers
    ]
    received_rows = [
        opportunity_row
        for opportunity_row in received
        if opportunity_row.source not in AWARDED
        and axis in (None, axis_and_department[opportunity_row.id][0].number)
        and (department is None or department == (opportunity_row.department or ""))
    ]
    return Report(
        year=year,
        axis=axis,
        department=department,
        cells=tally(facts, year, home, axis=axis, department=department),
        assumed=sum(axis_and_department[opportunity_row.id][0].assumed for opportunity_row in received_rows),
        sources=dict(sorted(Counter(opportunity_row.source for opportunity_row in received_rows).items())),
        mark=(journal_head.count, journal_head.last_hash) if journal_head else (0, ""),
    )


def note_export(session: Session, report: Report, file_format: str, *, by: str) -> None:
    """Note the export of a report in the journal. file_format: csv or xlsx."""
    detail = {"format": file_format, "axis": report.axis, "department": report.department}
    log.note(
        session,
        by=by,
        action="report.exported",
        kind="report",
        of=str(report.year),
        detail={detail_name: detail_value for detail_name, detail_value in detail.items() if detail_value is not None},
    )


def _received_on(row: queries.OpportunityRow) -> date:
    return row.published_on or day_in_france(row.created_at)


def _place(axis_and_department: tuple[Axis, str | None]) -> tuple[int, str | None]:
    return axis_and_department[0].number, axis_and_department[1]
