"""Every kind of answer, read for the headers that bind a browser."""

from collections.abc import Iterator

import httpx2

from api.accounts import accounts, api_keys
from bench.served_copy import Outcome, ServedCopy

NEEDED = {
    "content-security-policy": "default-src 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
PATHS = (
    "/",
    "/acteurs",
    "/connexion",
    "/docs",
    "/openapi.json",
    "/health",
    "/static/style.css",
    "/static/rien",
    "/rien",
)


def attack(copy: ServedCopy) -> list[Outcome]:
    """Ask for pages, files, JSON, errors and redirects, and make one handler fail."""
    answers = list(_answers(copy))
    bare = [
        answer for answer in answers if any(part not in answer.headers.get(name, "") for name, part in NEEDED.items())
    ]
    inline = [answer for answer in answers if "unsafe" in answer.headers.get("content-security-policy", "")]
    statuses = sorted({answer.status_code for answer in answers})
    return [
        Outcome(
            "réponses sans en-têtes de sécurité",
            not bare and 500 in statuses,
            f"{len(bare)} sur {len(answers)} ; statuts {', '.join(map(str, statuses))}",
            "/docs, JSON, fichiers, erreurs : sans",
        ),
        Outcome("politique qui admet du code dans la page", not inline, f"{len(inline)} sur {len(answers)}"),
    ]


def _answers(copy: ServedCopy) -> Iterator[httpx2.Response]:
    for role in (None, accounts.ADMINISTRATOR, accounts.PARTNER):
        with copy.browser(role) as tab:
            for accept in ("text/html", "application/json"):
                yield from (tab.get(path, headers={"Accept": accept}) for path in PATHS)
            yield tab.request("TRACE", "/acteurs")
            yield tab.post("/connexion", headers={"Sec-Fetch-Site": "cross-site"})
    with copy.program(api_keys.FACILITATOR) as client:
        yield client.post("/api/matches", content=b"\xff")
        yield client.get("/api/actors?page=x")
        with copy.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE nights RENAME TO gone")
        yield client.get("/api/nights")
