"""Commands that measure the ranking: evaluate, challenge, simulate."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from api.commands.terminal import Bar, console, errors
from api.core.errors import SourceError
from api.core.french import number
from api.core.settings import settings
from api.matching.vectors import VectorStore
from matcher.columns import Encode
from matcher.embedding import Encoder, open_encoder
from matcher.scoring import PRIOR, same_for_all_kinds
from models.database import migrate, open_database

app = typer.Typer()


# Real judgments lie beside the project, where they are there at all.
SHARED_EVAL = Path(__file__).resolve().parents[3] / "shared" / "eval"


def kept_vectors(encoder: Encoder) -> Encode:
    """Return what encodes texts, those of an earlier measurement read back."""
    Path("var").mkdir(exist_ok=True)
    kept = open_database("sqlite:///var/evaluate.db")
    migrate(kept)
    return VectorStore(kept, encoder, Bar("Encodage des textes")).rows


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
    from api.evaluation.evaluate import evaluate, open_dataset
    from api.evaluation.invented_world import FIXTURES
    from api.evaluation.tables import evaluation_tables, markdown

    encoder = open_encoder(settings().encoder)
    folders = datasets or [FIXTURES, *sorted(path for path in SHARED_EVAL.glob("*") if path.is_dir())]
    encode = kept_vectors(encoder)
    found = [
        evaluate(
            open_dataset(folder),
            encode,
            same_for_all_kinds(PRIOR),
            encoder.similarity_range,
            ablate=ablate,
            progress=Bar(f"Classement, {folder.name}"),
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
            print_tables(evaluation_tables(one))


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
    from api.evaluation.cross_validation import cross_validate_scorers  # as above
    from api.evaluation.evaluate import open_dataset
    from api.evaluation.tables import cross_validation_tables, markdown

    encoder = open_encoder(settings().encoder)
    found = cross_validate_scorers(
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
        print(markdown(cross_validation_tables(found)), end="")
    else:
        print_tables(cross_validation_tables(found))


@app.command(name="simulate")
def simulate_command(
    seeds: Annotated[int | None, typer.Option(min=2, help="Combien de mondes simuler ; par défaut 24.")] = None,
    plot: Annotated[Path, typer.Option(help="Où dessiner la courbe (SVG).")] = Path("docs/learning_curve.svg"),
) -> None:
    """Montre comment les avis de partenaires simulés améliorent le classement."""
    from api.evaluation.plots import (
        learning_markdown,  # scipy.stats is slow to import
        learning_svg,
    )
    from matcher.learning.learning_curve import SEEDS, learning_curve

    worlds = seeds or SEEDS
    errors.print(f"{number(worlds)} mondes simulés, sans puis avec un évaluateur hostile : moins d’une minute…")
    points = [point for hostile in (False, True) for point in learning_curve(seeds=worlds, hostile=hostile)]
    print(learning_markdown(points), end="")
    plot.parent.mkdir(parents=True, exist_ok=True)
    plot.write_text(learning_svg(points), "utf-8")
    errors.print(f"Courbe : {plot}", soft_wrap=True, highlight=False)


def print_tables(tables: list[tuple[str, Iterable[list[str]]]]) -> None:
    """Print tables in a terminal, each under its title."""
    for title, rows in tables:
        header, *lines = rows
        table = Table(*header, title=title, title_justify="left")
        for line in lines:
            table.add_row(*line)
        console.print(table)
