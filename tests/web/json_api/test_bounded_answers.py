"""However many lots an opportunity has, an answer has a bound, and says what it leaves out."""

from typing import Any

import pytest

from api.catalogue.schemas import MOST_LOTS
from api.matching.suggest import MOST_LINES, MOST_LISTS
from tests.support.world import Doors

pytestmark = pytest.mark.slow

LOTS = MOST_LISTS + 5


def opening(source_id: str, lots: int) -> dict[str, Any]:
    rows = [
        {"number": str(number), "title": f"Tonte de la pelouse du quartier {number}"} for number in range(1, lots + 1)
    ]
    return {"source_id": source_id, "title": "Entretien", "commune_code": "26362", "lots": rows}


@pytest.fixture(scope="module")
def many(doors: Doors) -> str:
    made = doors.facilitator.post("/api/opportunities", json=opening("many", LOTS))
    assert made.status_code == 201
    return str(made.json()["id"])


@pytest.mark.parametrize("k", [1, 10, 50, 100])
def test_lists_and_lines_of_an_answer_are_bounded(doors: Doors, many: str, k: int) -> None:
    answer = doors.facilitator.post("/api/matches", json={"opportunity_id": many, "k": k}).json()
    lists = answer["rankings"]
    assert len(lists) == min(MOST_LISTS, MOST_LINES // k)
    assert sum(len(one["suggestions"]) for one in lists) <= MOST_LINES
    assert answer["lots_left"] == LOTS - len(lists)
    numbers = [one["question"]["lot_number"] for one in lists]
    assert numbers == [str(number) for number in range(1, len(lists) + 1)]


def test_the_lots_that_are_left_are_asked_for_one_by_one(doors: Doors, many: str) -> None:
    last = doors.facilitator.get(f"/api/opportunities/{many}").json()["lots"][-1]["id"]
    answer = doors.facilitator.post("/api/matches", json={"opportunity_id": last, "k": 3}).json()
    assert (len(answer["rankings"]), answer["lots_left"]) == (1, 0)


def test_more_lots_than_anybody_ranks_are_refused(doors: Doors) -> None:
    refused = doors.facilitator.post("/api/opportunities", json=opening("too-many", MOST_LOTS + 1))
    assert refused.status_code == 422
    assert refused.json()["errors"] == [{"field": "lots", "message": "liste trop longue : 200 au plus"}]
