"""Slow clients and many connections: one attacker's sockets that send or take nearly nothing, and everybody else."""

import select
import socket
import time
from urllib.parse import urlsplit

import httpx2

from bench.served_copy import Outcome, ServedCopy

CROWD = 600
PATIENCE_S = 30
SLOWEST_HEALTH_S = 5.0
GET = b"GET /health HTTP/1.1\r\nHost: x\r\n"
POST = (
    b"POST /connexion HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 200000\r\n\r\n"
)
LARGE = b"GET /static-offline-docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\n\r\n" * 12


def attack(copy: ServedCopy) -> list[Outcome]:
    """Open hundreds of connections of each kind and ask for `/health` meanwhile; then wait for the last to be ended."""
    kinds: tuple[tuple[str, bytes, bytes], ...] = (
        ("en-têtes lents", GET, b"X"),
        ("corps octet par octet", POST, b"a"),
        ("connexions muettes", b"", b""),
        ("lecteurs lents", LARGE, b""),
    )
    return [_crowd(copy, name, beginning, drop) for name, beginning, drop in kinds]


def _crowd(copy: ServedCopy, name: str, beginning: bytes, drop: bytes) -> Outcome:
    parts = urlsplit(copy.address)
    crowd: list[socket.socket] = []
    for _ in range(CROWD):
        opened = socket.socket()
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        opened.settimeout(5)
        try:
            opened.connect((parts.hostname, parts.port))
            opened.sendall(beginning)
        except OSError:
            pass  # no place for it
        crowd.append(opened)
    held = _connections(copy)
    slowest = max(_health_s(copy) for _ in range(5))
    began = time.monotonic()
    while _connections(copy) and time.monotonic() - began < PATIENCE_S:
        for opened in crowd:
            _dribble(opened, drop)
        select.select([], [], [], 0.5)
    ended_after, left = time.monotonic() - began, _connections(copy)
    for opened in crowd:
        opened.close()
    figure = f"{held} tenues sur {CROWD}, /health en {slowest:.2f} s, {left} restent après {ended_after:.0f} s"
    return Outcome(f"{CROWD} {name}", slowest < SLOWEST_HEALTH_S and not left, figure, "tenues sans fin")


def _dribble(opened: socket.socket, drop: bytes) -> None:
    try:
        opened.setblocking(False)
        opened.send(drop)
    except OSError:
        pass


def _connections(copy: ServedCopy) -> int:
    return sum(connection.status == "ESTABLISHED" for connection in copy.process.net_connections())


def _health_s(copy: ServedCopy) -> float:
    """Return how long it takes to be told that the service is well, asking again where there was no place."""
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE_S:
        try:
            if httpx2.get(f"{copy.address}/health", timeout=PATIENCE_S).status_code == 200:
                return time.monotonic() - began
        except httpx2.TransportError:
            pass  # no place yet
        select.select([], [], [], 0.1)
    return float("inf")
