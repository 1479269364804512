"""Bodies of 300 MB, sent without any key, to doors of every kind: with their length, and in chunks."""

import socket
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from bench.served_copy import Outcome, ServedCopy

MEGABYTES = 300
BLOCK = b"a" * 1_000_000
JSON, FORM = b"application/json", b"application/x-www-form-urlencoded"
FILE = b"multipart/form-data; boundary=x"
DOORS = ((b"/api/matches", JSON), (b"/connexion", FORM), (b"/connexion", FILE), (b"/importer", FILE))
FILE_BEGINS = b'--x\r\nContent-Disposition: form-data; name="f"; filename="f.csv"\r\n\r\n'
MOST_GROWTH_MB = 50


def attack(copy: ServedCopy) -> list[Outcome]:
    """Send them one after the other; look at the service's memory and at the temporary folder after each million."""
    before = copy.process.memory_info().rss
    kept_before = _temporary_bytes()
    most, most_kept, taken, statuses = before, 0, 0, set()
    for path, kind in DOORS:
        for chunked in (False, True):
            parts = urlsplit(copy.address)
            with socket.create_connection((parts.hostname or "", parts.port or 0), 30) as sender:
                sender.sendall(_beginning(path, kind, chunked=chunked))
                sent = 0
                try:
                    while sent < MEGABYTES:
                        sender.sendall(b"%x\r\n%s\r\n" % (len(BLOCK), BLOCK) if chunked else BLOCK)
                        sent += 1
                        most = max(most, copy.process.memory_info().rss)
                        most_kept = max(most_kept, _temporary_bytes() - kept_before)
                except OSError:
                    pass  # the service ended the connection: so it should
                taken = max(taken, sent)
                try:
                    statuses.add(sender.recv(12)[-3:].decode())
                except OSError:
                    statuses.add("fin")
    growth = (most - before) / 1e6
    with copy.browser() as visitor:
        is_well = visitor.get("/health").status_code == 200
    answered = ", ".join(sorted(statuses))
    return [
        Outcome(
            "300 Mo sans clé : mémoire du service",
            growth < MOST_GROWTH_MB and is_well,
            f"+{growth:.0f} Mo, réponses {answered}",
            "410 → 1 315 Mo",
        ),
        Outcome("300 Mo sans clé : dossier temporaire", most_kept < 1e6, f"{most_kept / 1e6:.0f} Mo", "300 Mo"),
    ]


def _beginning(path: bytes, kind: bytes, *, chunked: bool) -> bytes:
    length = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % (MEGABYTES * len(BLOCK))
    head = b"POST %s HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\nContent-Type: %s\r\n%s\r\n\r\n"
    beginning = FILE_BEGINS if kind == FILE else b""
    if chunked and beginning:
        beginning = b"%x\r\n%s\r\n" % (len(beginning), beginning)
    return head % (path, kind, length) + beginning


def _temporary_bytes() -> int:
    total = 0
    for path in Path(tempfile.gettempdir()).iterdir():
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:
            continue
    return total
