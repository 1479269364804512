"""The yearly report: counts by axis, département and territory, which add up to their totals.

It reads no names: confidential cases are counted like the others. The definitions shown to its readers are in
`api.reporting.wording` and must agree with this code.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby

from sqlmodel import Session

from api.audit import log
from api.audit.queries import audit_head
from api.catalogue.axes import TAKEOVER, axis_of
from api.catalogue.places.intercommunalities import intercommunality_of_communes
from api.core.clock import day_in_france
from api.reporting import queries
from api.reporting.case_stages import case_stages
from api.reporting.facts import Fact, case_facts
from api.reporting.figures import CONFIDENTIAL, Figures, Report, Subject
from api.reporting.takeover_stages import takeover_figures

# Sources of contracts that are already awarded: history to learn from, not needs received.
AWARDED = frozenset({"decp", "marches_publics"})


def tally(
    facts: Iterable[Fact], year: int, *, axis: int | None = None, department: str | None = None
) -> Mapping[Subject, Figures]:
    """Return the figures of a year by subject. axis, department: filters, with "" for an unknown département."""
    adds: dict[Subject, list[Figures]] = {}
    for fact in facts:
        if fact.day.year == year and _is_asked(fact.subject, axis, department):
            adds.setdefault(fact.subject, []).append(fact.adds)
    return {subject: Figures.sum(figures) for subject, figures in adds.items()}


def read_report(
    session: Session, year: int, home: Sequence[str], *, axis: int | None = None, department: str | None = None
) -> Report:
    """Return the report of a year. home: codes of the desk's départements. department: a code, or "" for unknown."""
    steps = queries.steps_to_count(session, year)
    answers = queries.answers_to_count(session, year)
    received = [row for row in queries.opportunities_received(session, year) if row.source not in AWARDED]
    file_steps = queries.file_steps_to_count(session, year)
    about = {row.opportunity_id for rows in (steps, answers, file_steps) for row in rows}
    others = queries.opportunities_by_id(session, sorted(about - {row.id for row in received}))
    subjects = _subjects(session, [*received, *others])
    came = Counter((_received_on(row), subjects[row.id]) for row in received)
    facts = [Fact(day, subject, Figures(received=count)) for (day, subject), count in came.items()]
    cases = [list(case_steps) for _, case_steps in groupby(steps, key=lambda step_row: step_row.case_id)]
    for case_steps in cases:
        facts += case_facts(case_steps, subjects[case_steps[0].opportunity_id])
    # All of them are of the year: which day of it is not counted.
    facts += [
        Fact(
            date(year, 1, 1),
            subjects[answer.opportunity_id],
            Figures(answers=answer.answers, favourable=answer.favourable),
        )
        for answer in answers
    ]
    asked = {opportunity_id for opportunity_id, subject in subjects.items() if _is_asked(subject, axis, department)}
    files = [list(steps) for _, steps in groupby(file_steps, key=lambda step_row: step_row.opportunity_id)]
    is_about_takeovers = axis in (None, TAKEOVER)
    period = queries.year_bounds(year)
    journal_head = audit_head(session)
    return Report(
        year=year,
        axis=axis,
        department=department,
        home=home,
        counts=tally(facts, year, axis=axis, department=department),
        sources=dict(sorted(Counter(row.source for row in received if row.id in asked).items())),
        mark=(journal_head.count, journal_head.last_hash) if journal_head else (0, ""),
        stages=case_stages(
            [(subjects[steps[0].opportunity_id].axis, steps) for steps in cases if steps[0].opportunity_id in asked],
            *period,
        ),
        takeovers=takeover_figures(
            [steps for steps in files if steps[0].opportunity_id in asked],
            *period,
            unfollowed=queries.unfollowed_takeovers(session, department) if is_about_takeovers else 0,
        ),
    )


def _subjects(session: Session, rows: Sequence[queries.OpportunityRow]) -> Mapping[str, Subject]:
    """Return under what each opportunity is counted, by its id."""
    cpv_of_lots: dict[str, list[str]] = {}
    for opportunity_id, cpv_codes in queries.lots_to_count(session, [row.id for row in rows]):
        cpv_of_lots.setdefault(opportunity_id, []).extend(cpv_codes)
    territories = intercommunality_of_communes()
    subjects = {}
    for row in rows:
        naf = [activity["code"] for activity in row.naf]
        axis = axis_of(row.axis, row.kind, naf, [*row.cpv, *cpv_of_lots.get(row.id, ())])
        territory = CONFIDENTIAL if row.confidential else territories.get(row.commune_code or "", "")
        subjects[row.id] = Subject(axis.number, row.department, axis.assumed, territory)
    return subjects


def _is_asked(subject: Subject, axis: int | None, department: str | None) -> bool:
    return axis in (None, subject.axis) and (department is None or department == (subject.department or ""))


def note_export(session: Session, report: Report, file_format: str, *, by: str, table_name: str | None = None) -> None:
    """Note the export of a report in the journal. file_format: csv or xlsx. table_name: of one of its tables alone."""
    detail = {"format": file_format, "axis": report.axis, "department": report.department, "table": table_name}
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
