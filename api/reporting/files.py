"""The report as a file: CSV for French spreadsheets, or XLSX."""

import io
from datetime import date
from pathlib import Path

from api.catalogue.wording import AXES
from api.core import table_files
from api.core.errors import InvalidError
from api.core.french import day
from api.core.table_files import Cell, workbook_row
from api.learning.wording import OBJECTIONS
from api.reporting.figures import COUNTS, Figures, Report
from api.reporting.sheets import add_sheet
from api.reporting.tables import further_tables
from api.reporting.wording import ALL, COLUMNS, DEFINITIONS, JOBS_UNKNOWN, department_in_words

Row = list[Cell]


def table(report: Report) -> list[Row]:
    """Return the report as rows: heading, cells, total."""
    reasons = [objection.value for objection in OBJECTIONS]
    column_names = {**COLUMNS, "jobs_unknown": JOBS_UNKNOWN}

    def counts(figures: Figures) -> Row:
        return [
            *(getattr(figures, count_name) for count_name in COUNTS),
            *(figures.reasons.get(reason, 0) for reason in reasons),
        ]

    heading_row: Row = [
        *("Année", "Axe", "Département"),
        *(column_names[count_name] for count_name in COUNTS),
        *(f"Motif : {objection_text}" for objection_text in OBJECTIONS.values()),
    ]
    cell_rows: list[Row] = [
        [report.year, f"{cell.axis}. {AXES[cell.axis]}", department_in_words(cell.department), *counts(cell.figures)]
        for cell in report.cells
    ]
    total_row: Row = [report.year, ALL, ALL, *counts(report.total())]
    return [heading_row, *cell_rows, total_row]


def as_csv(report: Report, table_name: str = "") -> bytes:
    """Return a table as CSV: UTF-8 with a byte order mark, semicolons. table_name: of a further one; else the main."""
    for further in further_tables(report):
        if further.name == table_name:
            return table_files.as_csv([[*further.heading], *further.rows])
    return table_files.as_csv(table(report))


def as_xlsx(report: Report, *, today: date) -> bytes:
    """Return a workbook: the table, the further ones with their pictures, definitions and sources."""
    from openpyxl import Workbook  # only for this: slow to import
    from openpyxl.styles import Alignment, Font

    workbook = Workbook()
    sheet = workbook.active
    sheet.title = f"Rapport {report.year}"
    table_rows = table(report)
    for table_row in table_rows:
        sheet.append(workbook_row(table_row))
    for sheet_row in (1, len(table_rows)):
        for cell in sheet[sheet_row]:
            cell.font = Font(bold=True)
    for cell in sheet[1]:
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "D2"
    for column_letter, column_width in (("B", 34), ("C", 18)):
        sheet.column_dimensions[column_letter].width = column_width
    for further in further_tables(report):
        add_sheet(workbook, further)
    notes_sheet = workbook.create_sheet("Définitions")
    for label, definition in DEFINITIONS.items():
        notes_sheet.append([label, definition])
    notes_sheet.append(["Établi le", day(today.isoformat())])
    for label, label_text in rests_on(report):
        notes_sheet.append(workbook_row([label, label_text]))
    for column_letter, column_width in (("A", 34), ("B", 110)):
        notes_sheet.column_dimensions[column_letter].width = column_width
    for sheet_row in notes_sheet.iter_rows():
        sheet_row[0].font = Font(bold=True)
        sheet_row[1].alignment = Alignment(wrap_text=True, vertical="top")
    file_content = io.BytesIO()
    workbook.save(file_content)
    return file_content.getvalue()


def rests_on(report: Report) -> list[tuple[str, str]]:
    """Return the basis of the figures, as (label, text): sources, assumed axes, the mark of the journal."""
    sources = ", ".join(f"{source_name} ({count})" for source_name, count in report.sources.items())
    entry_number, entry_hash = report.mark
    return [
        ("Sources des opportunités", sources or "aucune opportunité reçue"),
        ("Axes supposés", f"{report.assumed} des opportunités reçues"),
        ("Journal", f"entrée {entry_number}, empreinte {entry_hash}" if entry_number else "vide"),
    ]


def write(report: Report, report_path: Path, *, today: date) -> str:
    """Write the report in the format of the file's suffix, and return it: csv or xlsx. Raises InvalidError."""
    file_format = report_path.suffix.lower().removeprefix(".")
    if file_format not in ("csv", "xlsx"):
        raise InvalidError([("fichier", "son nom doit finir par .csv ou .xlsx")])
    report_path.write_bytes(as_csv(report) if file_format == "csv" else as_xlsx(report, today=today))
    return file_format
