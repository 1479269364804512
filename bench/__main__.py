"""Measure speed and memory against their goals: `python -m bench [--check] [part …]`, or `make bench [CHECK=1]`."""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence

from rich.console import Console
from rich.table import Table

from bench import (
    edits,
    encoder,
    ingest,
    load,
    night,
    pages,
    partner_pages,
    ratings,
    reach,
    served_api,
    sources,
    staleness,
    start,
    teasers,
)
from bench.machine import Machine, disturbances, disturbances_after, examine
from bench.results import Result

Part = Callable[[Console], list[Result]]

PARTS: dict[str, Part] = {
    "encoder": lambda _console: encoder.measure(),
    "ingest": lambda _console: ingest.measure(),
    "sources": lambda _console: sources.measure(),
    "api": served_api.measure,
    "start": start.measure,
    "pages": pages.measure,
    "edits": edits.measure,
    "partner": partner_pages.measure,
    "ratings": ratings.measure,
    "load": load.measure,
    "staleness": staleness.measure,
    "night": night.measure,
    "teasers": teasers.measure,
    "reach": reach.measure,
}


def main(
    arguments: Sequence[str],
    *,
    console: Console,
    parts: Mapping[str, Part] = PARTS,
    examine: Callable[[], Machine] = examine,
) -> int:
    """Measure the parts that are named, or all; print one table. Return 1 if `--check` is given and a goal is missed.

    Goals in ratios and counts are checked on every machine; the others on a quiet machine of two cores only.
    """
    options = _parser(parts).parse_args(arguments)
    before = examine()
    results: list[Result] = []
    for name in options.parts or parts:
        console.print(f"Mesure : {name}…")
        results += parts[name](console)
    reasons = disturbances(before) or disturbances_after(examine())
    missed = [result for result in results if result.met is False and not (result.depends_on_machine and reasons)]
    console.print(_table(results, before, quiet=not reasons))
    if reasons:
        console.print(f"Les buts en secondes et en mégaoctets ne comptent pas ici : {' ; '.join(reasons)}.")
    else:
        console.print("Machine calme à deux processeurs : tous les buts comptent.")
    for result in missed:
        console.print(f"But manqué : {result.part}, {result.name} : {_number(result.value)} {result.unit}.")
    return 1 if options.check and missed else 0


def _parser(parts: Mapping[str, Part]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    # Not `choices`: with `nargs="*"` argparse would refuse the empty list too.
    parser.add_argument("parts", nargs="*", metavar="part", type=_one_of(parts), help=", ".join(parts))
    parser.add_argument("--check", action="store_true", help="exit with 1 where a goal is missed")
    return parser


def _one_of(parts: Mapping[str, Part]) -> Callable[[str], str]:
    def part(name: str) -> str:
        if name not in parts:
            raise argparse.ArgumentTypeError(f"{name}: not one of {', '.join(parts)}")
        return name

    return part


def _table(results: Sequence[Result], machine: Machine, *, quiet: bool) -> Table:
    title = f"{machine.cores} processeurs, charge {_number(machine.load)} avant la mesure"
    table = Table(title=title, title_justify="left")
    for heading in ("partie", "mesure"):
        table.add_column(heading)
    for heading in ("valeur", "but", "atteint"):
        table.add_column(heading, justify="right")
    for result in results:
        bound = ""
        if result.goal is not None:
            bound = f"{'≥' if result.at_least else '≤'} {_number(result.goal)} {result.unit}"
        value = f"{_number(result.value)} {result.unit}"
        table.add_row(result.part, result.name, value, bound, _verdict(result, quiet=quiet))
    return table


def _verdict(result: Result, *, quiet: bool) -> str:
    if result.met is None:
        return ""
    if result.met:
        return "[green]oui[/]"
    return "[yellow]non, ne compte pas ici[/]" if result.depends_on_machine and not quiet else "[red]non[/]"


def _number(value: float) -> str:
    """Write three significant digits the French way."""
    text = f"{value:,.0f}" if abs(value) >= 100 or float(value).is_integer() else f"{value:.3g}"
    return text.replace(",", "\u202f").replace(".", ",")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], console=Console(width=None if sys.stdout.isatty() else 120)))
