"""Commands that import files, undo imports, and change who may hear of a row."""

import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from sqlalchemy import Engine

from api.accounts.accounts import PARTNER, account_names, find_account
from api.accounts.audience import Audience
from api.audit import log
from api.catalogue import records
from api.catalogue.confidentiality_acts import change_confidentiality
from api.catalogue.rows_by_kind import row_of
from api.commands.consoles import console
from api.commands.terminal import ProgressBar, add_text_row, engine
from api.core.errors import ForbiddenError, SourceError
from api.core.french import plural
from api.imports.columns import MissingColumnsError
from api.imports.history import KEPT, recent_imports
from api.imports.importing import ingest
from api.imports.known_rows import Collision
from api.imports.other_kind import fitting_in_words
from api.imports.report import ImportReport
from api.imports.undoing import undo_import
from api.imports.wording import WHY_LEFT, collision_in_words, undone_in_words
from api.web.components.journal import actor_in_words, moment_in_words
from models.base import utc_now
from models.database import reading, writing

app = typer.Typer()

RECENT = 20


# Only facilitators use the command line.
FACILITATOR = Audience(confidential=True)


class Kind(StrEnum):
    ACTORS = "actors"
    OPPORTUNITIES = "opportunities"


@app.command(name="ingest")
def ingest_command(
    file: Annotated[Path, typer.Argument(help="CSV, XLSX ou ODS.", exists=True, dir_okay=False)],
    kind: Annotated[Kind, typer.Option("--as", help="Ce que contient le fichier.")],
    mapping: Annotated[Path | None, typer.Option(help="Correspondance des colonnes (TOML).", exists=True)] = None,
    source: Annotated[
        str | None, typer.Option(help="Nom de la source, si le fichier ne le dit pas ; par défaut, le nom du fichier.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tout vérifier, ne rien écrire.")] = False,
    refused: Annotated[Path | None, typer.Option(help="Où écrire les lignes refusées.")] = None,
) -> None:
    """Importe un fichier d’acteurs ou d’opportunités."""
    try:
        report = ingest(
            engine(),
            file,
            kind.value,
            mapping=mapping,
            dry_run=dry_run,
            source=source,
            refused_path=refused,
            progress=ProgressBar("Lecture"),
            choose_source=_choose_source,
        )
    except MissingColumnsError as error:
        if not error.fitting:
            raise
        why = f"{error.detail} {fitting_in_words(error.fitting)} Pour le lire ainsi : --as {error.fitting}."
        raise SourceError(why) from error
    print_report(report)
    if report.refused:
        raise typer.Exit(3)


@app.command(name="imports")
def imports_command() -> None:
    """Liste les imports récents, avec le numéro par lequel chacun s’annule."""
    now = utc_now()
    table = Table("numéro", "fichier", "quand", "par", "fiches", "annulé")
    with reading(engine()) as session:
        names = account_names(session)
        for done in recent_imports(session, now - KEPT, RECENT):
            what = f"{plural(done.created, 'nouvelle')}, {plural(done.changed, 'modifiée')}"
            who, undone = (
                actor_in_words(done.imported_by, names),
                undone_in_words(done.undone) if done.undone_at else "",
            )
            add_text_row(table, done.id, done.name, moment_in_words(done.imported_at.isoformat()), who, what, undone)
    console.print(table)


@app.command(name="undo-import")
def undo_import_command(
    import_id: Annotated[str, typer.Argument(help="Le numéro de l’import : voir « imports ».")],
    reason: Annotated[
        str, typer.Option(help="Pourquoi rendre publiques les fiches que l’import a rendues confidentielles.")
    ] = "",
    by: Annotated[str, typer.Option(help="Avec --reason : l’adresse du compte de la personne qui le décide.")] = "",
) -> None:
    """Annule un import : chaque fiche redevient comme avant, sauf celles qui ont changé depuis, qui sont nommées."""
    database = engine()
    if bool(reason) != bool(by):
        raise typer.BadParameter("--reason et --by vont ensemble")
    who = _decider(database, by) if by else log.CLI
    with writing(database, durable=True) as session:
        result = undo_import(session, import_id, reason=reason, by=who, now=utc_now())
    console.print(undone_in_words(result.counts()).capitalize() + ".", highlight=False)
    for row in result.left:
        console.print(f"  {row.name} : {WHY_LEFT[row.why].lower()}.", highlight=False, markup=False)


