"""A real SMTP server in its own process, which misbehaves as it is told and never forgets what it accepted.

`post` starts it for a test.
"""

import argparse
import asyncio
import json
import os
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support.forked_programs import ForkedProgram

NEVER = 3600


class Handler:
    """Accepts, unless a fault says otherwise.

    Chances: defer (4xx at RCPT), drop_rcpt, stall_rcpt (before the mail is handed over), drop_data, stall_data (handed
    over and not taken), drop_ack, stall_ack (taken, and not answered). Lists of addresses: refuse (550), reject (554
    5.7.1), defer_to (450). mail: an answer to every MAIL FROM. slow_s: how long an acknowledgement takes. idle_s: how
    long a connection may be silent.
    """

    def __init__(self, log: Path, faults: Mapping[str, Any], seed: int) -> None:
        self._log = log
        self._faults = faults
        self._rng = random.Random(seed)
        self._connections = 0

    async def handle_EHLO(  # noqa: N802 (aiosmtpd's names, as below)
        self, server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self._connections += 1
        server.number = self._connections
        return responses

    async def handle_MAIL(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        envelope.mail_from = address
        return str(self._faults.get("mail", "250 OK"))

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        for name, answer in (("refuse", "550"), ("reject", "554 5.7.1"), ("defer_to", "450")):
            if address in self._faults.get(name, ()):
                return f"{answer} <{address}>: no such thing as {address} here"
        await self._perhaps_fail(server, "rcpt")
        if self._happens("defer"):
            return f"451 <{address}>: try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        await self._perhaps_fail(server, "data")
        content = envelope.content or b""
        assert isinstance(content, bytes)
        message = message_from_bytes(content)
        accepted = {
            "id": message["Message-ID"],
            "to": envelope.rcpt_tos,
            "from": envelope.mail_from,
            "connection": server.number,
            "content": content.decode("ascii"),
        }
        with self._log.open("a") as log:
            log.write(json.dumps(accepted) + "\n")
            log.flush()
            os.fsync(log.fileno())
        await self._perhaps_fail(server, "ack")
        await asyncio.sleep(self._faults.get("slow_s", 0))
        return "250 OK"

    async def _perhaps_fail(self, server: SMTP, where: str) -> None:
        if self._happens(f"drop_{where}"):
            server.transport.abort()
            await asyncio.sleep(NEVER)
        if self._happens(f"stall_{where}"):
            await asyncio.sleep(NEVER)

    def _happens(self, name: str) -> bool:
        return self._rng.random() < self._faults.get(name, 0)


async def serve(port: int, log: Path, faults: Mapping[str, Any], seed: int) -> None:
    """Serve until killed; the port is told on the first line."""
    handler = Handler(log, faults, seed)
    idle = faults.get("idle_s", 300)
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(handler, hostname="poste.invalid", timeout=idle, loop=asyncio.get_running_loop()),
        "127.0.0.1",
        port,
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@dataclass(frozen=True)
class Accepted:
    """A message that the server took. connection: on which of its connections, the first is 1."""

    id: str
    to: tuple[str, ...]
    sender: str
    connection: int
    content: bytes


@dataclass(frozen=True)
class Post:
    """A running server, and what it has taken so far, in order."""

    port: int
    log: Path

    def accepted(self) -> list[Accepted]:
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        rows = [json.loads(line) for line in lines]
        return [
            Accepted(row["id"], tuple(row["to"]), row["from"], row["connection"], row["content"].encode())
            for row in rows
        ]

    def ids(self) -> list[str]:
        return [one.id for one in self.accepted()]


@contextmanager
def post(log: Path, *, port: int = 0, seed: int = 1, **faults: Any) -> Iterator[Post]:
    """Run a server, on a free port unless told; its log goes on where another stopped."""
    words = ("--port", port, "--log", log, "--faults", json.dumps(faults), "--seed", seed)
    process = ForkedProgram("tests.support.smtp_server", *words)
    try:
        yield Post(int(process.first_line(60)), log)
    finally:
        process.kill()
        process.wait()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--faults", type=json.loads, default={})
    parser.add_argument("--seed", type=int, default=1)
    told = parser.parse_args()
    asyncio.run(serve(told.port, told.log, told.faults, told.seed))


if __name__ == "__main__":
    main()
