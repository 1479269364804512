"""The command that loads a register of establishments; merged into `api.cli`."""

from datetime import datetime
from pathlib import Path
from random import Random
from typing import Annotated

import typer
from rich.table import Table
from sqlalchemy import Engine

from api.commands.consoles import console
from api.commands.terminal import add_text_row, engine
from api.confidentiality import precision, queries
from api.confidentiality.register import read_extract, store_extract
from api.confidentiality.teaser import Teasers
from api.core.clock import today_in_france
from api.core.french import number, plural
from api.core.settings import settings
from models.base import utc_now
from models.database import reading

app = typer.Typer()

SEED = 26


@app.command(name="register")
def register_command(
    file: Annotated[
        Path,
        typer.Argument(exists=True, dir_okay=False, help="Le stock Sirene des établissements (CSV, ou ZIP d’un CSV)."),
    ],
    day: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Le jour dont date le fichier.")],
) -> None:
    """Compte les établissements employeurs d’un registre lu en entier, pour des fiches aveugles plus précises.

    Le fichier n’est interrogé sur aucun cas ; il n’en reste ni nom ni numéro.
    """
    if day.date() > today_in_france():
        raise typer.BadParameter("ce jour n’est pas encore venu", param_hint="--day")
    options, database = settings(), engine()
    with console.status("Lecture du registre…"):
        extract = read_extract(file, options.departments)
    store_extract(database, extract, options.departments, day=day.date(), now=utc_now())
    console.print(
        f"{plural(extract.lines, 'ligne lue', 'lignes lues')} ; établissements employeurs comptés : "
        + ", ".join(f"{code} : {number(extract.in_department(code))}" for code in sorted(options.departments))
    )
    console.print(precision_table(database, options.departments))


def precision_table(database: Engine, departments: tuple[str, ...]) -> Table:
    """Return how precise first lines are among the desk's actors alone, and with the register."""
    with reading(database) as session:
        establishments, register = queries.public_establishments(session), queries.register_groups(session)
    sample = precision.sample_of(register, Random(SEED))  # noqa: S311 - a sample that is the same each time
    without, beside = (
        precision.shares(Teasers(establishments, departments, counted), sample) for counted in ((), register)
    )
    table = Table(
        "la fiche dit",
        "bureau seul",
        "avec le registre",
        title=f"Tirage de {plural(len(sample), 'établissement')} du registre, comme si chacun était à reprendre",
        title_justify="left",
    )
    for name in precision.LEVELS:
        add_text_row(table, name, _percent(without[name]), _percent(beside[name]))
    return table


def _percent(share: float) -> str:
    return f"{number(round(100 * share))}\N{NO-BREAK SPACE}%"
