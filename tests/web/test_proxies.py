"""What a request claims of itself (its host, who it is forwarded for) is believed from named proxies alone."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import sleep

import pytest
import uvicorn
from fastapi import Request

from api.app import create_app
from api.core.hosts import is_loopback
from tests.support.options import OPTIONS

pytestmark = pytest.mark.slow

PUBLIC = "https://rapprochements.exemple.invalid"
FORGED = "198.51.100.7"


@contextmanager
def listening(**changes: object) -> Iterator[int]:
    """Serve the application, with a page that says what it believes of a request; yield its port on 127.0.0.1."""
    app = create_app(OPTIONS.model_copy(update={"database_url": "sqlite://", "public_url": PUBLIC} | changes))

    def believed(request: Request) -> dict[str, str]:
        assert request.client
        return {"client": request.client.host, "scheme": request.url.scheme}

    app.add_api_route("/cru", believed)
    config = uvicorn.Config(app, port=0, lifespan="off", log_level="warning", proxy_headers=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        sleep(0.02)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join(10)


def asked(port: int, *lines: str) -> tuple[int, str, str]:
    """Send a request as it is written; return the status, the head and the body of the answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1"))
        answer = b""
        while part := connection.recv(65536):
            answer += part
    head, _, body = answer.decode("utf-8").partition("\r\n\r\n")
    return int(head.split()[1]), head, body


def claims(port: int, *headers: str) -> dict[str, str]:
    status, _, body = asked(port, "GET /cru HTTP/1.1", "Host: rapprochements.exemple.invalid", *headers)
    assert status == 200, body
    believed: dict[str, str] = json.loads(body)
    return believed


FORWARDED = (f"X-Forwarded-For: {FORGED}", "X-Forwarded-Proto: https", f"Forwarded: for={FORGED};proto=https")


def test_nobody_is_believed_by_default_not_even_this_machine() -> None:
    with listening() as port:
        assert claims(port, *FORWARDED) == {"client": "127.0.0.1", "scheme": "http"}


def test_only_a_named_proxy_is_believed() -> None:
    with listening(trusted_proxies=("192.0.2.0/24",)) as port:
        assert claims(port, *FORWARDED)["client"] == "127.0.0.1"
    with listening(trusted_proxies=("127.0.0.0/8",)) as port:
        assert claims(port, *FORWARDED) == {"client": FORGED, "scheme": "https"}
        # A proxy that appends: what its own client claimed comes before what it saw itself.
        assert claims(port, f"X-Forwarded-For: 203.0.113.9, {FORGED}")["client"] == FORGED
        assert claims(port, "X-Forwarded-For: 203.0.113.9", f"X-Forwarded-For: {FORGED}")["client"] == FORGED


@pytest.mark.parametrize(
    "host",
    [
        "ailleurs.invalid",
        "rapprochements.exemple.invalid.ailleurs.invalid",
        "rapprochements.exemple.invalid@ailleurs.invalid",
        "ailleurs.invalid, rapprochements.exemple.invalid",
        "127.0.0.1",
        "[::1",
        "",
    ],
)
def test_another_host_is_refused_and_not_repeated(port: int, host: str) -> None:
    for path in ("/connexion", "/acteurs/", "/api/actors", "/nulle-part", "/static/style.css"):
        status, head, body = asked(port, f"GET {path} HTTP/1.1", f"Host: {host}")
        assert status in (400, 421)
        assert not host or host not in head + body


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with listening() as opened:
        yield opened


def test_two_hosts_or_none_are_refused(port: int) -> None:
    own = "Host: rapprochements.exemple.invalid"
    assert asked(port, "GET /docs HTTP/1.1", own)[0] == 200
    assert asked(port, "GET /docs HTTP/1.1", f"{own}:443")[0] == 200
    assert asked(port, "GET /docs HTTP/1.1", "Host: Rapprochements.Exemple.Invalid")[0] == 200
    assert asked(port, "GET /docs HTTP/1.1", own, "Host: ailleurs.invalid")[0] in (400, 421)
    assert asked(port, "GET /docs HTTP/1.1")[0] in (400, 421)
    assert asked(port, "GET /docs HTTP/1.0")[0] == 421


def test_a_supervisor_may_ask_whether_it_lives_by_any_name(port: int) -> None:
    assert asked(port, "GET /health HTTP/1.1", "Host: 127.0.0.1")[0] == 200
    assert asked(port, "GET /ready HTTP/1.1", "Host: 127.0.0.1")[0] in (200, 503)


@pytest.mark.parametrize(
    "path", ["/connexion/", "/acteurs/", "/health/", "//ailleurs.invalid/", "/static", "/api/actors/"]
)
def test_no_redirect_is_made_of_the_host(path: str) -> None:
    """Even where any host is answered: a slash too many is an address that does not exist."""
    with listening(public_url="http://127.0.0.1:8026") as port:
        status, head, _ = asked(port, f"GET {path} HTTP/1.1", "Host: ailleurs.invalid")
    assert status == 404
    assert "ailleurs.invalid" not in head
    assert "\r\nlocation:" not in head.lower()


@pytest.mark.parametrize(
    ("host", "own"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("127.8.8.8", True), ("192.0.2.1", False), ("", False)],
)
def test_what_is_this_machine(host: str, own: bool) -> None:
    assert is_loopback(host) is own
