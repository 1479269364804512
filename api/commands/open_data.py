"""Commands that read public sources; merged into `api.cli`."""

from contextlib import nullcontext
from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text
from sqlalchemy import Engine

from api.commands.terminal import console, engine, errors
from api.core import official_codes
from api.core.clock import PARIS, today_in_france
from api.core.errors import InvalidError
from api.core.french import day
from api.core.settings import settings
from api.open_data import freshness
from api.open_data.refresh import polite
from api.open_data.sources.catalogue import SOURCES, services
from api.open_data.sync import SourceReport, since_last, sync
from api.open_data.wording import counts_in_words, missing_in_words, source_in_words
from api.privacy.database_copies import dry_run_copy
from models.base import utc_now
from models.database import reading

app = typer.Typer()

# A source could not be read whole, or records were refused.
NOT_ALL = 3
SHOWN = 20


@app.command(name="sync")
def sync_command(
    sources: Annotated[list[str], typer.Argument(help=f"Ce qui est lu : {', '.join(SOURCES)}, ou « tout ».")],
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Depuis quel jour ; par défaut, depuis la dernière lecture complète."),
    ] = None,
    departement: Annotated[str | None, typer.Option(help="Départements, séparés par des virgules.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Dire ce qui viendrait, ne rien écrire.")] = False,
) -> None:
    """Lit des sources publiques. Reprend où une lecture s’était arrêtée.

    Sort avec 0 si tout est lu, 3 si une source a failli ou si des enregistrements sont refusés.
    """
    options, today = settings(), today_in_france()
    chosen = services(list(SOURCES) if sources == ["tout"] else sources, options)
    where = departments(departement) if departement else options.departments
    if since and since.date() > today:
        raise typer.BadParameter("ce jour n’est pas encore venu", param_hint="--since")
    opened = engine()
    with dry_run_copy(opened) if dry_run else nullcontext(opened) as base:
        reports = sync(
            base,
            chosen,
            where,
            since=lambda name: (
                since.date()
                if since
                else since_last(base, name, today, options.open_data_first_days, options.open_data_overlap_days)
            ),
            today=today,
            now=utc_now,
            open_client=polite(options, utc_now),
            told=_told,
        )
        print_reports(reports)
        for one in reports:
            if one.counts.get("refused"):
                _print_refusals(base, one.source)
    if dry_run:
        console.print("Essai à blanc : rien n’a été écrit.")
    if any(not one.complete or one.counts.get("refused") for one in reports):
        raise typer.Exit(NOT_ALL)


@app.command(name="sources")
def sources_command() -> None:
    """Dit de quand date chaque source publique, et ce qui est en retard."""
    table = Table("source", "dernière lecture complète", "état", "refusés")
    with reading(engine()) as session:
        states = freshness.source_states(session, settings(), utc_now())
    for one in states:
        when = one.complete_at.astimezone(PARIS) if one.complete_at else None
        read = f"{day(when.date().isoformat())}, {when:%H:%M}" if when else "jamais"
        state = ("en retard" if one.late else "à jour") + (f" – {one.error}" if one.error else "")
        table.add_row(*(Text(cell) for cell in (source_in_words(one.name), read, state, str(one.refused))))
    console.print(table if table.rows else "Aucune source n’a encore été lue : voyez `sync --help`.")


def print_reports(reports: list[SourceReport]) -> None:
    """Print what was done, a line a source."""
    table = Table("source", "depuis le", "fait", "état")
    for one in reports:
        state = "lue en entier" if one.complete else f"arrêtée : {one.error}"
        state += ", reprise où elle s’était arrêtée" if one.resumed else ""
        cells = (source_in_words(one.source), day(one.since), counts_in_words(one.counts), state)
        table.add_row(*(Text(cell) for cell in cells))
    console.print(table)
    for one in reports:
        for warning in one.warnings:
            console.print(f"{source_in_words(one.source)} : {warning}", markup=False, highlight=False)
        if one.missing:
            missing = f"{source_in_words(one.source)} : champs vides à la source : {missing_in_words(one.missing)}"
            console.print(missing, markup=False, highlight=False, soft_wrap=True)


def _print_refusals(base: Engine, source: str) -> None:
    table = Table("enregistrement", "champ", "raison", title=f"Refusés – {source_in_words(source)}")
    with reading(base) as session:
        rows = freshness.refusals(session, source, SHOWN)
    for row in rows:
        table.add_row(*(Text(cell) for cell in (row.reference, row.field or "–", row.reason)))
    console.print(table)


def _told(source: str, report: SourceReport) -> None:
    if report.counts.get("pages", 0) % 10 == 0:
        errors.print(f"{source_in_words(source)} : {counts_in_words(report.counts)}", highlight=False, markup=False)


def departments(text: str) -> list[str]:
    """Return the codes of a list of départements, separated by commas or blanks. Raises InvalidError."""
    try:
        codes = [official_codes.department(code) for code in text.replace(",", " ").split()]
    except ValueError as error:
        raise InvalidError([("departement", str(error))]) from error
    if not codes:
        raise InvalidError([("departement", "donnez au moins un département, par exemple 26,07")])
    return list(dict.fromkeys(codes))
