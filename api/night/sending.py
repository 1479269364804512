"""Send what waits, together with other workers; what a dead one held is sent once its lease has ended."""

import time
from collections.abc import Callable
from dataclasses import asdict

from api.core.clock import Clock
from api.core.settings import Settings
from api.mailing.delivery import deliver
from api.mailing.links import Signer
from api.mailing.transport import Transport
from api.matching.desk import Desk
from api.night import queries
from api.night.departure import departure_gate, departure_links
from api.night.shares import LOOK_S, Counts, summed
from models.database import reading


def send_all(
    desk: Desk,
    signer: Signer,
    transport: Transport,
    *,
    now: Clock,
    options: Settings,
    progress: Callable[[int, int], None],
) -> Counts:
    """Send until nothing is left that is due, whoever has it, or until the server is down; return the counts."""
    gate, links = departure_gate(desk.engine, lambda: desk, signer, options), departure_links(signer, options)

    def send() -> Counts:
        delivery = deliver(desk.engine, transport, gate=gate, links=links, now=now, progress=progress, options=options)
        return asdict(delivery)

    counts = send()
    while not counts["server_down"] and _is_held(desk, now):
        time.sleep(LOOK_S)
        counts = summed([counts, send()])
    return counts


def _is_held(desk: Desk, now: Clock) -> bool:
    with reading(desk.engine) as session:
        return queries.mails_held(session, now()) > 0
