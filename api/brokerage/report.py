"""The report of a year for the two départements: counts by axis and département, which add up to their totals.

No name is read for it: confidential cases are counted like the others. The definitions that its readers are given are
in `api.brokerage.report_wording`; they say what is done here.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from itertools import groupby

from sqlmodel import Session

from api.audit import log, queries
from api.brokerage import report_queries
from api.brokerage.transitions import CLOSED, State
from api.catalogue.axes import AXES, Axis, axis_of
from api.core.clock import day_in_france
from models.brokerage import BrokerageStep

# Files of contracts that are already awarded when they are read: history to learn from, not needs that were received.
AWARDED = frozenset({"decp", "marches_publics"})


@dataclass(frozen=True)
class Figures:
    """What is counted. jobs_unknown: successes of which either count of jobs is not known."""

    received: int = 0
    taken: int = 0
    introduced: int = 0
    won: int = 0
    lost: int = 0
    refused: int = 0
    jobs_created: int = 0
    jobs_kept: int = 0
    jobs_unknown: int = 0
    answers: int = 0
    favourable: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)  # of what was lost or refused; each may have several

    @classmethod
    def sum(cls, several: Iterable["Figures"]) -> "Figures":
        """Return the sum, field by field and reason by reason."""
        counts, reasons = dict.fromkeys(COUNTS, 0), Counter[str]()
        for one in several:
            for name in COUNTS:
                counts[name] += getattr(one, name)
            if one.reasons:
                reasons.update(one.reasons)
        return cls(**counts, reasons=dict(sorted(reasons.items())))


COUNTS = tuple(one.name for one in fields(Figures) if one.name != "reasons")


@dataclass(frozen=True)
class Cell:
    """The figures of an axis in a département; None is where the département is not known."""

    axis: int
    department: str | None
    figures: Figures


@dataclass(frozen=True)
class Report:
    """A year's cells, by axis, then département; what was asked for (None is all), and what it rests on.

    assumed: opportunities received whose axis nobody said. sources: of how many received ones, by source.
    mark: the number and the hash of the journal's last entry.
    """

    year: int
    axis: int | None
    department: str | None
    cells: Sequence[Cell]
    assumed: int
    sources: Mapping[str, int]
    mark: tuple[int, str]

    def total(
        self, *, axes: Collection[int] | None = None, departments: Collection[str | None] | None = None
    ) -> Figures:
        """Return the sum of the cells of these axes and départements; None is all."""
        chosen = (
            cell.figures
            for cell in self.cells
            if (axes is None or cell.axis in axes) and (departments is None or cell.department in departments)
        )
        return Figures.sum(chosen)

    @property
    def axes(self) -> list[int]:
        return sorted({cell.axis for cell in self.cells})

    @property
    def departments(self) -> list[str | None]:
        """Those of the cells, in the order of the cells."""
        return list(dict.fromkeys(cell.department for cell in self.cells))


@dataclass(frozen=True)
class Fact:
    """Something that happened once, and what it adds to the figures of its day's year."""

    day: date
    axis: int
    department: str | None
    adds: Figures


@dataclass(frozen=True)
class Milestones:
    """When a case was opened, and when it reached what it still holds: both sides met, it is closed."""

    opened_on: date
    introduced_on: date | None
    closed_on: date | None
    last: BrokerageStep


def milestones(steps: Sequence[BrokerageStep]) -> Milestones:
    """Return the milestones of a case. What was gone back on was a mistake, and counts for nothing."""
    introduced: date | None = None
    closed: date | None = None
    for step in steps:
        state, on = State(step.to_state), day_in_france(step.at)
        if step.to_state == step.from_state:
            continue
        closed = on if state in CLOSED else None
        if state == State.INTRODUCED:
            introduced = introduced or on
        elif state not in CLOSED:
            introduced = None
    return Milestones(day_in_france(steps[0].at), introduced, closed, steps[-1])


