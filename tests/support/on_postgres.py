"""Runs pytest with its databases on a real PostgreSQL server, which is started for it: arguments are pytest's."""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from api.demo.postgres_server import postgres_server
from tests.support.databases import SERVER_VARIABLE


def main() -> int:
    """Return pytest's exit code; a server that does not start is an error, and never a skipped test."""
    with (
        TemporaryDirectory(prefix="pole-sud-postgres-") as folder,
        postgres_server(Path(folder) / "data", fast=True) as url,
    ):
        command = [sys.executable, "-m", "pytest", *sys.argv[1:]]
        return subprocess.run(command, env=os.environ | {SERVER_VARIABLE: url}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
