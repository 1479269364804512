"""A file of 1,500 new actors: while they are encoded, how long do the house and a partner wait for a page?"""

import threading
import time

import httpx2

from api.accounts import accounts
from bench.served_copy import Outcome, ServedCopy

ROWS = 1_500
# Once the import is written: so long are pages asked for, at most.
ASKED_FOR_S = 25.0
LONGEST_S = 2.5
PAGES = {accounts.FACILITATOR: ("/", "/acteurs", "/dossiers"), accounts.PARTNER: ("/espace", "/espace/acteurs")}


def attack(copy: ServedCopy) -> list[Outcome]:
    """Import through the page, then ask for one page after the other as both."""
    done = threading.Event()
    times: dict[str, list[float]] = {role: [] for role in PAGES}
    faults: list[str] = []

    def ask(role: str) -> None:
        with copy.browser(role) as tab:
            while not done.is_set():
                for address in PAGES[role]:
                    began = time.perf_counter()
                    answer = tab.get(address)
                    times[role].append(time.perf_counter() - began)
                    if answer.status_code != 200:
                        faults.append(f"{address} {answer.status_code}")
                done.wait(0.1)

    with copy.browser(accounts.FACILITATOR) as importer:
        address = _dropped(importer)
        threads = [threading.Thread(target=ask, args=(role,)) for role in PAGES]
        for thread in threads:
            thread.start()
        began = time.perf_counter()
        importer.post(address)
        written_s = time.perf_counter() - began
        most, end = 0, time.perf_counter() + ASKED_FOR_S
        while time.perf_counter() < end:
            progress = importer.get("/encodage").json()
            most = max(most, progress["total"] - progress["done"])
            left = progress["total"] - progress["done"]
            if not left and most:
                break
            time.sleep(0.5)
        done.set()
        for thread in threads:
            thread.join()
    outcomes = [
        Outcome(
            f"import de {ROWS} fiches : {words}",
            max(times[role]) <= LONGEST_S and not faults,
            f"au plus {max(times[role]):.1f} s, {len(times[role])} pages{', ' + faults[0] if faults else ''}",
            "41 s",
        )
        for role, words in ((accounts.FACILITATOR, "la maison attend"), (accounts.PARTNER, "un partenaire attend"))
    ]
    shown = Outcome(
        "le reste à encoder est dit et baisse",
        most > left,
        f"import écrit en {written_s:.1f} s ; {most} fiches, {left} à la fin",
    )
    return [*outcomes, shown]


def _dropped(importer: httpx2.Client) -> str:
    """Drop the file on the import page; return the address of its preview."""
    rows = [f"n{n};Atelier {n};scop;Crest;reliure de registres numéro {n}" for n in range(ROWS)]
    content = "\n".join(["id;nom;type;commune;activites", *rows]).encode()
    answer = importer.post(
        "/importer", data={"contenu": "actors"}, files={"fichier": ("acteurs.csv", content, "text/csv")}
    )
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]
