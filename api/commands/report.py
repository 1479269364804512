"""The yearly report in a terminal or as a file; merged into `api.cli`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from api.audit import log
from api.brokerage import report_files
from api.brokerage.report import note_export, read_report
from api.catalogue.axes import AXES
from api.commands.terminal import console, engine
from api.core.clock import today_in_france
from api.core.french import number
from api.core.settings import settings
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
    opened = engine()
    home = settings().departments
    with reading(opened) as session:
        report = read_report(session, year, home, axis=axis, department=department)
    if out is not None:
        form = report_files.write(report, out, today=today_in_france())
        with writing(opened) as session:
            note_export(session, report, form, by=log.CLI)
        console.print(f"Rapport : {out}", soft_wrap=True, highlight=False, markup=False)
        return
    rows = report_files.table(report)
    # As many columns as a terminal holds; the file has the reasons too.
    shown = Table(*(str(cell) for cell in rows[0][1:3]))
    for cell in rows[0][3:14]:
        shown.add_column(str(cell), justify="right")
    for row in rows[1:]:
        # An axis by its number alone.
        words = str(row[1]).partition(".")[0], *row[2:14]
        shown.add_row(*(Text(one if isinstance(one, str) else number(one)) for one in words))
    console.print(shown)
