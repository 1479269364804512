"""Commands in a terminal: `python -m api.cli --help`."""

import logging
import sys
from functools import cache

import typer

from api.core.errors import PoleSudError
from api.core.logs import log_to_stderr
from api.core.settings import settings
from api.core.uncollected import uncollected

logger = logging.getLogger(__name__)


@cache
def command_line() -> typer.Typer:
    """Return all commands, whose modules are the whole program: they are imported by whoever asks for them."""
    from api.commands import (
        accounts,
        evaluation,
        imports,
        matching,
        night,
        open_data,
        reference_actors,
        register,
        report,
        service,
        weights,
    )
    from api.demo import commands as demo

    # No pretty tracebacks: they print the values of variables, people among them.
    whole = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="Pôle Sud : rapprocher acteurs et opportunités.",
    )
    for family in (
        *(service, imports, matching, evaluation, weights, demo, night, accounts),
        *(report, open_data, register, reference_actors),
    ):
        whole.add_typer(family.app)
    return whole


def begin_to_serve() -> None:
    """Have the file of columns checked while the program is imported."""
    from api.matching.columns_path import columns_path
    from matcher.column_file import check_ahead

    if path := columns_path(settings()):
        check_ahead(path)


def main() -> None:
    """Run a command; an error that we know is told without a traceback, any other without its message."""
    log_to_stderr()
    try:
        with uncollected():
            if sys.argv[1:2] == ["serve"]:
                begin_to_serve()
            commands = command_line()
        commands()
    except PoleSudError as error:
        from api.commands.terminal import errors

        errors.print(f"{error.title} : {error.detail}", style="red", markup=False, soft_wrap=True)
        sys.exit(1)
    except Exception:
        # Typer's own hook would print the message.
        logger.critical("the command failed", exc_info=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
