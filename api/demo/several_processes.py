"""The invented world on PostgreSQL, served by several processes until Ctrl-C: `make demo-postgres`.

`compose.yaml` runs the same processes, each in a container.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import typer
from sqlalchemy import make_url

from api.core.settings import PREFIX
from api.demo.postgres_server import create_database, postgres_server

# Each process by its name in `compose.yaml`, and its port: the facilitators' desk, and two for programs. Any of them
# answers anybody.
PROCESSES: Mapping[str, int] = {"desk": 8026, "api-1": 8027, "api-2": 8028}
DATABASE = "pole_sud"
GOODBYE_S = 20


def main(folder: Path = Path("var/demo-postgres"), serve: bool = True) -> None:
    """Run PostgreSQL over a folder, fill it, serve it.

    Raises CalledProcessError where the server does not start, or the world cannot be loaded.
    """
    signal.signal(signal.SIGTERM, _stop)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with postgres_server(folder.resolve() / "data") as server_url:
        environment = os.environ | {
            f"{PREFIX}DATABASE_URL": create_database(server_url, DATABASE),
            # The same for all processes: see docs/deployment.md.
            f"{PREFIX}LINK_KEYS": str(folder / "link_keys"),
            f"{PREFIX}LEDGER": str(folder / "revocations"),
            f"{PREFIX}IMPORTS": str(folder / "imports"),
        }
        print(f"PostgreSQL : {make_url(server_url).render_as_string()}", flush=True)
        # It makes the tables: the processes that follow find them.
        subprocess.run([sys.executable, "-m", "api.cli", "demo"], env=environment, check=True)
        if serve:
            _serve(environment)


def _serve(environment: Mapping[str, str]) -> None:
    served: list[subprocess.Popen[bytes]] = []
    try:
        for name, port in PROCESSES.items():
            command = [sys.executable, "-m", "api.cli", "serve", "--port", str(port)]
            served.append(subprocess.Popen(command, env=environment))
            print(f"{name} : http://127.0.0.1:{port} (processus {served[-1].pid})", flush=True)
        print("Une session ouverte par l’un vaut pour tous ; l’un arrêté, les autres servent. Ctrl-C arrête tout.")
        sys.stdout.flush()
        for process in served:
            process.wait()
    except KeyboardInterrupt:
        print("Arrêt…", flush=True)
    finally:
        for process in served:
            process.terminate()
        for process in served:
            try:
                process.wait(GOODBYE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    print("Tout est arrêté.", flush=True)


def _stop(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    typer.run(main)
