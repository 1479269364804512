"""Requests that lie: forwarded for somebody else, for another host."""

import socket
from urllib.parse import urlsplit

from bench.served_copy import Outcome, ServedCopy

TRIES = 40
PATHS = ("/connexion", "/acteurs/", "/api/actors/", "/static", "/docs", "//ailleurs.invalid/x")


def attack(copy: ServedCopy) -> list[Outcome]:
    """Guess passwords, each as if forwarded for another address; ask for addresses of another host."""
    with copy.browser() as tab:
        statuses = [
            tab.post(
                "/connexion",
                data={"courriel": f"personne{number}@exemple.invalid", "mot_de_passe": "mauvais mot de passe"},
                headers={"X-Forwarded-For": f"198.51.100.{number}", "Forwarded": f"for=198.51.100.{number}"},
            ).status_code
            for number in range(TRIES)
        ]
    echoed = [path for path in PATHS if "ailleurs.invalid" in _location(copy.address, path)]
    return [
        Outcome(
            "essais de mots de passe sous des adresses inventées",
            429 in statuses,
            f"{statuses.index(429) if 429 in statuses else TRIES} essais avant le refus",
            "aucun refus : 127.0.0.1 était cru",
        ),
        Outcome(
            "Host répété dans une redirection", not echoed, f"{len(echoed)} sur {len(PATHS)}", "barre oblique finale"
        ),
    ]


def _location(address: str, path: str) -> str:
    """Return the header Location of an answer to a request for another host."""
    url = urlsplit(address)
    with socket.create_connection((url.hostname, url.port), timeout=30) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: ailleurs.invalid\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while part := connection.recv(65536):
            answer += part
    lines = answer.partition(b"\r\n\r\n")[0].decode("latin-1").splitlines()
    return "".join(line for line in lines if line.lower().startswith("location:"))
