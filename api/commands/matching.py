"""Commands that import a file and show ranked matches."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from api.accounts.audience import Audience
from api.catalogue import records
from api.catalogue.wording import KINDS, OPPORTUNITY_KINDS
from api.commands.terminal import Bar, console, desk, engine
from api.core import clock
from api.core.french import number
from api.imports.importing import ingest
from api.imports.report import ImportReport
from api.matching import answer as matching_answer
from api.matching import suggest
from api.matching.answer import Answer, name_of
from api.matching.impressions import note_shown
from api.matching.reasons import Reader, score_in_words, sentence
from models.unit_of_work import unit_of_work

app = typer.Typer()


# The command line is the facilitator's own.
FACILITATOR = Audience(confidential=True)


class Kind(StrEnum):
    ACTORS = "actors"
    OPPORTUNITIES = "opportunities"


@app.command(name="ingest")
def ingest_command(
    file: Annotated[Path, typer.Argument(help="CSV, XLSX ou ODS.", exists=True, dir_okay=False)],
    kind: Annotated[Kind, typer.Option("--as", help="Ce que contient le fichier.")],
    mapping: Annotated[Path | None, typer.Option(help="Correspondance des colonnes (TOML).", exists=True)] = None,
    source: Annotated[str | None, typer.Option(help="Nom de la source, si le fichier ne le dit pas.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tout vérifier, ne rien écrire.")] = False,
    refused: Annotated[Path | None, typer.Option(help="Où écrire les lignes refusées.")] = None,
) -> None:
    """Importe un fichier d’acteurs ou d’opportunités."""
    report = ingest(
        engine(),
        file,
        kind.value,
        mapping=mapping,
        dry_run=dry_run,
        source=source,
        refused_path=refused,
        progress=Bar("Lecture"),
    )
    print_report(report)
    if report.refused:
        raise typer.Exit(3)


@app.command(name="matches")
def matches_command(
    opportunity: Annotated[str | None, typer.Option(help="Identifiant ou intitulé d’une opportunité.")] = None,
    actor: Annotated[str | None, typer.Option(help="Identifiant, SIRET ou nom d’un acteur.")] = None,
    text: Annotated[str | None, typer.Option(help="Un besoin, en toutes lettres.")] = None,
    even_closed: Annotated[bool, typer.Option("--even-closed", help="Compter aussi les opportunités closes.")] = False,
    k: Annotated[int, typer.Option("-k", min=1, help="Longueur de la liste.")] = 10,
) -> None:
    """Classe les acteurs pour une opportunité ou un texte, ou les opportunités pour un acteur."""
    if sum(question is not None for question in (opportunity, actor, text)) != 1:
        raise typer.BadParameter("donnez --opportunity, --actor ou --text, et un seul des trois")
    opened = engine()
    table, today = desk(opened), clock.today_in_france()
    snapshot = table.snapshot()
    with unit_of_work(opened) as unit:
        if opportunity is not None:
            found = records.find(opened, "opportunities", opportunity, FACILITATOR)
            answers = suggest.actors_for_opportunity(
                unit.session, snapshot, found, FACILITATOR, k=k, even_closed=even_closed, today=today
            )
        elif actor is not None:
            found = records.find(opened, "actors", actor, FACILITATOR)
            answers = [
                suggest.opportunities_for_actor(snapshot, found, FACILITATOR, k=k, even_closed=even_closed, today=today)
            ]
        else:
            answers = [
                suggest.actors_for_text(
                    unit.session, snapshot, table.encoder, text or "", FACILITATOR, k=k, today=today
                )
            ]
        note_shown(unit, snapshot, answers, FACILITATOR, day=today)
    for answer in answers:
        print_answer(answer, text or "")


def print_report(report: ImportReport) -> None:
    """Print what an import did, the first refusals in full."""
    title = f"{report.path.name} : {report.rows} lignes"
    counts = {"créés": report.created, "modifiés": report.changed, "inchangés": report.unchanged}
    told = ", ".join(f"{number(count)} {word}" for word, count in counts.items())
    console.print(f"[bold]{title}[/] ; {told} ; {number(report.refused)} lignes refusées.", highlight=False)
    if report.dry_run:
        console.print("Essai à blanc : rien n’a été écrit.")
    for note in [*report.notes, *report.warnings[:20]]:
        console.print(f"  {note}", highlight=False, markup=False)
    if len(report.warnings) > 20:
        console.print(f"  … et {len(report.warnings) - 20} autres avertissements.")
    if report.errors:
        table = Table("ligne", "colonne", "valeur", "raison")
        for one in report.errors[:20]:
            table.add_row(str(one.row), one.column, one.value[:40], one.reason)
        console.print(table)
    if report.refused_path:
        console.print(f"Lignes refusées : {report.refused_path}", soft_wrap=True, highlight=False)


def print_answer(answer: Answer, text: str = "") -> None:
    """Print a ranked list with its reasons, the strongest first, then who is excluded and why."""
    reader: Reader = "actor" if answer.direction == "opportunities_for_actor" else "facilitator"
    subject = name_of(answer.question) if answer.question else text
    place = f" – lieu compris : {answer.place}" if answer.place else ""
    title = f"{subject}{place} – {answer.n_candidates} candidats"
    table = Table(title=title, title_justify="left", show_lines=True)
    table.add_column("", justify="right")
    table.add_column("score")
    table.add_column("qui" if reader == "facilitator" else "quoi", ratio=2)
    table.add_column("pourquoi", ratio=5)
    for entry in answer.entries:
        through = f"\npar son membre {entry.member.name}" if entry.member else ""
        score = entry.suggestion.score
        table.add_row(
            str(entry.suggestion.rank),
            f"{number(score, 2)}\n{score_in_words(score)}",
            f"{name_of(entry.card)}{through}\n{_place(entry.card)}",
            "\n".join(f"{reason.contribution:+.2f} {sentence(reason, reader)}" for reason in entry.suggestion.reasons),
        )
    console.print(table)
    for refused in answer.refused[:5]:
        console.print(
            f"  exclu : {name_of(refused.card)} – {sentence(refused.reason, reader)}", markup=False, highlight=False
        )
    console.print()


def _place(card: matching_answer.Card) -> str:
    kind = (KINDS | OPPORTUNITY_KINDS)[card.kind]
    return ", ".join(part for part in (kind, card.commune, card.department and f"({card.department})") if part)
