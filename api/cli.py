"""Commands in a terminal: `python -m api.cli --help`."""

import json
import sys
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from api import auth
from api.account_cli import app as account_app
from api.account_cli import demo_logins
from api.dates import PARIS
from api.errors import PoleSudError, SourceError
from api.journeys import keys, records, suggest, weights
from api.journeys.ingest import Report, ingest
from api.journeys.suggest import Answer, Audience, name_of
from api.journeys.vectors import VectorStore
from api.night_cli import app as night_app
from api.report_cli import app as report_app
from api.settings import settings
from api.sync_cli import app as sync_app
from api.terminal import Bar, console, desk, engine, errors
from api.wording import KINDS, OPPORTUNITY_KINDS, Reader, day, number, score_in_words, sentence
from matcher.embedding import Encoder, open_encoder
from matcher.index import Encode
from matcher.scoring import PRIOR, alike
from models.database import migrate, open_database
from models.weights import WeightsVersion

# No pretty tracebacks: they print the values of variables, people among them.
app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Pôle Sud : rapprocher acteurs et opportunités.",
)
app.add_typer(night_app)
app.add_typer(account_app)
app.add_typer(report_app)
app.add_typer(sync_app)
# Real judgments lie beside the project, where they are there at all.
SHARED_EVAL = Path(__file__).resolve().parents[2] / "shared" / "eval"
# The command line is the facilitator's own.
FACILITATOR = Audience(confidential=True)

WEIGHTS_STATUS = {"candidate": "à l’essai", "active": "actifs", "retired": "retirés"}


class Kind(StrEnum):
    ACTORS = "actors"
    OPPORTUNITIES = "opportunities"


def kept_vectors(encoder: Encoder) -> Encode:
    """Return what encodes texts, those of an earlier measurement read back."""
    Path("var").mkdir(exist_ok=True)
    kept = open_database("sqlite:///var/evaluate.db")
    migrate(kept)
    return VectorStore(kept, encoder, Bar("Encodage des textes")).rows


@app.command(name="migrate")
def migrate_command(
    revision: Annotated[str, typer.Argument(help="Révision visée ; « base » vide tout.")] = "head",
) -> None:
    """Met les tables à jour."""
    url = settings().database_url
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    migrate(open_database(url), revision)
    console.print(f"Tables à la révision « {revision} ».")


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
    table, today = desk(opened), suggest.today_in_france()
    if opportunity is not None:
        found = records.find(opened, "opportunities", opportunity, FACILITATOR)
        answers = suggest.actors_for_opportunity(table, found, FACILITATOR, k=k, even_closed=even_closed, today=today)
    elif actor is not None:
        found = records.find(opened, "actors", actor, FACILITATOR)
        answers = [
            suggest.opportunities_for_actor(table, found, FACILITATOR, k=k, even_closed=even_closed, today=today)
        ]
    else:
        answers = [suggest.actors_for_text(table, text or "", FACILITATOR, k=k, today=today)]
    for answer in answers:
        print_answer(answer, text or "")


@app.command(name="key")
def key_command(
    name: Annotated[str, typer.Argument(help="À qui, à quoi sert la clé.")],
    facilitator: Annotated[bool, typer.Option(help="Voit les cas confidentiels et peut écrire.")] = False,
    replace: Annotated[bool, typer.Option(help="Remplace la clé qui porte ce nom.")] = False,
) -> None:
    """Crée une clé d’API ; elle n’est montrée qu’une fois."""
    opened, role = engine(), auth.FACILITATOR if facilitator else auth.CLIENT
    secret = keys.replace_key(opened, name, role) if replace else keys.create_key(opened, name, role)
    if secret is None:
        raise typer.BadParameter(f"une clé « {name} » existe déjà ; --replace la remplace")
    console.print(secret, soft_wrap=True, highlight=False)


