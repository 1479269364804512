"""Commands in a terminal: `python -m api.cli --help`."""

import logging
import sys

import typer

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
from api.commands.terminal import errors
from api.core.errors import PoleSudError
from api.core.logs import log_to_stderr
from api.demo import commands as demo

logger = logging.getLogger(__name__)

# No pretty tracebacks: they print the values of variables, people among them.
app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Pôle Sud : rapprocher acteurs et opportunités.",
)
for family in (
    *(service, imports, matching, evaluation, weights, demo, night, accounts),
    *(report, open_data, register, reference_actors),
):
    app.add_typer(family.app)


def main() -> None:
    """Run a command; an error that we know is told without a traceback, any other without its message."""
    log_to_stderr()
    try:
        app()
    except PoleSudError as error:
        errors.print(f"{error.title} : {error.detail}", style="red", markup=False, soft_wrap=True)
        sys.exit(1)
    except Exception:
        # Typer's own hook would print the message.
        logger.critical("the command failed", exc_info=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
