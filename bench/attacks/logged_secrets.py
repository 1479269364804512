"""Faults with known words in them: does anything that a process writes repeat one?"""

import os
import subprocess
import sys
from pathlib import Path

from api.accounts import api_keys
from bench.served_api import served
from bench.served_copy import Outcome, ServedCopy
from bench.world import ENCODER, ROOT

CANARY = "canarivoire"
EMAIL = f"{CANARY}@exemple.invalid"
TIMEOUT_S = 60
OWN_PAGE = {"Sec-Fetch-Site": "same-origin"}
TRIGGER = "CREATE TRIGGER refuse_{0} BEFORE INSERT ON {0} BEGIN SELECT RAISE(ABORT, '{1}'); END"


def attack(copy: ServedCopy) -> list[Outcome]:
    """Have constraints, rows and tables fail in a second served process and in a command, and read what they wrote."""
    log = copy.folder / "stderr"
    failed = 0
    with log.open("w") as written, served(str(copy.engine.url), written) as (address, _process, _ready_after):
        with copy.engine.begin() as connection:
            for table in ("actors", "partners"):
                connection.exec_driver_sql(TRIGGER.format(table, CANARY))
        with copy.program(api_keys.FACILITATOR) as client:
            client.base_url = address
            # After a fault the server ends the connection; a client that goes on with it is cut off.
            client.headers["Connection"] = "close"
            actor = {"source_id": CANARY, "name": CANARY, "kind": "scop", "activities": [CANARY]}
            failed += client.post("/api/actors", json=actor).status_code == 500
            client.get(f"/suivi/{CANARY}")
            with copy.engine.begin() as connection:
                connection.exec_driver_sql("ALTER TABLE accounts RENAME TO gone")
            form = {"courriel": EMAIL, "mot_de_passe": CANARY}
            failed += client.post("/connexion", data=form, headers=OWN_PAGE).status_code == 500
        failed += _command(copy, written.fileno(), "person-export", EMAIL) != 0
    text = log.read_text()
    repeated = text.lower().count(CANARY) + text.count("[SQL:") + text.count("[parameters:")
    return [
        Outcome(
            "noms, adresses et SQL dans les journaux",
            not repeated and failed >= 3,
            f"{repeated} en {failed} fautes",
            "SQL et valeurs à chaque faute",
        )
    ]


def _command(copy: ServedCopy, stderr: int, *arguments: str) -> int:
    environment = os.environ | {"POLESUD_DATABASE_URL": str(copy.engine.url), "POLESUD_ENCODER": str(ENCODER)}
    command = [sys.executable, "-m", "api.cli", *arguments]
    return subprocess.run(
        command,
        cwd=Path(ROOT),
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=stderr,
        timeout=TIMEOUT_S,
        check=False,
    ).returncode