@app.command(name="demo")
def demo_command() -> None:
    """Charge le monde inventé de fixtures/ et montre des rapprochements."""
    from api.broker_demo import invent_cases
    from api.journeys.evaluate import FIXTURE_FILES, FIXTURES, FIXTURES_TODAY  # as below

    opened, today = engine(), suggest.today_in_france()
    # The invented world lives on its own day; its dates are moved to ours.
    shift = (today - FIXTURES_TODAY).days
    for name, kind in FIXTURE_FILES:
        print_report(ingest(opened, FIXTURES / name, kind, source="demo", shift_days=shift))
    table = desk(opened)
    for reference in ("m001", "m012", "r001"):
        found = records.find(opened, "opportunities", reference, FACILITATOR)
        for answer in suggest.actors_for_opportunity(table, found, FACILITATOR, k=5, today=today)[:1]:
            print_answer(answer)
    found = records.find(opened, "actors", "a001", FACILITATOR)
    print_answer(suggest.opportunities_for_actor(table, found, FACILITATOR, k=5, today=today))
    text = "Tonte et débroussaillage de deux hectares autour de l’école, à Crest"
    print_answer(suggest.actors_for_text(table, text, FACILITATOR, k=5, today=today), text)
    theirs = [records.find(opened, "actors", reference, FACILITATOR) for reference in ("a001", "a026")]
    options = settings()
    console.print(f"Le bureau : http://{options.host}:{options.port}/connexion – pour y entrer :", highlight=False)
    for role, email, password in demo_logins(opened, theirs):
        console.print(f"  {role} : {email}  {password}", highlight=False, markup=False)
    cases = invent_cases(opened, table, now=datetime.now(PARIS))
    console.print(f"Suivi : {number(cases)} dossiers inventés, sur la page « Suivi ».", highlight=False)
    secret = keys.create_key(opened, "développement", auth.FACILITATOR)
    if secret:
        console.print(f"Clé d’API (montrée cette seule fois) : {secret}", soft_wrap=True, highlight=False)
    else:
        console.print(
            "La clé « développement » existe déjà ; pour une autre : "
            "POLESUD_DATABASE_URL=sqlite:///var/demo.db .venv/bin/python -m api.cli key développement "
            "--facilitator --replace",
            soft_wrap=True,
        )


@app.command(name="evaluate")
def evaluate_command(
    datasets: Annotated[
        list[Path] | None, typer.Argument(help="Dossiers de jugements ; par défaut fixtures/ et ../shared/eval/*.")
    ] = None,
    ablate: Annotated[bool, typer.Option("--ablate", help="Mesurer aussi sans chacune des mesures.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Pour une machine.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Pour docs/quality.md.")] = False,
) -> None:
    """Mesure la qualité du classement sur des jugements, contre chaque méthode de référence."""
    # Its statistics take a second to import, for which serving should not wait.
    from api.journeys.evaluate import FIXTURES, evaluate, open_dataset
    from api.quality import evaluation_tables, markdown, print_tables

    encoder = open_encoder(settings().encoder)
    folders = datasets or [FIXTURES, *sorted(path for path in SHARED_EVAL.glob("*") if path.is_dir())]
    encode = kept_vectors(encoder)
    found = [
        evaluate(
            open_dataset(folder),
            encode,
            alike(PRIOR),
            encoder.similarity_range,
            ablate=ablate,
            told=Bar(f"Classement, {folder.name}"),
        )
        for folder in folders
    ]
    if as_json:
        print(json.dumps([one.as_json() for one in found], ensure_ascii=False, indent=1))
        return
    for one in found:
        if as_markdown:
            print(markdown(evaluation_tables(one)))
        else:
            print_tables(console, evaluation_tables(one))


