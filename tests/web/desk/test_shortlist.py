"""Actors that are ticked in a ranking: compared side by side, and their cases opened at once."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import col, func, select

from models.brokerage import BrokerageCase, BrokerageStep
from models.database import reading
from tests.support.accounts import account, signed_in
from tests.support.world import ABSENT, Doors, demo_opportunity
from tests.web.desk.test_desk_pages import read

pytestmark = pytest.mark.slow

OPENING, CASE = demo_opportunity("m001"), demo_opportunity("r001")


@pytest.fixture(scope="module")
def desk(doors: Doors) -> Iterator[TestClient]:
    with signed_in(doors, account(doors.engine, "courte.liste@exemple.invalid")) as client:
        yield client


@pytest.fixture(scope="module")
def ranking(doors: Doors) -> dict[str, Any]:
    ranked: dict[str, Any] = doors.ask({"opportunity_id": OPENING, "k": 8})[0]
    return ranked


@pytest.fixture(scope="module")
def ranked(ranking: dict[str, Any]) -> list[dict[str, str]]:
    return [suggestion["candidate"] for suggestion in ranking["suggestions"]]


def case_count(doors: Doors) -> int:
    with reading(doors.engine) as session:
        return session.exec(select(func.count()).select_from(BrokerageCase)).one()


def test_up_to_six_actors_stand_side_by_side_with_what_decides_and_what_is_missing(
    desk: TestClient, ranking: dict[str, Any], ranked: list[dict[str, str]]
) -> None:
    excluded = ranking["refused"][0]["candidate"]
    ticked = [*ranked[:3], excluded]
    page = read(desk.get(f"/opportunites/{OPENING}/comparer", params={"acteur": [one["id"] for one in ticked]}))
    for actor in ticked:
        assert actor["name"] in page.words
    for heading in ("Avis", "Métiers", "Lieu", "Effectif", "Agréments", "Ce qui manque", "À appeler", "Dossier"):
        assert heading in page.words
    assert "non éligible" in page.words
    assert len(page.all("input", type="checkbox", form="ecrire")) == 3


def test_more_than_six_are_too_many_and_one_alone_is_too_few(desk: TestClient, ranked: list[dict[str, str]]) -> None:
    ids = [actor["id"] for actor in ranked]
    for path in (f"/opportunites/{OPENING}/comparer", "/acteurs/comparer"):
        words = read(desk.get(path, params={"acteur": ids[:7]})).words
        assert "Six acteurs au plus" in words
        assert ranked[6]["name"] not in words
        assert "Cochez de deux à six acteurs" in read(desk.get(path, params={"acteur": ids[:1]})).words
    read(desk.get(f"/opportunites/{OPENING}/comparer", params={"acteur": [ids[0], ABSENT]}), 404)


def test_ticked_cases_are_opened_at_once_and_those_that_were_there_are_told(
    desk: TestClient, doors: Doors, ranked: list[dict[str, str]]
) -> None:
    first, second, third = (actor["id"] for actor in ranked[3:6])
    path = f"/opportunites/{OPENING}/dossiers"
    before = case_count(doors)
    words = read(desk.post(path, data={"acteur": [first]}, follow_redirects=True)).words
    assert f"Le dossier est ouvert : {ranked[3]['name']}" in words
    words = read(desk.post(path, data={"acteur": [first, second, third, third]}, follow_redirects=True)).words
    assert f"Les dossiers sont ouverts : {ranked[4]['name']}, {ranked[5]['name']}." in words
    assert f"L’était déjà : {ranked[3]['name']}" in words
    assert case_count(doors) == before + 3
    with reading(doors.engine) as session:
        steps = session.exec(select(BrokerageStep).order_by(col(BrokerageStep.at).desc()).limit(2)).all()
    assert steps[0].at == steps[1].at


@pytest.mark.parametrize(("ticked", "told"), [((), "Personne n’est coché"), ((ABSENT,), "Rien n’est ouvert")])
def test_nothing_is_opened_where_one_of_those_ticked_is_no_candidate(
    desk: TestClient, doors: Doors, ranked: list[dict[str, str]], ticked: tuple[str, ...], told: str
) -> None:
    before = case_count(doors)
    chosen = [*ticked, ranked[6]["id"]] if ticked else []
    page = read(desk.post(f"/opportunites/{OPENING}/dossiers", data={"acteur": chosen}, follow_redirects=True))
    assert told in page.words
    assert sum("checked" in box for box in page.all("input", type="checkbox", form="ecrire")) == len(chosen[1:])
    assert case_count(doors) == before


def test_no_case_is_opened_with_an_actor_that_was_archived_since_it_was_ticked(
    desk: TestClient, doors: Doors, ranking: dict[str, Any], ranked: list[dict[str, str]]
) -> None:
    gone, other, before = ranked[6]["id"], ranked[7]["id"], case_count(doors)
    desk.post(f"/acteurs/{gone}/archives", data={"choix": "archiver"})
    path = f"/opportunites/{OPENING}/dossiers"
    page = read(desk.post(path, data={"acteur": [gone, other]}, follow_redirects=True))
    assert "Rien n’est ouvert" in page.words
    read(desk.post("/dossiers", data={"suggestion": ranking["suggestions"][6]["id"]}), 409)
    assert case_count(doors) == before
    desk.post(f"/acteurs/{gone}/archives", data={"choix": "restaurer"})


def test_actors_of_a_confidential_case_may_be_compared_and_followed_but_nothing_is_written_to_them(
    desk: TestClient,
) -> None:
    page = read(desk.get(f"/opportunites/{CASE}?closes=oui"))
    assert page.all("input", type="checkbox", form="ecrire")
    assert "Ouvrir leurs dossiers" in page.words
    assert "Écrire aux acteurs cochés" not in page.words
    assert "Feuille pour l’acheteur" not in page.words
