"""The command that shows ranked matches."""

from datetime import date
from typing import Annotated

import typer
from rich.table import Table
from sqlalchemy import Engine

from api.accounts.audience import Audience
from api.catalogue import records
from api.catalogue.wording import KINDS, OPPORTUNITY_KINDS
from api.commands.consoles import console
from api.commands.terminal import ProgressBar, desk, engine
from api.core import clock
from api.core.french import number, plural
from api.core.settings import settings
from api.matching import answer as matching_answer
from api.matching import suggest
from api.matching.advice_wording import score_in_words
from api.matching.answer import Answer, name_of
from api.matching.from_tables.candidates import CandidateSearch
from api.matching.from_tables.phrase_rows import keep_phrases
from api.matching.from_tables.ranking import actors_for_text
from api.matching.from_tables.some_actors import gazetteer_of
from api.matching.impressions import note_shown
from api.matching.reasons import Reader, sentence
from matcher.embedding import Encoder
from models.phrase_vectors import make_tables
from models.unit_of_work import unit_of_work

app = typer.Typer()


# Only facilitators use the command line.
FACILITATOR = Audience(confidential=True)
NO_RECORDS = (
    "Rien n’est encore à classer dans cette base : importez des fiches (`ingest`), "
    "ou nommez une autre base par POLESUD_DATABASE_URL."
)


@app.command(name="matches")
def matches_command(
    opportunity: Annotated[str | None, typer.Option(help="Identifiant ou intitulé d’une opportunité.")] = None,
    actor: Annotated[str | None, typer.Option(help="Identifiant, SIRET ou nom d’un acteur.")] = None,
    text: Annotated[str | None, typer.Option(help="Un besoin, en toutes lettres.")] = None,
    even_closed: Annotated[bool, typer.Option("--even-closed", help="Compter aussi les opportunités closes.")] = False,
    k: Annotated[int, typer.Option("-k", min=1, help="Longueur de la liste.")] = 10,
    from_tables: Annotated[
        bool, typer.Option("--from-tables", help="Avec --text, sur PostgreSQL : sans lire tous les acteurs.")
    ] = False,
) -> None:
    """Classe les acteurs pour une opportunité ou un texte, ou les opportunités pour un acteur."""
    if sum(criterion is not None for criterion in (opportunity, actor, text)) != 1:
        raise typer.BadParameter("donnez --opportunity, --actor ou --text, et un seul des trois")
    if from_tables and text is None:
        raise typer.BadParameter("--from-tables va avec --text")
    database = engine()
    match_desk, today = desk(database), clock.today_in_france()
    if from_tables and text is not None:
        _rank_from_tables(database, match_desk.encoder, text, k, today)
        return
    snapshot = match_desk.snapshot()
    with unit_of_work(database) as unit:
        if opportunity is not None:
            query_id = records.find(database, "opportunities", opportunity, FACILITATOR)
            answers = suggest.actors_for_opportunity(
                unit.session, snapshot, query_id, FACILITATOR, k=k, even_closed=even_closed, today=today
            )
        elif actor is not None:
            query_id = records.find(database, "actors", actor, FACILITATOR)
            answers = [
                suggest.opportunities_for_actor(
                    snapshot, query_id, FACILITATOR, k=k, even_closed=even_closed, today=today
                )
            ]
        else:
            answers = suggest.actors_for_text(
                unit.session, snapshot, match_desk.encoder, text or "", FACILITATOR, k=k, today=today
            )
        note_shown(unit, snapshot, answers, FACILITATOR, day=today)
    for answer in answers:
        print_answer(answer, text or "")


@app.command(name="keep-vectors")
def keep_vectors() -> None:
    """Met à jour les vecteurs où PostgreSQL cherche (pgvector), pour ce qui classe sans lire tous les acteurs."""
    database = engine()
    with database.begin() as connection:
        # The extension may have come after the migration.
        make_tables(connection)
    done = keep_phrases(database, desk(database).encoder, ProgressBar("Encodage des textes"))
    console.print(f"{plural(done, 'acteur mis à jour', 'acteurs mis à jour')}.")


def _rank_from_tables(database: Engine, encoder: Encoder, text: str, k: int, today: date) -> None:
    search = CandidateSearch(database, encoder)
    with unit_of_work(database) as unit:
        gazetteer = gazetteer_of(unit.session)
        snapshot, answers = actors_for_text(
            unit.session,
            search,
            encoder,
            gazetteer,
            text,
            FACILITATOR,
            k=k,
            departments=settings().departments,
            today=today,
        )
        note_shown(unit, snapshot, answers, FACILITATOR, day=today)
    for answer in answers:
        print_answer(answer, text)


def print_answer(answer: Answer, text: str = "") -> None:
    """Print a ranked list with its reasons, the strongest first, then the first filtered candidates and why."""
    reader: Reader = "actor" if answer.direction == "opportunities_for_actor" else "facilitator"
    subject = name_of(answer.question) if answer.question else text
    if answer.lot:
        subject = f"lot {answer.lot.number} : {answer.lot.title}"
    place_words = f" – lieu compris : {answer.place}" if answer.place else ""
    table_title = f"{subject}{place_words} – {plural(answer.n_candidates, 'candidat')}"
    if not answer.n_candidates:
        console.print(f"{table_title}. {NO_RECORDS}", markup=False, highlight=False, soft_wrap=True)
        return
    answer_table = Table(title=table_title, title_justify="left", show_lines=True)
    answer_table.add_column("", justify="right")
    answer_table.add_column("score")
    answer_table.add_column("qui" if reader == "facilitator" else "quoi", ratio=2)
    answer_table.add_column("pourquoi", ratio=5)
    for entry in answer.entries:
        member_words = f"\npar son membre {entry.member.name}" if entry.member else ""
        score = entry.suggestion.score
        answer_table.add_row(
            str(entry.suggestion.rank),
            f"{number(score, 2)}\n{score_in_words(score)}",
            f"{name_of(entry.card)}{member_words}\n{_place(entry.card)}",
            "\n".join(
                f"{'-' if reason.contribution < 0 else '+'}{number(abs(reason.contribution), 2)} "
                f"{sentence(reason, reader)}"
                for reason in entry.suggestion.reasons
            ),
        )
    console.print(answer_table)
    for filtered in answer.refused[:5]:
        console.print(
            f"  exclu : {name_of(filtered.card)} – {sentence(filtered.reason, reader)}", markup=False, highlight=False
        )
    console.print()


def _place(card: matching_answer.Card) -> str:
    kind_label = (KINDS | OPPORTUNITY_KINDS)[card.kind]
    department = f"({card.department})" if card.commune and card.department else card.department
    place = " ".join(part for part in (card.commune, department) if part)
    return ", ".join(part for part in (kind_label, place) if part)
