"""An ordinary second file over confidential cases: the same numbers, under other names and as another kind of thing."""

import re
from collections.abc import Iterator

import httpx2

from api.accounts import accounts, api_keys
from bench.served_copy import Outcome, ServedCopy

CASES = 5
NOTE = "le dirigeant part fâché"
TAKEOVERS = "id;titre;cause;description\n" + "".join(
    f"{n};Menuiserie Zibeline {n};retraite;{NOTE} {n}\n" for n in range(1, CASES + 1)
)
MARKETS = "id;titre;type;acheteur\n" + "".join(
    f"{n};Tonte des abords {n};débouché;Ville de Crest\n" for n in range(1, CASES + 1)
)
AS_MARKETS = "id;titre;type\n" + "".join(f"{n};Menuiserie Zibeline {n};débouché\n" for n in range(1, CASES + 1))
SAID_PUBLIC = "id;titre;cause;confidentiel\n" + "".join(
    f"{n};Menuiserie Zibeline {n};retraite;non\n" for n in range(1, CASES + 1)
)


def attack(copy: ServedCopy) -> list[Outcome]:
    """Import cases, then other files on their numbers, through the page; look with a client's key after each."""
    with copy.browser(accounts.FACILITATOR) as desk, copy.program(api_keys.CLIENT) as client:
        _import(desk, "reprises.csv", TAKEOVERS, "")
        before = _read(client)
        outcomes = []
        for name, (file_name, content, source) in {
            "marches.csv, numérotés de même": ("marches.csv", MARKETS, ""),
            "marches.csv, donnés pour la source des cas": ("marches.csv", MARKETS, "reprises"),
            "les cas donnés pour des débouchés": ("liste.csv", AS_MARKETS, "liste"),
            "les cas donnés pour publics (confidentiel : non)": ("reprises.csv", SAID_PUBLIC, "reprises"),
        }.items():
            _import(desk, file_name, content, source)
            leaked = _read(client) - before
            outcomes.append(
                Outcome(f"second import : {name}", not leaked, f"{len(leaked)} cas publiés", "5 cas publiés")
            )
        again = re.search(r"Fiches nouvelles</dt><dd>(\d+)", _preview(desk, "cedants (1).csv", TAKEOVERS))
    doubled = again[1] if again else "?"
    outcomes.append(Outcome("les mêmes lignes sous un autre nom", doubled == "0", f"{doubled} cas en double"))
    return outcomes


def _drop(desk: httpx2.Client, name: str, content: str) -> str:
    answer = desk.post(
        "/importer", data={"contenu": "opportunities"}, files={"fichier": (name, content.encode(), "text/csv")}
    )
    return answer.headers["location"]


def _preview(desk: httpx2.Client, name: str, content: str) -> str:
    return desk.get(_drop(desk, name, content)).text


def _import(desk: httpx2.Client, name: str, content: str, source: str) -> None:
    """Import as somebody in a hurry does: what is asked is answered with the first choice."""
    address = _drop(desk, name, content)
    answer = desk.post(address, data={"source": source} if source else {})
    if answer.status_code == 422 and (first := re.search(r'name="source" value="([a-z0-9_]+)"', answer.text)):
        desk.post(address, data={"source": first[1]})


def _read(client: httpx2.Client) -> set[str]:
    """Return what a client's key reads of the cases: their ids, where a title or a note is theirs."""
    found = set()
    for row in _pages(client):
        whole = client.get(f"/api/opportunities/{row['id']}").text
        if "Zibeline" in whole or NOTE in whole:
            found.add(row["id"])
    return found


def _pages(client: httpx2.Client) -> Iterator[dict[str, str]]:
    after = ""
    while True:
        page = client.get("/api/opportunities", params={"limit": 200, "after": after}).json()
        yield from page["opportunities"]
        after = page.get("next") or ""
        if not after:
            return
