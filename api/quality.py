"""An evaluation's tables, for a terminal or for docs/quality.md."""

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

from api.journeys.evaluate import Evaluation
from api.wording import number


def evaluation_rows(evaluation: Evaluation) -> Iterator[list[str]]:
    """Yield a header, then a row a system: measures with 95 % intervals; the engine's wins, ties, losses on nDCG@10."""
    names = list(evaluation.systems[0].measures)
    yield ["", *names, "gagné/égal/perdu", "p"]
    for system in (*evaluation.systems, *evaluation.ablations):
        cells = [
            "–" if one.mean != one.mean else f"{one.mean:.3f} [{one.low:.2f} ; {one.high:.2f}]"
            for one in (system.measures[name] for name in names)
        ]
        against = system.engine_against
        compared = [f"{against.wins}/{against.ties}/{against.losses}", f"{against.p:.3f}"] if against else ["", ""]
        yield [system.name, *cells, *compared]


def reliability_rows(evaluation: Evaluation) -> Iterator[list[str]]:
    """Yield a header, then a row a tenth of the score, with a bar: a score is true if both columns agree."""
    yield ["score moyen", "part pertinente", "paires", ""]
    for score, share, count in evaluation.reliability:
        yield [f"{score:.2f}", f"{share:.2f}", str(count), "█" * round(20 * share)]


def evaluation_title(evaluation: Evaluation) -> str:
    return f"{evaluation.dataset} : {number(evaluation.queries)} questions, {number(evaluation.candidates)} candidats"


def print_evaluation(console: Console, evaluation: Evaluation) -> None:
    """Print the tables in a terminal."""
    for title, rows in (
        (evaluation_title(evaluation), evaluation_rows(evaluation)),
        (f"{evaluation.dataset} : fiabilité des scores", reliability_rows(evaluation)),
    ):
        header, *lines = rows
        table = Table(*header, title=title, title_justify="left")
        for line in lines:
            table.add_row(*line)
        console.print(table)


def evaluation_markdown(evaluation: Evaluation) -> str:
    """Return the same tables in Markdown."""
    parts = [f"### {evaluation_title(evaluation)}"]
    for rows in (evaluation_rows(evaluation), reliability_rows(evaluation)):
        header, *lines = rows
        parts.append("\n".join("| " + " | ".join(line) + " |" for line in (header, ["---"] * len(header), *lines)))
    return "\n\n".join(parts) + "\n"
