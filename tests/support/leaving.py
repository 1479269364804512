"""What leaves the house by mail: nights are composed, something changes, and a real server takes what is delivered."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes
from pathlib import Path

from sqlalchemy import Engine

from api.alerts.composing import compose_alerts
from api.mailing.delivery import Delivery, deliver
from api.mailing.departure import Gate
from api.mailing.transport import Transport
from api.night.departure import departure_gate
from tests.support.night_world import NIGHT, OPTIONS, SIGNER, moment, open_desk
from tests.support.outbox import mail_settings
from tests.support.smtp_server import Accepted, Post, post

COMPOSED = moment(NIGHT)
# Later than a lease.
LATER = COMPOSED + timedelta(hours=1)


@dataclass(frozen=True)
class Server:
    """A running mail server."""

    post: Post

    def accepted(self, to: str = "") -> list[Accepted]:
        return [one for one in self.post.accepted() if not to or to in one.to]

    def everything(self) -> str:
        """All that it was sent, as it came and as it is read."""
        return "\n".join(as_read(one.content) for one in self.post.accepted())


@contextmanager
def mail_server(folder: Path) -> Iterator[Server]:
    with post(folder / "server.log") as running:
        yield Server(running)


def as_read(content: bytes) -> str:
    """Return a mail as it came, followed by its decoded parts."""
    parts = [part for part in message_from_bytes(content).walk() if not part.is_multipart()]
    decoded = [bytes(part.get_payload(decode=True) or b"").decode() for part in parts]
    return "\n".join([content.decode(), *decoded])


def compose(engine: Engine) -> None:
    compose_alerts(open_desk(engine), SIGNER, night=NIGHT, now=COMPOSED, options=OPTIONS)


def gate_of(engine: Engine) -> Gate:
    return departure_gate(engine, lambda: open_desk(engine), SIGNER, OPTIONS)


def leave(engine: Engine, server: Server, at: datetime = LATER, gate: Gate | None = None) -> Delivery:
    """Deliver what waits."""
    options = mail_settings(server.post.port)
    with Transport.of(options) as transport:
        return deliver(engine, transport, gate=gate or gate_of(engine), now=lambda: at, options=options)
