"""A table of the report as a sheet of a workbook, with a chart of its own beside it."""

from typing import TYPE_CHECKING

from api.core.table_files import workbook_row
from api.reporting.tables import ReportTable

if TYPE_CHECKING:
    from openpyxl import Workbook

NAME_WIDTH, FIGURE_WIDTH, CHART_WIDTH_CM, ROW_HEIGHT_CM = 34, 14, 18, 0.9


def add_sheet(workbook: "Workbook", table: ReportTable) -> None:
    """Add a sheet: the table, and bars of the columns that are drawn, for who opens it to change or to copy."""
    from openpyxl.chart import BarChart, Reference  # only for this: slow to import
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    sheet = workbook.create_sheet(table.title)
    sheet.append(workbook_row(table.heading))
    for row in table.rows:
        sheet.append(workbook_row(row))
    for cell in sheet[1]:
        cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")
    if table.has_total:
        for cell in sheet[len(table.rows) + 1]:
            cell.font = Font(bold=True)
    for number in range(1, len(table.heading) + 1):
        width = NAME_WIDTH if number <= table.names else FIGURE_WIDTH
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.freeze_panes = sheet.cell(2, table.names + 1)
    last = len(table.rows) + (0 if table.has_total else 1)
    if not table.drawn or last < 2:
        return
    chart = BarChart()
    chart.type, chart.title = "bar", table.title
    chart.width, chart.height = CHART_WIDTH_CM, max(7.0, ROW_HEIGHT_CM * last)
    for column in table.drawn:
        position = table.heading.index(column) + 1
        chart.add_data(Reference(sheet, min_col=position, min_row=1, max_row=last), titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=1, max_col=table.names, min_row=2, max_row=last))
    # The first row on top, as in the table.
    chart.x_axis.scaling.orientation = "maxMin"
    chart.x_axis.delete = chart.y_axis.delete = False
    sheet.add_chart(chart, f"{get_column_letter(len(table.heading) + 2)}2")
