"""Who is slow, or holds many connections, keeps nobody else out; shown with real sockets and a served process."""

import select
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import psutil
import pytest

from tests.support.databases import copy_database
from tests.support.serving import PATIENCE, serving, wait_for

pytestmark = pytest.mark.slow

LIMITS = {
    "POLESUD_CONNECTIONS": "12",
    "POLESUD_CONNECTIONS_PER_ADDRESS": "6",
    "POLESUD_HEADER_TIMEOUT_S": "1",
    "POLESUD_BODY_TIMEOUT_S": "1",
    "POLESUD_WRITE_TIMEOUT_S": "1",
}
GET = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
POST = (
    b"POST /connexion HTTP/1.1\r\nHost: x\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 5000\r\n\r\n"
)
BUNDLE = "/static-offline-docs/swagger-ui-bundle.js"


@pytest.fixture(scope="module")
def address(world_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    database = copy_database(world_database, tmp_path_factory.mktemp("slow") / "served.db")
    with serving(database, **LIMITS) as (process, url):
        wait_for(process, f"{url}/health", {200})
        yield url


def connect(address: str, own_address: str = "127.0.0.1") -> socket.socket:
    parts = urlsplit(address)
    opened = socket.create_connection((parts.hostname or "", parts.port or 0), PATIENCE, (own_address, 0))
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return opened


def is_ended(opened: socket.socket) -> bool:
    """Wait until the server ends a connection that sends nothing more."""
    try:
        while opened.recv(65_536):
            pass
    except ConnectionResetError:
        pass
    return True


def trickle(opened: socket.socket, beginning: bytes = b"") -> bool:
    """Send one byte after the other, ten a second, until the server ends it; False if it never does."""
    opened.sendall(beginning)
    for _ in range(PATIENCE * 10):
        try:
            if select.select([opened], [], [], 0.1)[0]:
                return is_ended(opened)
            opened.sendall(b"a")
        except (BrokenPipeError, ConnectionResetError):
            return True
    return False


def comes_true(claim: Callable[[], bool]) -> bool:
    """Ask ten times a second until the claim is true; False if it never is."""
    for _ in range(PATIENCE * 10):
        if claim():
            return True
        select.select([], [], [], 0.1)
    return False


def is_well(address: str) -> bool:
    """Ask for the service's health; who is still being served makes room once it is seen to be slow."""
    with httpx2.Client(timeout=PATIENCE, limits=httpx2.Limits(max_keepalive_connections=0)) as client:

        def answers() -> bool:
            try:
                return client.get(f"{address}/health").status_code == 200
            except httpx2.TransportError:
                return False

        return comes_true(answers)


@pytest.mark.parametrize(
    "beginning", [b"", b"GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: ", POST, GET + b"G"],
    ids=["no headers", "slow headers", "slow body", "slow headers of a second request"],
)  # fmt: skip
def test_who_sends_a_byte_at_a_time_is_ended(address: str, beginning: bytes) -> None:
    with connect(address) as opened:
        if beginning.endswith(b"\r\n\r\nG"):
            opened.sendall(beginning[:-1])
            assert opened.recv(65_536).startswith(b"HTTP/1.1 200")
            beginning = b"G"
        assert trickle(opened, beginning)
    assert is_well(address)


@pytest.mark.parametrize("first", [b"", GET], ids=["silent", "idle after one"])
def test_who_says_nothing_is_ended(address: str, first: bytes) -> None:
    with connect(address) as opened:
        opened.sendall(first)
        assert is_ended(opened)


def test_the_rest_of_a_refused_body_is_not_waited_for(address: str) -> None:
    with connect(address) as opened:
        opened.sendall(POST.replace(b"5000", b"300000000"))
        assert opened.recv(65_536).startswith(b"HTTP/1.1 413")
        assert trickle(opened)


def test_who_takes_nothing_of_its_answer_is_ended(address: str) -> None:
    with connect(address) as opened:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        opened.sendall(f"GET {BUNDLE} HTTP/1.1\r\nHost: x\r\n\r\n".encode() * 12)
        own_port = opened.getsockname()[1]

        def is_open() -> bool:
            return any(
                one.raddr and one.raddr.port == own_port and one.status == psutil.CONN_ESTABLISHED and one.pid
                for one in psutil.net_connections("tcp")
            )

        assert comes_true(is_open), "the server has not taken the connection"
        assert comes_true(lambda: not is_open()), "the server keeps the connection"


def test_one_address_does_not_take_all_places(address: str) -> None:
    """Its own oldest connections make room for its new ones; another's stay."""
    with connect(address, "127.0.0.2") as other:
        crowd = [connect(address) for _ in range(30)]
        assert is_ended(crowd[0])
        other.sendall(GET)
        assert other.recv(65_536).startswith(b"HTTP/1.1 200")
        assert is_well(address)
        for opened in crowd:
            opened.close()


@pytest.mark.parametrize(
    "asked", [POST, f"GET {BUNDLE} HTTP/1.1\r\nHost: x\r\n\r\n".encode() * 12], ids=["slow bodies", "slow readers"]
)
def test_slow_ones_of_many_addresses_make_room(address: str, asked: bytes) -> None:
    crowd = [connect(address, f"127.0.1.{1 + number // 3}") for number in range(30)]
    for opened in crowd:
        with suppress(OSError):
            opened.sendall(asked)
    try:
        assert is_well(address)
    finally:
        for opened in crowd:
            opened.close()


def test_an_honest_client_sends_and_reads_in_its_own_time(address: str) -> None:
    """A body in two parts, an answer read in small pieces, a connection that is used again."""
    with connect(address) as opened:
        opened.sendall(POST.replace(b"5000", b"3") + b"a=")
        select.select([], [], [], 0.25)
        opened.sendall(b"1")
        assert opened.recv(65_536).startswith(b"HTTP/1.1 ")
    with httpx2.Client(base_url=address, timeout=PATIENCE) as client:
        assert [client.get("/health").status_code for _ in range(20)] == [200] * 20
        with client.stream("GET", BUNDLE) as answer:
            assert sum(len(part) for part in answer.iter_bytes(10_000)) > 1_000_000
