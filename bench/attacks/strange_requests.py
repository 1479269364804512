"""Strange requests: values that no column holds, files beside what is served, a request hidden in another."""

import re
import socket
from urllib.parse import quote_from_bytes, urlsplit

from api.accounts import accounts
from bench.served_copy import Outcome, ServedCopy

HOSTILE = (
    b"a\0b", b"1" * 40, b"-" + b"9" * 40, b"nan", b"' OR 1=1 --", b"{{7*7}}%s", b"\xed\xa0\x80", b"\xff", b"e" * 9_000,
)  # fmt: skip
READ = (
    "/opportunites?texte={}", "/opportunites?page={}", "/opportunites?depuis={}", "/acteurs?texte={}",
    "/acteurs?page={}", "/dossiers?responsable={}", "/dossiers?page={}",
    "/journal?avant={}", "/rapport?annee={}", "/rapport.csv?annee={}", "/opportunites/{}", "/acteurs/{}", "/nuits/{}",
    "/importer/{}", "/avis/{}", "/invitation/{}", "/espace/propositions/{}",
)  # fmt: skip
BESIDE = (
    "/.git/HEAD", "/.env", "/pyproject.toml", "/static/", "/static/leaflet/", "/static/..%2frendering.py",
    "/static/%252e%252e/rendering.py", "/static//etc/passwd", "/var/polesud.db",
)  # fmt: skip
HIDDEN = b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
HEAD = b"POST /connexion HTTP/1.1\r\nHost: 127.0.0.1\r\n"
CHUNK = b"3\r\nx=1\r\n0\r\n\r\n"
DOUBTFUL = (
    b"Content-Length: 3\r\nContent-Length: 30\r\n", b"Content-Length: +3\r\n", b"Content-Length : 3\r\n",
    b"Transfer-Encoding: xchunked\r\n", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
    b"Content-Length: " + b"9" * 5_000 + b"\r\n",
)  # fmt: skip


def attack(copy: ServedCopy) -> list[Outcome]:
    """Write hostile values into addresses, ask for what is not served, and send requests with two possible ends."""
    with copy.browser(accounts.ADMINISTRATOR) as house:
        asked = [path.format(quote_from_bytes(value, safe="")) for path in READ for value in HOSTILE]
        failed = [path for path in asked if house.get(path).status_code >= 500]
        served = [path for path in BESIDE if house.get(path).status_code not in (401, 404)]
        traced = [method for method in ("TRACE", "PROPFIND") if house.request(method, "/").status_code < 400]
    port = urlsplit(copy.address).port or 80
    doubtful = [
        headers for headers in DOUBTFUL if _statuses(port, HEAD + headers + b"\r\n" + CHUNK + HIDDEN) != ["400"]
    ]
    length = b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n" % len(CHUNK + HIDDEN)
    read_as = _statuses(port, HEAD + length + CHUNK + HIDDEN)
    return [
        Outcome("valeurs hostiles dans les adresses", not failed, f"{len(failed)} pannes sur {len(asked)}", "1 panne"),
        Outcome("fichiers à côté de ce qui est servi", not served, f"{len(served)} servis sur {len(BESIDE)}"),
        Outcome("méthodes que rien ne déclare", not traced, f"{len(traced)} permises sur 2"),
        Outcome("requêtes à deux fins possibles", not doubtful, f"{len(doubtful)} lues sur {len(DOUBTFUL)}"),
        Outcome("une requête cachée dans une autre", len(read_as) == 2 or read_as == ["400"], "lue à part"),
    ]


def _statuses(port: int, sent: bytes) -> list[str]:
    """Return the statuses of all that is answered to some bytes."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(sent)
        received = b""
        while block := connection.recv(65_536):
            received += block
    return [status.decode() for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", received)]
