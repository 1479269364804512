"""Deliveries in processes of their own: `python -m tests.support.deliverer killed|rivals|full DATABASE PORT …`.

Forked after the imports, so that a process begins at once with what is tested. Prints JSON.
"""

import json
import os
import random
import resource
import signal
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from api.mailing.delivery import Delivery, deliver
from api.mailing.transport import Transport
from models.database import open_database
from tests.support.databases import url_of
from tests.support.outbox import NIGHT, NOW, OPEN_GATE, add_messages, add_partners, mail_settings, statuses

# Longer than a lease: whoever comes next may take what the dead held.
BETWEEN = timedelta(minutes=10)
LATEST_KILL_S = 0.12


def deliver_once(engine: Engine, port: int, moment: datetime) -> Delivery:
    options = mail_settings(port)
    with Transport.of(options) as transport:
        return deliver(engine, transport, gate=OPEN_GATE, now=lambda: moment, options=options)


def killed(database: Path, port: int, kills: int, seed: int) -> dict[str, Any]:
    """Kill deliveries at random moments, with always something to send; then let one finish."""
    rng, moment, night, done, finished = random.Random(seed), NOW, NIGHT, 0, 0
    engine = open_database(url_of(database))
    partners = add_partners(engine, 20)
    # The first pays for what is compiled once; the others begin at once, and die at work rather than at its beginning.
    add_messages(engine, partners)
    deliver_once(engine, port, moment)
    while done < kills:
        if statuses(engine).get("pending", 0) < 40:
            night += timedelta(days=1)
            add_messages(engine, partners, night=night)
        # Connections are not shared with a fork; each opens its own.
        engine.dispose()
        moment += BETWEEN
        child = forked(partial(deliver_once, engine, port, moment))
        time.sleep(rng.uniform(0, LATEST_KILL_S))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            done += 1
        else:
            finished += 1
    last = deliver_once(engine, port, moment + BETWEEN)
    return {"kills": done, "finished": finished, "last": last.sent, "statuses": statuses(engine)}


def rivals(database: Path, port: int, count: int) -> dict[str, Any]:
    """Let deliveries run side by side."""
    engine, outputs = open_database(url_of(database)), []
    for _ in range(count):
        reader, writer = os.pipe()

        def work(writer: int = writer) -> None:
            os.write(writer, json.dumps(deliver_once(engine, port, NOW).sent).encode())

        outputs.append((forked(work), reader))
        os.close(writer)
    sent = []
    for child, reader in outputs:
        with os.fdopen(reader) as told:
            sent.append(json.loads(told.read()))
        os.waitpid(child, 0)
    return {"sent": sent}


def full(database: Path, port: int, room: int) -> dict[str, Any]:
    """Deliver where no file may grow over `room` bytes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
    try:
        deliver_once(open_database(url_of(database)), port, NOW)
    except OperationalError as error:
        return {"raised": str(error.orig)}
    return {"raised": None}


def forked(work: Callable[[], object]) -> int:
    """Do it in another process, and return its number."""
    child = os.fork()
    if child:
        return child
    try:
        work()
        os._exit(0)
    finally:
        os._exit(1)


def main() -> None:
    mode, database, port, *numbers = sys.argv[1:]
    modes: dict[str, Callable[..., dict[str, Any]]] = {"killed": killed, "rivals": rivals, "full": full}
    print(json.dumps(modes[mode](Path(database), int(port), *map(int, numbers))))


if __name__ == "__main__":
    main()