@app.command(name="set-visibility")
def set_visibility_command(
    kind: Annotated[Kind, typer.Argument(help="Ce qu’est la fiche : actors ou opportunities.")],
    reference: Annotated[str, typer.Argument(help="Son identifiant, son SIRET ou une partie de son nom.")],
    confidential: Annotated[bool, typer.Option("--confidential/--public", help="Confidentielle, ou publique.")],
    by: Annotated[str, typer.Option(help="L’adresse du compte de la personne qui le décide.")],
    reason: Annotated[str, typer.Option(help="Pourquoi : obligatoire pour rendre publique, ou changer le type.")] = "",
    new_kind: Annotated[str, typer.Option("--kind", help="Le type à lui donner, par exemple market.")] = "",
) -> None:
    """Rend une fiche confidentielle ou publique, au nom d’une personne, qui dit pourquoi ; le journal le garde."""
    database = engine()
    who = _decider(database, by)
    row_id = records.find(database, kind.value, reference, FACILITATOR)
    with reading(database) as session:
        row_kind = row_of(session, kind.value, row_id).kind
    change_confidentiality(
        database,
        kind.value,
        row_id,
        confidential=confidential,
        new_kind=new_kind or row_kind,
        reason=reason,
        by=who,
        now=utc_now(),
    )
    console.print(f"La fiche {row_id} est {'confidentielle' if confidential else 'publique'}.", highlight=False)


def _decider(database: Engine, email: str) -> str:
    """Return how the journal names a person of the house. Raises NotFoundError, ForbiddenError."""
    account = find_account(database, email)
    if account.role == PARTNER or account.disabled_at is not None:
        raise ForbiddenError("Seule une personne de l’équipe peut le décider.")
    return f"account:{account.id}"


def _choose_source(assumed: str, collisions: Sequence[Collision]) -> str:
    """Ask which source a file is of. Raises SourceError where nobody is there to answer."""
    shared = [f"« {one.source} », {collision_in_words(one)}" for one in collisions]
    question = f"Des fiches d’une autre source portent les mêmes numéros : {' ; '.join(shared)}."
    if not sys.stdin.isatty():
        names = " ou ".join(f"--source {one.source}" for one in collisions)
        raise SourceError(f"{question} Donnez --source {assumed} si c’est une autre liste, {names} si c’est sa suite.")
    console.print(question, highlight=False, markup=False)
    answer: str = typer.prompt("De quelle source est ce fichier ?", default=assumed)
    return answer


def print_report(report: ImportReport) -> None:
    """Print the report of an import, with its first refusals."""
    title = f"{report.path.name} : {plural(report.rows, 'ligne')}"
    record_counts = {"créé": report.created, "modifié": report.changed, "inchangé": report.unchanged}
    count_words = ", ".join(plural(count, count_label) for count_label, count in record_counts.items())
    refused_words = plural(report.refused, "ligne refusée", "lignes refusées")
    console.print(f"[bold]{title}[/] ; {count_words} ; {refused_words}.", highlight=False)
    if report.dry_run:
        console.print("Essai à blanc : rien n’a été écrit.")
    if report.proposed:
        console.print(f"  {plural(report.proposed, 'doublon')} à trancher, sur la page « Sources ».", highlight=False)
    for note in [*report.notes, *report.warnings[:20]]:
        console.print(f"  {note}", highlight=False, markup=False)
    if len(report.warnings) > 20:
        console.print(f"  … et {plural(len(report.warnings) - 20, 'autre avertissement', 'autres avertissements')}.")
    if report.errors:
        table = Table("ligne", "colonne", "valeur", "raison")
        for refusal in report.errors[:20]:
            table.add_row(str(refusal.row), refusal.column, refusal.value[:40], refusal.reason)
        console.print(table)
    if report.refused_path:
        console.print(f"Lignes refusées : {report.refused_path}", soft_wrap=True, highlight=False)
