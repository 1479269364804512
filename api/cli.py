"""Commands in a terminal: `python -m api.cli --help`."""

import logging
import sys

import typer

from api.commands.consoles import errors
from api.commands.families import Families
from api.core.errors import PoleSudError
from api.core.logs import log_to_stderr
from api.core.uncollected import uncollected

logger = logging.getLogger(__name__)

# No pretty tracebacks: they print the values of variables, people among them.
app = typer.Typer(
    cls=Families,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Pôle Sud : rapprocher acteurs et opportunités.",
)


@app.callback()
def families() -> None:
    """A group with no command of its own must have a callback."""


def main() -> None:
    """Run a command; an error that we know is told without a traceback, any other without its message."""
    log_to_stderr()
    try:
        if sys.argv[1:2] == ["serve"]:
            # Until the desk is ready: `api.app` has what is there by then never looked through again.
            with uncollected():
                from api.commands.ahead import begin_ahead  # no other command wants it

                begin_ahead()
                app()
        else:
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
