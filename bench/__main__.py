"""Speed and memory, against their goals: `python -m bench [part …]` or `make bench`. Always exits 0."""

import os
import sys
from collections.abc import Callable

from rich.console import Console
from rich.table import Table

from bench import api, encoder, ingest, night, pages, ratings, sources
from bench.results import Result

PARTS: dict[str, Callable[[Console], list[Result]]] = {
    "encoder": lambda _console: encoder.measure(),
    "ingest": lambda _console: ingest.measure(),
    "sources": lambda _console: sources.measure(),
    "api": api.measure,
    "pages": pages.measure,
    "ratings": ratings.measure,
    "night": night.measure,
}


def main() -> None:
    """Measure the parts that are named, or all, and print one table."""
    console = Console(width=None if sys.stdout.isatty() else 120)
    names = [name for name in PARTS if name in sys.argv[1:]] or list(PARTS)
    results: list[Result] = []
    for name in names:
        console.print(f"Mesure : {name}…")
        results += PARTS[name](console)
    load, _, _ = os.getloadavg()
    table = Table(title=f"{os.cpu_count()} processeurs, charge {number(load)}", title_justify="left")
    for heading in ("partie", "mesure"):
        table.add_column(heading)
    for heading in ("valeur", "but", "atteint"):
        table.add_column(heading, justify="right")
    for one in results:
        bound = "" if one.goal is None else f"{'≥' if one.at_least else '≤'} {number(one.goal)} {one.unit}"
        met = {True: "[green]oui[/]", False: "[red]non[/]", None: ""}[one.met]
        table.add_row(one.part, one.what, f"{number(one.value)} {one.unit}", bound, met)
    console.print(table)


def number(value: float) -> str:
    """Write three significant digits the French way."""
    text = f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
    return text.replace(",", "\u202f").replace(".", ",")


if __name__ == "__main__":
    main()
