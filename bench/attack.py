"""Try every attack of `bench/attacks` on a served copy of the invented world: `python -m bench.attack [name …]`.

Each attack has a copy of its own, so that what one breaks does not hide what another finds.
"""

import argparse
import pkgutil
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from rich.console import Console
from rich.table import Table

from bench import attacks
from bench.served_copy import Outcome, ServedCopy, served_copy

Attack = Callable[[ServedCopy], list[Outcome]]


def known_attacks() -> dict[str, Attack]:
    """Return every module of `bench.attacks` by its name."""
    names = sorted(module.name for module in pkgutil.iter_modules(attacks.__path__))
    return {name: import_module(f"bench.attacks.{name}").attack for name in names}


def main(arguments: Sequence[str], *, console: Console) -> int:
    """Try the attacks that are named, or all; print one table. Return 1 if any succeeded."""
    known = known_attacks()
    parser = argparse.ArgumentParser(prog="python -m bench.attack", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(known))
    wanted = parser.parse_args(arguments).names or list(known)
    if unknown := sorted(set(wanted) - set(known)):
        parser.error(f"{', '.join(unknown)}: not one of {', '.join(known)}")
    outcomes: list[Outcome] = []
    for name in wanted:
        console.print(f"Attaque : {name}…")
        with served_copy() as copy:
            outcomes += known[name](copy)
    console.print(_table(outcomes))
    return 0 if all(outcome.held for outcome in outcomes) else 1


def _table(outcomes: Sequence[Outcome]) -> Table:
    table = Table("attaque", "tient", "mesuré", "avant", title=f"{len(outcomes)} attaques", title_justify="left")
    for outcome in outcomes:
        table.add_row(outcome.name, "oui" if outcome.held else "[red]NON[/red]", outcome.figure, outcome.before)
    return table


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], console=Console(width=160)))
