"""An opportunity of as many lots as are taken, asked for with the longest lists, by one key."""

import time

import httpx2

from api.accounts import api_keys
from api.catalogue.schemas import MOST_LOTS
from bench.served_copy import Outcome, ServedCopy

MOST_S, MOST_BYTES = 10.0, 10_000_000


def attack(copy: ServedCopy) -> list[Outcome]:
    """Add it with 600 lots, which is refused; with as many as are taken, ask for its candidates and its coalition."""
    with copy.program(api_keys.FACILITATOR) as program:
        refused = program.post("/api/opportunities", json=_opening("lots-600", 600)).status_code
        made = program.post("/api/opportunities", json=_opening("lots", MOST_LOTS))
        made.raise_for_status()
        opportunity_id = made.json()["id"]
        outcomes = [Outcome("débouché de 600 lots", refused in (413, 422), f"statut {refused}", "pris")]
        for path, question in (("/api/matches", {"k": 100}), ("/api/matches", {"k": 10}), ("/api/coalitions", {})):
            _wait_until_known(program, opportunity_id)
            began = time.monotonic()
            answer = program.post(path, json={"opportunity_id": opportunity_id} | question)
            seconds, size = time.monotonic() - began, len(answer.content)
            name = f"{path}, {MOST_LOTS} lots" + (f", k = {question['k']}" if question else "")
            is_held = answer.status_code == 200 and seconds < MOST_S and size < MOST_BYTES
            before = "600 lots : 87 s, 96 Mo" if question else ""
            outcomes.append(Outcome(name, is_held, f"{seconds:.1f} s, {size / 1e6:.1f} Mo", before))
    return outcomes


def _wait_until_known(program: httpx2.Client, opportunity_id: str) -> None:
    """Wait until its texts are encoded; the last lot appears with the first."""
    for _ in range(100):
        if program.post("/api/matches", json={"opportunity_id": opportunity_id, "k": 1}).status_code == 200:
            return
        time.sleep(0.5)


def _opening(source_id: str, lots: int) -> dict[str, object]:
    rows = [{"number": str(number), "title": f"Tonte et entretien, quartier {number}"} for number in range(1, lots + 1)]
    return {"source_id": source_id, "title": "Entretien de la ville", "commune_code": "26362", "lots": rows}
