"""A row's history on its pages: who changed what, undone in one act; archived, out of every list, and back."""

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from tests.support.accounts import account, signed_in
from tests.support.outline import Outline
from tests.support.world import Doors, demo_actor, demo_opportunity

OPENING, CASE = demo_opportunity("m001"), demo_opportunity("r001")
GARDENERS = demo_actor("a001", "00017926700026")


@pytest.fixture(scope="module")
def desk(doors: Doors) -> Iterator[TestClient]:
    with signed_in(doors, account(doors.engine)) as client:
        yield client


def content_of(doors: Doors) -> dict[str, object]:
    actor: dict[str, object] = doors.facilitator.get(f"/api/actors/{GARDENERS}").json()
    return actor | {"updated_at": None}


def number_of_last(page: str) -> str:
    numbers = re.findall(r'name="modification" value="(\d+)"', page)
    assert len(numbers) == 1
    return numbers[0]


def test_the_last_change_is_told_on_the_page_and_undone_in_one_act(doors: Doors, desk: TestClient) -> None:
    address = f"/acteurs/{GARDENERS}"
    before = content_of(doors)
    changes = {"headcount": 77, "commune_name": "Privas", "commune_code": None, "postcode": None}
    assert doors.facilitator.patch(f"/api/actors/{GARDENERS}", json=changes).status_code == 200
    page = desk.get(address).text
    assert "Dernière modification" in page
    history = Outline(desk.get(f"{address}/historique").text).text
    assert "77" in history
    assert "Privas" in history
    number = number_of_last(page)
    undone = desk.post(f"{address}/historique", data={"modification": number})
    assert undone.url.path == address
    assert "La modification est annulée" in undone.text
    assert content_of(doors) == before
    # What is undone already is not undone twice.
    again = desk.post(f"{address}/historique", data={"modification": number})
    assert again.status_code == 409
    assert "rien n’a été annulé" in again.text
    assert content_of(doors) == before


@pytest.mark.parametrize("address", [f"/acteurs/{GARDENERS}", f"/opportunites/{OPENING}", f"/opportunites/{CASE}"])
def test_what_is_archived_leaves_lists_ranking_and_api_and_comes_back(
    doors: Doors, desk: TestClient, address: str
) -> None:
    which, row_id = address.strip("/").split("/")
    is_actor = which == "acteurs"
    api, listing = ("/api/actors", "/acteurs") if is_actor else ("/api/opportunities", "/opportunites")
    stored = doors.facilitator.get(f"{api}/{row_id}").json()
    question = {"opportunity_id": OPENING} if is_actor else {"actor_id": _some_actor(doors)}

    def places_where_it_stands() -> set[str]:
        doors.settle()
        words = {"texte": stored["name" if is_actor else "title"]}
        shown = {
            "list": f'href="{address}"' in desk.get(listing, params=words).text,
            "archive": f'href="{address}"' in desk.get("/archives", params=words | {"quoi": which}).text,
            "ranked": row_id in doors.facilitator.post("/api/matches", json=question | {"k": 200}).text,
            "api": row_id in doors.facilitator.get(api, params={"limit": 200}).text,
        }
        return {place for place, is_there in shown.items() if is_there}

    before = places_where_it_stands()
    assert before >= {"list", "api"}
    assert desk.post(f"{address}/archives", data={"choix": "autre"}).status_code == 422
    page = desk.post(f"{address}/archives", data={"choix": "archiver"})
    assert "La fiche est archivée" in page.text
    assert "Archivé le" in page.text
    assert places_where_it_stands() == {"archive"}
    page = desk.post(f"{address}/archives", data={"choix": "restaurer"})
    assert "de retour sur le bureau" in page.text
    assert places_where_it_stands() == before
    assert doors.facilitator.get(f"{api}/{row_id}").json() == stored


def _some_actor(doors: Doors) -> str:
    found: str = doors.facilitator.get("/api/actors", params={"limit": 1}).json()["actors"][0]["id"]
    return found


def test_the_archive_is_searched_by_words_and_paged(desk: TestClient) -> None:
    assert "Rien ici." in desk.get("/archives?quoi=acteurs&texte=aucune").text
    assert desk.get("/archives?quoi=inconnu&page=40").status_code == 200