@app.command(name="challenge")
def challenge_command(
    dataset: Annotated[
        Path, typer.Argument(help="Dossier de jugements.", show_default="../shared/eval/awards-dev")
    ] = SHARED_EVAL / "awards-dev",
    as_json: Annotated[bool, typer.Option("--json", help="Pour une machine.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Pour docs/challenge.md.")] = False,
) -> None:
    """Oppose aux poids a priori des scores appris sur des jugements, en validation croisée par acheteur."""
    if not dataset.is_dir():
        raise SourceError(f"{dataset} : ce dossier de jugements n’est pas là ; donnez-en un autre en argument")
    from api.journeys.challenge import run_challenge  # as above
    from api.journeys.evaluate import open_dataset
    from api.quality import challenge_tables, markdown, print_tables

    encoder = open_encoder(settings().encoder)
    found = run_challenge(
        open_dataset(dataset),
        kept_vectors(encoder),
        PRIOR,
        encoder.similarity_range,
        measuring=Bar("Mesure des paires"),
        learning=Bar("Apprentissage"),
    )
    if as_json:
        print(json.dumps(found.as_json(), ensure_ascii=False, indent=1))
    elif as_markdown:
        print(markdown(challenge_tables(found)), end="")
    else:
        print_tables(console, challenge_tables(found))


@app.command(name="simulate")
def simulate_command(
    seeds: Annotated[int | None, typer.Option(min=2, help="Combien de mondes simuler ; par défaut 24.")] = None,
    plot: Annotated[Path, typer.Option(help="Où dessiner la courbe (SVG).")] = Path("docs/learning_curve.svg"),
) -> None:
    """Montre comment les avis de partenaires simulés améliorent le classement."""
    from api.plots import learning_markdown, learning_svg  # scipy.stats is slow to import
    from matcher.simulation import SEEDS, learning_curve

    worlds = seeds or SEEDS
    errors.print(f"{number(worlds)} mondes simulés, sans puis avec un évaluateur hostile : moins d’une minute…")
    points = [point for hostile in (False, True) for point in learning_curve(seeds=worlds, hostile=hostile)]
    print(learning_markdown(points), end="")
    plot.parent.mkdir(parents=True, exist_ok=True)
    plot.write_text(learning_svg(points), "utf-8")
    errors.print(f"Courbe : {plot}", soft_wrap=True, highlight=False)


@app.command(name="weights")
def weights_command() -> None:
    """Liste les versions des poids du score, la plus récente d’abord."""
    table = Table("poids", "état", "note", "créés le")
    for version in weights.list_weights(engine()):
        created = version.created_at.astimezone(PARIS)
        row = (
            version.id,
            WEIGHTS_STATUS[version.status],
            version.note,
            f"{day(created.date().isoformat())}, {created:%H:%M}",
        )
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)


@app.command(name="weights-activate")
def weights_activate_command(
    weights_id: Annotated[str, typer.Argument(help="L’identifiant que donne `weights`.")],
) -> None:
    """Rend des poids actifs ; ceux qui l’étaient sont retirés."""
    print_active(weights.activate(engine(), weights_id))


@app.command(name="weights-rollback")
def weights_rollback_command() -> None:
    """Rétablit les derniers poids retirés ; une seconde fois, revient sur la première."""
    print_active(weights.rollback(engine()))


@app.command(name="serve")
def serve_command() -> None:
    """Sert l’API ; Ctrl-C l’arrête."""
    import uvicorn  # not needed by any other command

    options = settings()
    engine().dispose()
    address = f"http://{options.host}:{options.port}"
    console.print(f"Bureau : {address} – API : {address}/docs (Ctrl-C pour arrêter)", highlight=False)
    uvicorn.run("api.app:create_served_app", factory=True, host=options.host, port=options.port, log_level="warning")


def print_active(version: WeightsVersion) -> None:
    note = f" ({version.note})" if version.note else ""
    console.print(f"Poids actifs : {version.id}{note}", markup=False, highlight=False, soft_wrap=True)


def print_report(report: Report) -> None:
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
    title = f"{subject}{place} – {answer.considered} candidats"
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


def _place(card: suggest.Card) -> str:
    kind = (KINDS | OPPORTUNITY_KINDS)[card.kind]
    return ", ".join(part for part in (kind, card.commune, card.department and f"({card.department})") if part)


def main() -> None:
    """Run a command; an error that we know is told without a traceback."""
    try:
        app()
    except PoleSudError as error:
        errors.print(f"{error.title} : {error.detail}", style="red", markup=False, soft_wrap=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
