"""Doors that are closed to nobody and to a client: what only the house reads answers nothing else."""

from api.accounts import api_keys
from bench.served_copy import Outcome, ServedCopy

HOUSE_PAGES = ("/", "/acteurs", "/dossiers", "/rapport", "/reprises", "/import", "/journal", "/comptes")


def attack(copy: ServedCopy) -> list[Outcome]:
    """Ask for the house's pages without an account, and for the service's figures with a client's key."""
    with copy.browser() as visitor:
        opened = [path for path in HOUSE_PAGES if visitor.get(path).status_code == 200]
    with copy.program(api_keys.CLIENT) as client:
        figures = client.get("/metrics").status_code
    return [
        Outcome("pages de la maison sans compte", not opened, f"{len(opened)} ouvertes sur {len(HOUSE_PAGES)}"),
        Outcome("/metrics avec une clé de client", figures in (401, 403), f"statut {figures}"),
    ]
