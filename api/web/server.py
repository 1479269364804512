"""The HTTP server: uvicorn, with time-outs for slow clients and a cap on connections, which it has not itself."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from api.core.settings import ServiceSettings

# How often each connection is looked at.
TICK_S = 0.5
# A body may come as slowly as this once its first seconds are over; what is left of a refused one may come this long.
BODY_BYTES_PER_S, REST_S = 4_000, 5.0
IDLE_S = 5
MOST_HEADER_BYTES = 32_768
# At its end the process waits so long for answers under way.
GOODBYE_S = 10

FULL = "Trop de connexions : réessayez dans quelques secondes.\n".encode()
REFUSAL = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\n\r\n%s"
) % (len(FULL), FULL)


class Phase(StrEnum):
    """What a connection waits for."""

    HEADERS = "headers"  # a request: its first byte, or the rest of its headers
    BODY = "body"  # the rest of a body that is wanted
    REST = "rest"  # the rest of a body that nobody wants any more
    TAKING = "taking"  # its client to take what was answered
    ANSWER = "answer"  # us


@dataclass(frozen=True)
class ConnectionLimits:
    """How many connections there may be, in all and from one address, and how long each may keep us waiting.

    body_s: for the first bytes of a body. write_s: how long a client may take nothing of its answer.
    """

    connections: int
    per_address: int
    header_s: float
    body_s: float
    write_s: float

    @classmethod
    def of(cls, options: ServiceSettings) -> "ConnectionLimits":
        return cls(
            options.connections,
            options.connections_per_address,
            options.header_timeout_s,
            options.body_timeout_s,
            options.write_timeout_s,
        )


class BoundedProtocol(H11Protocol):
    """One connection, which ends where its client is too slow, or where another needs its place.

    Where there is no room for a new connection, the one that has waited longest for its client makes room; whoever
    waits for us keeps its place. Where all wait for us, the new one is refused with 503.
    """

    limits: ClassVar[ConnectionLimits]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._address = self.client[0] if self.client else ""
        self._watched: tuple[Phase, object] = (Phase.HEADERS, None)
        self._since = self.loop.time()
        self._received = 0
        self._stuck_since: float | None = None
        self._gone = False
        self._timer: asyncio.TimerHandle | None = self.loop.call_later(TICK_S, self._tick)
        if not self._has_room():
            self._gone = True
            transport.write(REFUSAL)
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer:
            self._timer.cancel()
        self._gone = True
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        super().data_received(data)

    def pause_writing(self) -> None:
        self._stuck_since = self.loop.time()
        super().pause_writing()

    def resume_writing(self) -> None:
        self._stuck_since = None
        super().resume_writing()

    @property
    def phase(self) -> Phase:
        """What the connection waits for at this moment."""
        if self.flow.write_paused:
            return Phase.TAKING
        if self.cycle is None or self.cycle.response_complete:
            return Phase.REST if self.conn.their_state is h11.SEND_BODY else Phase.HEADERS
        # As long as we do not read, or have not said « continue », it is not the client who is slow.
        wanted = self.cycle.more_body and not self.flow.read_paused and not self.cycle.waiting_for_100_continue
        return Phase.BODY if wanted else Phase.ANSWER

    def _watch(self) -> float:
        """Return for how long the connection has waited for the same thing."""
        now, watched = self.loop.time(), (self.phase, self.cycle)
        if watched != self._watched:
            self._watched, self._since, self._received = watched, now, 0
        return now - self._since

    def _tick(self) -> None:
        waited_s, limits = self._watch(), self.limits
        allowed_s = {
            Phase.HEADERS: limits.header_s,
            Phase.BODY: limits.body_s + self._received / BODY_BYTES_PER_S,
            Phase.REST: REST_S,
            Phase.TAKING: limits.write_s,
            Phase.ANSWER: float("inf"),
        }[self._watched[0]]
        if self.transport.is_closing():
            # What is still to be sent may be taken by nobody.
            self._stuck_since = self._stuck_since or self.loop.time()
        is_stuck = self._stuck_since is not None and self.loop.time() - self._stuck_since > limits.write_s
        if is_stuck or waited_s > allowed_s:
            self._drop()
        else:
            self._timer = self.loop.call_later(TICK_S, self._tick)

    def _drop(self) -> None:
        self._gone = True
        self.transport.abort()

    def _has_room(self) -> bool:
        others = [other for other in self.connections if isinstance(other, BoundedProtocol) and other is not self]
        neighbours = [other for other in others if other._address == self._address]
        return _make_room(neighbours, self.limits.per_address) and _make_room(others, self.limits.connections)


def _make_room(connections: Sequence[BoundedProtocol], most: int) -> bool:
    """Return whether there is room for one more, after having dropped who has waited longest for its client."""
    present = [connection for connection in connections if not connection._gone]
    if len(present) < most:
        return True
    for phases in ((Phase.HEADERS, Phase.REST), (Phase.BODY, Phase.TAKING)):
        slow = {connection: connection._watch() for connection in present if connection.phase in phases}
        if slow:
            max(slow, key=lambda connection: slow[connection])._drop()
            return True
    return False


def server_options(options: ServiceSettings) -> dict[str, Any]:
    """Return what `uvicorn.run` is given besides the application and where to listen."""
    protocol = type("ServedProtocol", (BoundedProtocol,), {"limits": ConnectionLimits.of(options)})
    return {
        "http": protocol,
        "ws": "none",
        "h11_max_incomplete_event_size": MOST_HEADER_BYTES,
        "timeout_keep_alive": IDLE_S,
        "timeout_graceful_shutdown": GOODBYE_S,
        "server_header": False,
        # Which client it is, the application's own middleware says.
        "proxy_headers": False,
        # Ours (`api.core.logs`); no request is logged: addresses hold the tokens of links.
        "log_config": None,
        "log_level": "warning",
        "access_log": False,
    }
