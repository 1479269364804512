"""Mails that leave as the command sends them, to a server on this machine."""

from datetime import datetime

from api.core.settings import Settings
from api.mailing.delivery import Delivery, deliver
from api.mailing.transport import Transport
from api.night.departure import departure_gate, departure_links
from models.base import utc_now
from tests.support.smtp_server import Post
from tests.support.world import CLIENT_BASE, Doors


def send(doors: Doors, mailbox: Post, now: datetime | None = None) -> Delivery:
    """Deliver what waits, as the command does."""
    options: Settings = doors.app.state.settings.model_copy(
        update={"smtp_port": mailbox.port, "smtp_timeout_s": 5, "public_url": CLIENT_BASE}
    )
    signer = doors.app.state.signers.newest()
    gate = departure_gate(doors.engine, lambda: doors.app.state.desk, signer, options)
    links = departure_links(signer, options)
    with Transport.of(options) as transport:
        return deliver(doors.engine, transport, gate=gate, links=links, now=lambda: now or utc_now(), options=options)
