"""Commands that measure the ranking: evaluate, challenge, calibrate, simulate."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from api.commands.consoles import console, errors
from api.commands.terminal import ProgressBar
from api.core.errors import SourceError
from api.core.french import plural
from api.core.settings import settings
from api.evaluation.kept_encoder import KeptEncoder
from api.matching.encoder import open_encoder
from api.matching.vectors import VectorStore
from matcher.embedding import Encoder
from matcher.priors import PRIORS, written_calibrations
from matcher.scoring import PRIOR
from models.database import open_database
from models.revisions import migrate

app = typer.Typer()


# Real judgments may lie beside the project.
SHARED_EVAL = Path(__file__).resolve().parents[3] / "shared" / "eval"
CALIBRATION = "matcher/resources/calibration.json"


def kept_vectors(encoder: Encoder) -> KeptEncoder:
    """Return an encoder that keeps its vectors from one measurement to the next."""
    Path("var").mkdir(exist_ok=True)
    vector_database = open_database("sqlite:///var/evaluate.db")
    migrate(vector_database)
    return KeptEncoder(encoder, VectorStore(vector_database, encoder, ProgressBar("Encodage des textes", "textes")))


@app.command(name="evaluate")
def evaluate_command(
    datasets: Annotated[
        list[Path] | None, typer.Argument(help="Dossiers de jugements ; par défaut fixtures/ et ../shared/eval/*.")
    ] = None,
    references: Annotated[
        Path | None, typer.Option("--references", help="Dossier de marchés : contrats remportés ailleurs.")
    ] = None,
    runs: Annotated[Path | None, typer.Option("--runs", help="Où écrire les listes de chaque système.")] = None,
    ablate: Annotated[bool, typer.Option("--ablate", help="Mesurer aussi sans chacune des mesures.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Pour une machine.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Pour docs/quality.md.")] = False,
) -> None:
    """Mesure la qualité du classement sur des jugements, contre chaque méthode de référence."""
    # The statistics take a second to import: serving should not wait for them.
    from api.evaluation.evaluate import evaluate, rank_folder
    from api.evaluation.folders import is_set, measured_by_default
    from api.evaluation.run_files import write_runs
    from api.evaluation.tables import evaluation_tables, markdown

    measured = [(folder, references) for folder in datasets] if datasets else measured_by_default(SHARED_EVAL)
    encoder = kept_vectors(open_encoder(settings()))
    evaluations = []
    for folder, own_references in measured:
        if not is_set(folder):
            errors.print(f"{folder} : ce n’est pas un dossier de jugements, il est passé.", soft_wrap=True)
            continue
        judged = rank_folder(
            folder,
            encoder,
            PRIORS,
            references=own_references,
            ablate=ablate,
            progress=ProgressBar(f"Classement, {folder.name}"),
        )
        if runs:
            write_runs(runs, judged.collection, {**judged.runs, **judged.ablations})
        evaluations.append(evaluate(judged))
    if datasets and not evaluations:
        raise SourceError("Aucun dossier de jugements parmi ceux qui sont donnés.")
    if as_json:
        print(json.dumps([evaluation.as_json() for evaluation in evaluations], ensure_ascii=False, indent=1))
        return
    for evaluation in evaluations:
        if as_markdown:
            print(markdown(evaluation_tables(evaluation)))
        else:
            print_tables(evaluation_tables(evaluation))


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

    encoder = open_encoder(settings())
    challenge_result = cross_validate_scorers(
        open_dataset(dataset),
        kept_vectors(encoder).rows,
        PRIOR,
        encoder.similarity_range,
        measuring=ProgressBar("Mesure des paires"),
        learning=ProgressBar("Apprentissage"),
    )
    if as_json:
        print(json.dumps(challenge_result.as_json(), ensure_ascii=False, indent=1))
    elif as_markdown:
        print(markdown(cross_validation_tables(challenge_result)), end="")
    else:
        print_tables(cross_validation_tables(challenge_result))


@app.command(name="calibrate")
def calibrate_command(
    dataset: Annotated[Path, typer.Argument(help="Dossier de jugements gradués.")],
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Pour docs/quality.md.")] = False,
    svg: Annotated[Path | None, typer.Option("--svg", help="Où dessiner les diagrammes de fiabilité.")] = None,
    write: Annotated[Path | None, typer.Option("--write", help=f"Où écrire les constantes : {CALIBRATION}.")] = None,
) -> None:
    """Cale les scores sur des jugements : ce que chaque mot vaut aujourd’hui, et vaudrait en validation croisée."""
    from api.evaluation.calibration import calibrate, calibration_tables, reliability_diagrams  # as above
    from api.evaluation.graded_folder import is_graded_folder
    from api.evaluation.tables import markdown

    if not is_graded_folder(dataset):
        raise SourceError(f"{dataset} : ce n’est pas un dossier de jugements gradués.")
    report = calibrate(dataset, kept_vectors(open_encoder(settings())), ProgressBar("Classement"))
    if as_markdown:
        print(markdown(calibration_tables(report)), end="")
    else:
        print_tables(calibration_tables(report))
    if svg:
        svg.mkdir(parents=True, exist_ok=True)
        for name, drawing in reliability_diagrams(report).items():
            (svg / f"{name}.svg").write_text(drawing, "utf-8")
    if write:
        write.write_text(written_calibrations(report.fit.calibrations, report.source), "utf-8")
        errors.print(f"Constantes : {write}", soft_wrap=True, highlight=False)


@app.command(name="simulate")
def simulate_command(
    seeds: Annotated[int | None, typer.Option(min=2, help="Combien de mondes simuler ; par défaut 24.")] = None,
    plot: Annotated[Path, typer.Option(help="Où dessiner la courbe (SVG).")] = Path("docs/learning_curve.svg"),
) -> None:
    """Montre comment les avis de partenaires simulés améliorent le classement."""
    from api.evaluation.plots import (
        learning_markdown,  # scipy.stats is slow to import
        learning_svg,
        role_markdown,
    )
    from matcher.learning.learning_curve import SEEDS, learning_curve

    n_worlds = seeds or SEEDS
    worlds = plural(n_worlds, "monde simulé", "mondes simulés")
    errors.print(f"{worlds}, sans puis avec un évaluateur hostile : moins d’une minute…")
    curve_points = [
        curve_point for hostile in (False, True) for curve_point in learning_curve(seeds=n_worlds, hostile=hostile)
    ]
    print(learning_markdown(curve_points), end="")
    print("\n" + role_markdown(curve_points), end="")
    plot.parent.mkdir(parents=True, exist_ok=True)
    plot.write_text(learning_svg(curve_points), "utf-8")
    errors.print(f"Courbe : {plot}", soft_wrap=True, highlight=False)


def print_tables(tables: list[tuple[str, Iterable[list[str]]]]) -> None:
    """Print tables in a terminal, each under its title."""
    for title, table_rows in tables:
        header_row, *body_rows = table_rows
        table = Table(*header_row, title=title, title_justify="left")
        for body_row in body_rows:
            table.add_row(*body_row)
        console.print(table)
