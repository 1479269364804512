"""Commands that read public sources; merged into `api.cli`."""

from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Annotated

import typer
from rich.table import Table
from sqlalchemy import Engine

from api.commands.consoles import console, errors
from api.commands.source_check import print_examinations
from api.commands.terminal import add_text_row, engine
from api.core import official_codes
from api.core.clock import PARIS, today_in_france
from api.core.errors import InvalidError
from api.core.french import day
from api.core.settings import settings
from api.open_data import freshness
from api.open_data.coverage.asking import check_service
from api.open_data.coverage.wording import fall_in_words
from api.open_data.refresh import open_client_with
from api.open_data.source_run import SourceReport
from api.open_data.sources.catalogue import IN_ALL, SOURCES, services
from api.open_data.sync import since_last, sync
from api.open_data.wording import counts_in_words, missing_in_words, silence_in_words, source_in_words
from api.privacy.database_copies import dry_run_copy
from models.base import utc_now
from models.database import reading

app = typer.Typer()

# Exit code: a source was not read in full, or records were refused.
NOT_ALL = 3
SHOWN = 20
WHAT_IS_READ = f"Ce qui est lu : {', '.join(SOURCES)} ; « tout » : {', '.join(IN_ALL)}."


@app.command(name="sync")
def sync_command(
    sources: Annotated[
        list[str], typer.Argument(help=f"Ce qui est lu : {', '.join(SOURCES)} ; « tout » : {', '.join(IN_ALL)}.")
    ],
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Depuis quel jour ; par défaut, depuis la dernière lecture complète."),
    ] = None,
    departement: Annotated[str | None, typer.Option(help="Départements, séparés par des virgules.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Dire ce qui viendrait, ne rien écrire.")] = False,
    check: Annotated[
        bool,
        typer.Option("--check", help="Demander 20 enregistrements à chaque service, dire ce qui y manque ou a changé."),
    ] = False,
) -> None:
    """Lit des sources publiques. Reprend où une lecture s’était arrêtée.

    Sort avec 0 si tout est lu, 3 si une source a failli ou si des enregistrements sont refusés ; avec --check, 3 si un
    service n’envoie pas ce qui est attendu.
    """
    options, today = settings(), today_in_france()
    source_services = services(IN_ALL if sources == ["tout"] else sources, options)
    department_codes = departments(departement) if departement else options.departments
    if since and since.date() > today:
        raise typer.BadParameter("ce jour n’est pas encore venu", param_hint="--since")
    if check:
        first_day = since.date() if since else today - timedelta(days=options.open_data_first_days)
        examinations = []
        for service in source_services:
            with open_client_with(options, utc_now)(service) as client:
                examinations.append(check_service(service, department_codes, first_day, today, client))
        print_examinations(examinations)
        console.print("Vérification : rien n’a été écrit.")
        if not all(examination.is_as_expected for examination in examinations):
            raise typer.Exit(NOT_ALL)
        return
    database = engine()
    with dry_run_copy(database, tools=options.postgres_tools) if dry_run else nullcontext(database) as target_database:
        reports = sync(
            target_database,
            source_services,
            department_codes,
            since=lambda source_name: (
                since.date()
                if since
                else since_last(
                    target_database, source_name, today, options.open_data_first_days, options.open_data_overlap_days
                )
            ),
            today=today,
            now=utc_now,
            open_client=open_client_with(options, utc_now),
            progress=_print_progress,
        )
        print_reports(reports)
        for report in reports:
            if report.counts.get("refused"):
                _print_refusals(target_database, report.source)
    if dry_run:
        console.print("Essai à blanc : rien n’a été écrit.")
    if any(not report.complete or report.counts.get("refused") for report in reports):
        raise typer.Exit(NOT_ALL)


@app.command(name="sources")
def sources_command() -> None:
    """Dit de quand date chaque source publique, et ce qui est en retard."""
    table = Table("source", "dernière lecture complète", "état", "refusés")
    with reading(engine()) as session:
        source_states = freshness.source_states(session, settings(), utc_now())
    for source_state in source_states:
        read_at = source_state.complete_at.astimezone(PARIS) if source_state.complete_at else None
        read_words = f"{day(read_at.date().isoformat())}, {read_at:%H:%M}" if read_at else "jamais"
        details = [silence_in_words(department.code, department.since) for department in source_state.silent]
        details += [source_state.error] if source_state.error else []
        state_words = " – ".join([_freshness_in_words(source_state), *details])
        add_text_row(table, source_in_words(source_state.name), read_words, state_words, str(source_state.refused))
    console.print(table if table.rows else "Aucune source n’a encore été lue : voyez `sync --help`.")


def _freshness_in_words(source_state: freshness.SourceState) -> str:
    if not source_state.nightly:
        return "lue à la demande"
    return "en retard" if source_state.late else "à jour"


def print_reports(reports: list[SourceReport]) -> None:
    """Print the reports, a line a source."""
    table = Table("source", "depuis le", "fait", "état")
    for source_report in reports:
        state_words = "lue en entier" if source_report.complete else f"arrêtée : {source_report.error}"
        state_words += ", reprise où elle s’était arrêtée" if source_report.resumed else ""
        cells = (
            source_in_words(source_report.source),
            day(source_report.since),
            counts_in_words(source_report.counts),
            state_words,
        )
        add_text_row(table, *cells)
    console.print(table)
    for source_report in reports:
        for warning in source_report.warnings:
            console.print(f"{source_in_words(source_report.source)} : {warning}", markup=False, highlight=False)
        for fall in source_report.falls:
            console.print(f"à vérifier, un champ manque soudain – {fall_in_words(fall)}", markup=False, highlight=False)
        if source_report.missing:
            missing_words = f"champs vides à la source : {missing_in_words(source_report.missing)}"
            source_words = source_in_words(source_report.source)
            console.print(f"{source_words} : {missing_words}", markup=False, highlight=False, soft_wrap=True)


def _print_refusals(database: Engine, source: str) -> None:
    table = Table("enregistrement", "champ", "raison", title=f"Refusés – {source_in_words(source)}")
    with reading(database) as session:
        refused_records = freshness.refusals(session, source, SHOWN)
    for refused_record in refused_records:
        add_text_row(table, refused_record.reference, refused_record.field or "–", refused_record.reason)
    console.print(table)


def _print_progress(source: str, report: SourceReport) -> None:
    if report.counts.get("pages", 0) % 10 == 0:
        errors.print(f"{source_in_words(source)} : {counts_in_words(report.counts)}", highlight=False, markup=False)


def departments(text: str) -> list[str]:
    """Return the codes of a list of départements, separated by commas or blanks. Raises InvalidError."""
    try:
        department_codes = [official_codes.department(typed_code) for typed_code in text.replace(",", " ").split()]
    except ValueError as error:
        raise InvalidError([("departement", str(error))]) from error
    if not department_codes:
        raise InvalidError([("departement", "donnez au moins un département, par exemple 26,07")])
    return list(dict.fromkeys(department_codes))
