"""The yearly report in a terminal or as a file; merged into `api.cli`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from api.audit import log
from api.catalogue.axes import AXES
from api.commands.consoles import console
from api.commands.terminal import engine
from api.core.clock import today_in_france
from api.core.french import number
from api.core.settings import settings
from api.reporting import files as report_files
from api.reporting.yearly import note_export, read_report
from models.database import reading, writing

app = typer.Typer()


@app.command(name="report")
def report_command(
    year: Annotated[int, typer.Argument(help="L’année, par exemple 2026.", min=2000, max=2100)],
    out: Annotated[Path | None, typer.Option(help="Le fichier à écrire, .csv ou .xlsx ; sans lui, à l’écran.")] = None,
    axis: Annotated[int | None, typer.Option("--axe", min=AXES[0], max=AXES[-1], help="Un seul axe.")] = None,
    department: Annotated[str | None, typer.Option("--departement", help="Un seul département, par son code.")] = None,
) -> None:
    """Le rapport annuel : opportunités, dossiers, emplois, par axe et par département."""
    database = engine()
    home_departments = settings().departments
    with reading(database) as session:
        year_report = read_report(session, year, home_departments, axis=axis, department=department)
    if out is not None:
        file_format = report_files.write(year_report, out, today=today_in_france())
        with writing(database) as session:
            note_export(session, year_report, file_format, by=log.CLI)
        console.print(f"Rapport : {out}", soft_wrap=True, highlight=False, markup=False)
        return
    table_rows = report_files.table(year_report)
    # The columns that a terminal holds; the file has the reasons too.
    screen_table = Table(*(str(header_cell) for header_cell in table_rows[0][1:3]))
    for header_cell in table_rows[0][3:14]:
        screen_table.add_column(str(header_cell), justify="right")
    for table_row in table_rows[1:]:
        # An axis by its number alone.
        cell_values = str(table_row[1]).partition(".")[0], *table_row[2:14]
        screen_table.add_row(
            *(Text(cell_value if isinstance(cell_value, str) else number(cell_value)) for cell_value in cell_values)
        )
    console.print(screen_table)
