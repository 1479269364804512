"""Deliver: what waits in the outbox goes to the mail server, each mail once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from api.mail.transport import Transport
from api.settings import Settings


@dataclass(frozen=True)
class Delivery:
    """What a delivery did. reasons: how many messages met what, by a code."""

    sent: int
    deferred: int
    failed: int
    suspended: int
    server_down: bool
    reasons: Mapping[str, int]


def deliver(
    engine: Engine,
    transport: Transport,
    *,
    now: Callable[[], datetime],
    limit: int | None = None,
    told: Callable[[int, int], None] | None = None,
    options: Settings | None = None,
) -> Delivery:
    """Send what is due. To come."""
    raise NotImplementedError