def tally(
    facts: Iterable[Fact],
    year: int,
    home: Sequence[str],
    *,
    axis: int | None = None,
    department: str | None = None,
) -> list[Cell]:
    """Return the cells of a year. Those of the `home` départements are there even if empty; others only if they count.

    Unknown départements come last. axis, department: what to keep.
    """
    parts: dict[tuple[int, str | None], list[Figures]] = {(one, code): [] for one in AXES for code in home}
    for fact in facts:
        if fact.day.year == year:
            parts.setdefault((fact.axis, fact.department), []).append(fact.adds)
    found = {key: Figures.sum(several) for key, several in parts.items()}
    order = {code: place for place, code in enumerate(home)}
    keys = sorted(found, key=lambda key: (key[0], order.get(key[1] or "", len(home)), key[1] is None, key[1] or ""))
    return [
        Cell(*key, found[key])
        for key in keys
        if axis in (None, key[0]) and (department is None or department == (key[1] or ""))
    ]


def read_report(
    session: Session, year: int, home: Sequence[str], *, axis: int | None = None, department: str | None = None
) -> Report:
    """Return the report of a year. home: codes of the départements that it is for; department: one code, "" unknown."""
    rows = report_queries.opportunities_to_count(session)
    lots = report_queries.lots_to_count(session)
    steps = report_queries.steps_to_count(session)
    answers = report_queries.answers_to_count(session)
    head = queries.audit_head(session)
    lot_cpv: dict[str, list[str]] = {}
    for opportunity_id, cpv in lots:
        lot_cpv.setdefault(opportunity_id, []).extend(cpv)
    places = {
        row.id: (
            axis_of(row.axis, row.kind, [one["code"] for one in row.naf], [*row.cpv, *lot_cpv.get(row.id, ())]),
            row.department,
        )
        for row in rows
    }
    facts = [
        Fact(_received_on(row), *_place(places[row.id]), Figures(received=1))
        for row in rows
        if row.source not in AWARDED
    ]
    for _, own in groupby(steps, key=lambda one: one[1].case_id):
        case = list(own)
        facts += _case_facts([step for _, step in case], *_place(places[case[0][0]]))
    facts += [
        Fact(
            day_in_france(one.created_at),
            *_place(places[one.opportunity_id]),
            Figures(answers=1, favourable=int(one.interest >= 1)),
        )
        for one in answers
    ]
    received = [
        row
        for row in rows
        if row.source not in AWARDED
        and _received_on(row).year == year
        and axis in (None, places[row.id][0].number)
        and (department is None or department == (row.department or ""))
    ]
    return Report(
        year=year,
        axis=axis,
        department=department,
        cells=tally(facts, year, home, axis=axis, department=department),
        assumed=sum(places[row.id][0].assumed for row in received),
        sources=dict(sorted(Counter(row.source for row in received).items())),
        mark=(head.count, head.last_hash) if head else (0, ""),
    )


def note_export(session: Session, report: Report, form: str, *, by: str) -> None:
    """Write in the journal that a report left as a file. form: csv or xlsx."""
    detail = {"format": form, "axis": report.axis, "department": report.department}
    log.note(
        session,
        by=by,
        action="report.exported",
        kind="report",
        of=str(report.year),
        detail={name: value for name, value in detail.items() if value is not None},
    )


def _received_on(row: report_queries.OpportunityRow) -> date:
    return row.published_on or day_in_france(row.created_at)


def _place(place: tuple[Axis, str | None]) -> tuple[int, str | None]:
    return place[0].number, place[1]


def _case_facts(steps: Sequence[BrokerageStep], axis: int, department: str | None) -> list[Fact]:
    found = milestones(steps)
    last, state = found.last, State(found.last.to_state)
    facts = [Fact(found.opened_on, axis, department, Figures(taken=1))]
    if found.introduced_on:
        facts.append(Fact(found.introduced_on, axis, department, Figures(introduced=1)))
    if found.closed_on:
        adds = Figures(
            won=int(state == State.WON),
            lost=int(state == State.LOST),
            refused=int(state == State.REFUSED),
            jobs_created=last.jobs_created or 0,
            jobs_kept=last.jobs_kept or 0,
            jobs_unknown=int(state == State.WON and None in (last.jobs_created, last.jobs_kept)),
            reasons=dict.fromkeys(sorted(last.reasons), 1),
        )
        facts.append(Fact(found.closed_on, axis, department, adds))
    return facts
