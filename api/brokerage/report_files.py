"""The report as files: CSV that spreadsheets of French machines read as it is, and XLSX."""

import csv
import io
from datetime import date
from pathlib import Path

from api.brokerage.report import COUNTS, Figures, Report
from api.brokerage.report_wording import COLUMNS, DEFINITIONS, JOBS_UNKNOWN, UNKNOWN_DEPARTMENT
from api.catalogue.wording import AXES
from api.core.errors import InvalidError
from api.core.french import DEPARTMENTS, day
from api.core.text import harmless
from api.learning.wording import OBJECTIONS

Row = list[str | int]
EVERY = "Tous"


def department_in_words(code: str | None) -> str:
    """Return « Drôme (26) »; a code of which we know no name, as it is."""
    if not code:
        return UNKNOWN_DEPARTMENT
    return f"{DEPARTMENTS[code]} ({code})" if code in DEPARTMENTS else code


def table(report: Report) -> list[Row]:
    """Return the report as rows: the heading, a row a cell, and the total."""
    reasons = [objection.value for objection in OBJECTIONS]
    names = {**COLUMNS, "jobs_unknown": JOBS_UNKNOWN}

    def counts(figures: Figures) -> Row:
        return [*(getattr(figures, name) for name in COUNTS), *(figures.reasons.get(one, 0) for one in reasons)]

    heading: Row = [
        *("Année", "Axe", "Département"),
        *(names[name] for name in COUNTS),
        *(f"Motif : {words}" for words in OBJECTIONS.values()),
    ]
    rows: list[Row] = [
        [report.year, f"{cell.axis}. {AXES[cell.axis]}", department_in_words(cell.department), *counts(cell.figures)]
        for cell in report.cells
    ]
    total: Row = [report.year, EVERY, EVERY, *counts(report.total())]
    return [[harmless(one) if isinstance(one, str) else one for one in row] for row in (heading, *rows, total)]


def as_csv(report: Report) -> bytes:
    """Return the table in UTF-8 with its mark, separated by semicolons."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";").writerows(table(report))
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(report: Report, *, today: date) -> bytes:
    """Return a workbook: the table, then what each figure means and what it rests on."""
    from openpyxl import Workbook  # only for this: slow to import
    from openpyxl.styles import Alignment, Font

    book = Workbook()
    sheet = book.active
    sheet.title = f"Rapport {report.year}"
    rows = table(report)
    for row in rows:
        sheet.append(row)
    for line in (1, len(rows)):
        for cell in sheet[line]:
            cell.font = Font(bold=True)
    for cell in sheet[1]:
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "D2"
    for letter, width in (("B", 34), ("C", 18)):
        sheet.column_dimensions[letter].width = width
    notes = book.create_sheet("Définitions")
    for name, words in DEFINITIONS.items():
        notes.append([name, words])
    notes.append(["Établi le", day(today.isoformat())])
    for name, value in rests_on(report):
        notes.append([name, harmless(value)])
    for letter, width in (("A", 34), ("B", 110)):
        notes.column_dimensions[letter].width = width
    for line in notes.iter_rows():
        line[0].font = Font(bold=True)
        line[1].alignment = Alignment(wrap_text=True, vertical="top")
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def rests_on(report: Report) -> list[tuple[str, str]]:
    """Return what the figures rest on, as (name, value): sources, assumed axes, the mark of the journal."""
    sources = ", ".join(f"{name} ({count})" for name, count in report.sources.items())
    number, digest = report.mark
    return [
        ("Sources des opportunités", sources or "aucune opportunité reçue"),
        ("Axes supposés", f"{report.assumed} des opportunités reçues"),
        ("Journal", f"entrée {number}, empreinte {digest}" if number else "vide"),
    ]


def write(report: Report, path: Path, *, today: date) -> str:
    """Write the report in the form that a file's name says, and return it: csv or xlsx. Raises InvalidError."""
    form = path.suffix.lower().removeprefix(".")
    if form not in ("csv", "xlsx"):
        raise InvalidError([("fichier", "son nom doit finir par .csv ou .xlsx")])
    path.write_bytes(as_csv(report) if form == "csv" else as_xlsx(report, today=today))
    return form
