"""Runs PostgreSQL's own programs: found on the PATH or in a folder, and never given a password as an argument."""

import os
import shutil
import subprocess

from sqlalchemy import URL

from api.core.errors import SourceError


class ToolError(SourceError):
    """A program that is missing or failed; detail: what it said first, which holds no row."""


class PostgresTools:
    """The programs of a folder, or those of the PATH."""

    def __init__(self, folder: str = "") -> None:
        self._folder = folder or None

    def run(self, name: str, *arguments: str, database: URL | None = None) -> str:
        """Run a program, on a database where one is given, and return what it prints. Raises ToolError."""
        executable = shutil.which(name, path=self._folder)
        if executable is None:
            raise ToolError(
                f"« {name} » manque : installez les programmes de PostgreSQL, ou dites leur dossier"
                " (POLESUD_POSTGRES_TOOLS)."
            )
        # Only where there is such a server.
        from psycopg.conninfo import make_conninfo

        # In the language of which the first line is looked at; a terminal is asked for nothing.
        environment, target = os.environ | {"LC_ALL": "C.UTF-8"}, []
        if database is not None:
            # A list of programs shows arguments to everybody; the environment is the user's own.
            parameters = _parameters(database)
            if password := parameters.pop("password", None):
                environment["PGPASSWORD"] = password
            target = ["--no-password", f"--dbname={make_conninfo(**parameters)}"]
        done = subprocess.run(
            [executable, *target, *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        told = done.stderr.decode(errors="replace")
        if done.returncode and "version mismatch" in told:
            raise ToolError(
                f"« {executable} » est plus ancien que le serveur : prenez les programmes de sa version"
                " (POLESUD_POSTGRES_TOOLS)."
            )
        if done.returncode:
            raise ToolError(f"{name} : {_first_line(told)}")
        return done.stdout.decode(errors="replace")


def _parameters(database: URL) -> dict[str, str]:
    """Return libpq's parameters of a URL, TLS and sockets included."""
    _, parameters = database.get_dialect()().create_connect_args(database)
    return {name: str(value) for name, value in parameters.items()}


def _first_line(told: str) -> str:
    """Return the first error, without what follows it: details and contexts hold rows, hence persons."""
    lines = [line for line in told.splitlines() if "error:" in line] or told.splitlines()
    return lines[0].partition("error:")[2].strip() or lines[0] if lines else "sans un mot"
