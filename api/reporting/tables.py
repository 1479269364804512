"""The tables of the report beside its main one: what its pictures show, on the page, in print and in the file."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from api.brokerage.wording import STATES
from api.catalogue.places.intercommunalities import intercommunality_names
from api.catalogue.wording import AXES
from api.core.table_files import Cell
from api.reporting.figures import Figures, Report
from api.reporting.stays import StageTable
from api.reporting.wording import (
    ALL,
    CERTAINTY,
    COLUMNS,
    REACHED,
    STAGE_COLUMNS,
    STANDING,
    TERRITORY_COUNTS,
    UNPLACED,
    department_in_words,
)
from api.takeovers.stages.wording import REASONS, STAGES

Row = list[Cell]


@dataclass(frozen=True)
class ReportTable:
    """A table of the report. name: of it in an address. rows: as wide as heading.

    names: how many columns on the left name a row. has_total: the last row is the sum of the others.
    drawn: the columns that a picture shows.
    """

    name: str
    title: str
    heading: Sequence[str]
    rows: Sequence[Row]
    names: int = 1
    has_total: bool = False
    drawn: Sequence[str] = ()


def certainty_table(report: Report) -> ReportTable:
    """Return what is counted under an axis that somebody gave, apart from what is only assumed."""

    def counts(axes: Sequence[int], departments: Sequence[str | None]) -> Row:
        given, assumed = (report.total(axes=axes, departments=departments, assumed=each) for each in (False, True))
        return [count for measure in CERTAINTY.values() for count in (measure(given), measure(assumed))]

    return ReportTable(
        name="axes",
        title="Axe confirmé, axe supposé",
        heading=[
            "Axe",
            "Territoire",
            *(f"{name}, axe {certainty}" for name in CERTAINTY for certainty in ("confirmé", "supposé")),
        ],
        rows=[
            *(
                [
                    f"{cell.axis}. {AXES[cell.axis]}",
                    department_in_words(cell.department),
                    *counts([cell.axis], [cell.department]),
                ]
                for cell in report.cells
            ),
            [ALL, ALL, *counts(report.axes, report.departments)],
        ],
        names=2,
        has_total=True,
        drawn=[f"Reçues, axe {certainty}" for certainty in ("confirmé", "supposé")],
    )


def territory_table(report: Report) -> ReportTable:
    """Return the figures of each intercommunality, those with most opportunities first; confidential cases apart."""
    names = {**intercommunality_names(), **UNPLACED}

    def counts(figures: Figures) -> Row:
        return [getattr(figures, name) for name in TERRITORY_COUNTS]

    figures_of = {code: report.total(territory=code) for code in report.territories}
    in_order = sorted(figures_of, key=lambda code: (code in UNPLACED, -figures_of[code].received, names[code]))
    return ReportTable(
        name="territoires",
        title="Par intercommunalité",
        heading=["Territoire", *(COLUMNS[name] for name in TERRITORY_COUNTS)],
        rows=[*([names[code], *counts(figures_of[code])] for code in in_order), [ALL, *counts(report.total())]],
        has_total=True,
        drawn=[COLUMNS["received"]],
    )


def case_stage_table(report: Report) -> ReportTable:
    return ReportTable(
        name="dossiers",
        title="Dossiers par étape",
        heading=["Axe", "Étape", *STAGE_COLUMNS],
        rows=_stage_rows(report.stages, STATES),
        names=2,
        drawn=[REACHED, STANDING],
    )


def takeover_stage_table(report: Report) -> ReportTable:
    return ReportTable(
        name="reprises",
        title="Reprises par étape",
        heading=["Voie", "Étape", *STAGE_COLUMNS],
        rows=_stage_rows(report.takeovers.tracks, STAGES),
        names=2,
        drawn=[REACHED, STANDING],
    )


def takeover_end_table(report: Report) -> ReportTable:
    """Return how takeovers ended, and why those without a new owner did."""
    ended = [(STAGES[end], "", count) for end, count in report.takeovers.ended.items()]
    why = [(STAGES[end], REASONS[reason], count) for (end, reason), count in report.takeovers.reasons.items()]
    return ReportTable(
        name="fins",
        title="Fins des reprises",
        heading=["Fin", "Motif", "Reprises"],
        rows=[list(row) for row in sorted([*ended, *why])],
        names=2,
    )


def further_tables(report: Report) -> list[ReportTable]:
    """Return every table that has rows."""
    tables = [
        certainty_table(report),
        territory_table(report),
        case_stage_table(report),
        takeover_stage_table(report),
        takeover_end_table(report),
    ]
    return [table for table in tables if table.rows]


def _stage_rows(tables: Iterable[StageTable], words: Mapping[str, str]) -> list[Row]:
    return [
        [
            table.name,
            words[stage.stage],
            stage.reached,
            stage.standing,
            None if stage.median_days is None else round(stage.median_days, 1),
            stage.left,
        ]
        for table in tables
        for stage in table.stages
    ]
