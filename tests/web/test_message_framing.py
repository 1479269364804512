"""Where a request ends is never in doubt: what a proxy and the server could read as one request or as two."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.databases import copy_database
from tests.support.serving import serving, wait_for

pytestmark = pytest.mark.slow

HIDDEN = b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
HEAD = b"POST /connexion HTTP/1.1\r\nHost: x\r\n"
CHUNK = b"3\r\nx=1\r\n0\r\n\r\n"


@pytest.fixture(scope="module")
def port(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    database = copy_database(empty_database, tmp_path_factory.mktemp("framing") / "served.db")
    with serving(database) as (process, address):
        wait_for(process, f"{address}/health", {200})
        yield int(address.rpartition(":")[2])


def answers(port: int, sent: bytes) -> list[bytes]:
    """Return the statuses of all that is answered to some bytes."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(sent)
        received = b""
        while block := connection.recv(65536):
            received += block
    return re.findall(rb"HTTP/1\.1 (\d{3}) ", received)


def test_two_requests_are_two(port: int) -> None:
    sent = HEAD + b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n\r\nx=1" + HIDDEN
    assert answers(port, sent) == [b"401", b"200"]


def test_where_chunks_and_a_length_are_told_the_length_counts_for_nothing(port: int) -> None:
    """RFC 9112, 6.3: it is refused, or read by its chunks; what follows is never part of its body."""
    length = len(CHUNK + HIDDEN)
    told = answers(port, HEAD + b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n" % length + CHUNK + HIDDEN)
    assert told in ([b"400"], [b"401", b"200"])


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: 3\r\nContent-Length: 30\r\n",
        b"Content-Length: 3, 30\r\n",
        b"Content-Length: +3\r\n",
        b"Content-Length: 0x3\r\n",
        b"Content-Length: -3\r\n",
        b"Content-Length : 3\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        b"X: a\0b\r\n",
        # More digits than Python makes a number of.
        b"Content-Length: " + b"9" * 5_000 + b"\r\n",
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(port: int, headers: bytes) -> None:
    told = answers(port, HEAD + headers + b"\r\n" + CHUNK + HIDDEN)
    assert told in ([b"400"], [b"501"])
