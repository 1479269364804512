"""The list of actors: what it is narrowed to, in which order, page by page, and as a file."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from openpyxl import load_workbook
from sqlmodel import col, select

from api.web.components.forms import Pages
from models.base import utc_now
from models.database import reading, writing
from models.tables import AuditEntry, Interaction
from tests.support.accounts import account, signed_in
from tests.support.outline import Outline
from tests.support.world import Doors, demo_actor

GARDENERS, ROOFERS = demo_actor("a001", "00017926700026"), demo_actor("a024", "00000063800015")


@pytest.fixture(scope="module")
def desk(doors: Doors) -> Iterator[TestClient]:
    with signed_in(doors, account(doors.engine)) as client:
        yield client


def page(desk: TestClient, **filters: str) -> Outline:
    answer = desk.get("/acteurs", params=filters)
    assert answer.status_code == 200, answer.text[:500]
    return Outline(answer.text)


def table(desk: TestClient, **filters: str) -> list[dict[str, Any]]:
    """Return the whole list, as its file has it."""
    answer = desk.get("/acteurs.csv", params=filters)
    assert answer.status_code == 200, answer.text[:500]
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))


def names(rows: list[dict[str, Any]]) -> list[str]:
    return [row["Nom"] for row in rows]


@pytest.mark.parametrize(
    ("filters", "inside"),
    [
        ({"metier": "couvreur"}, "Zinc et Lauzes"),
        ({"metier": "entretenir des pelouses"}, "Les Sécateurs du Val"),
        ({"metier": "couvreur", "lieu": "Le Cheylard", "rayon": "10"}, "Zinc et Lauzes"),
        ({"lieu": "26400"}, "Les Sécateurs du Val"),
        ({"type": "esat"}, "ESAT du Clos Mûrier"),
        ({"taille": "10-a-49"}, "Les Sécateurs du Val"),
        ({"agrement": "siae"}, "Les Sécateurs du Val"),
        ({"recherche": "partners"}, "Les Sécateurs du Val"),
        ({"departement": "26", "texte": "sécateurs"}, "Les Sécateurs du Val"),
    ],
)
def test_a_filter_leaves_what_fits_it_and_takes_away_the_rest(
    desk: TestClient, filters: dict[str, str], inside: str
) -> None:
    rows = table(desk, **filters)
    assert inside in names(rows)
    if filters != {"lieu": "26400"}:
        assert len(rows) < len(table(desk))


def test_each_line_fits_all_filters_at_once(desk: TestClient) -> None:
    rows = table(desk, lieu="Crest", rayon="30", taille="10-a-49", recherche="markets")
    assert rows
    for row in rows:
        assert float(row["Distance (km)"]) <= 30
        assert 10 <= int(row["Effectif"]) < 50
        assert "des marchés" in row["Recherche"]


def test_members_of_a_network_are_listed_by_it(desk: TestClient) -> None:
    choices = [option["value"] for option in page(desk).all("option") if option["value"]]
    network = next(value for value in choices if value and len(value) == 36)
    rows = table(desk, reseau=network)
    assert rows
    assert len(rows) < len(table(desk))


def test_the_usual_order_is_the_nearest_trade_then_the_place_then_the_name(desk: TestClient) -> None:
    assert names(table(desk, metier="boulanger"))[0] in ("Le Fournil des Deux Quais", "Fournée commune")
    distances = [float(row["Distance (km)"]) for row in table(desk, lieu="Crest") if row["Distance (km)"]]
    assert distances == sorted(distances)
    assert distances[0] == 0
    heads = [int(row["Effectif"]) for row in table(desk, tri="taille") if row["Effectif"]]
    assert heads == sorted(heads, reverse=True)


def test_who_was_spoken_with_lately_leaves_the_list_of_those_who_were_not(desk: TestClient, doors: Doors) -> None:
    with writing(doors.engine) as session:
        session.add(Interaction(id="i1", kind="call", at=utc_now(), by="cli", actor_id=GARDENERS, noted_at=utc_now()))
    quiet = names(table(desk, sans_echange="30"))
    assert "Les Sécateurs du Val" not in quiet
    assert "Zinc et Lauzes" in quiet
    assert names(table(desk, tri="contact"))[-1] == "Les Sécateurs du Val"


def test_a_place_that_nobody_knows_is_said_beside_its_field_and_nothing_typed_is_lost(desk: TestClient) -> None:
    outline = page(desk, lieu="Nulleparville", metier="couvreur", taille="10-a-49")
    assert "Commune ou code postal inconnu" in outline.words
    assert outline.all("input", name="lieu", value="Nulleparville", **{"aria-invalid": "true"})
    assert outline.all("input", name="metier", value="couvreur")
    # A filter that is folded away is not hidden while it acts.
    assert outline.all("details")[0].keys() >= {"open"}


def test_a_place_that_is_misspelt_is_understood_and_the_page_says_how(desk: TestClient) -> None:
    assert "Compris comme Crest." in page(desk, lieu="Crset").words
    assert table(desk, lieu="Crset", rayon="10") == table(desk, lieu="Crest", rayon="10")
    assert "Compris comme" not in page(desk, lieu="Crest").words


@pytest.mark.parametrize(
    "wrong", [{"taille": "énorme"}, {"tri": "x"}, {"rayon": "-1"}, {"recherche": "or"}, {"lieu": "\N{SNOWMAN}"}]
)
def test_a_value_that_nobody_offers_counts_as_none(desk: TestClient, wrong: dict[str, str]) -> None:
    assert len(table(desk, **wrong)) == len(table(desk))


def test_the_file_has_the_same_lines_as_the_page_and_is_noted(desk: TestClient, doors: Doors) -> None:
    rows = table(desk, type="scop")
    answer = desk.get("/acteurs.xlsx", params={"type": "scop"})
    assert answer.headers["content-disposition"].startswith('attachment; filename="acteurs-')
    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == names(rows)
    assert f"{len(rows)} acteurs" in page(desk, type="scop").words
    with reading(doors.engine) as session:
        entries = session.exec(select(AuditEntry).where(col(AuditEntry.action) == "list.exported")).all()
    assert entries[-1].detail == f'{{"count":{len(rows)},"format":"xlsx","list":"acteurs"}}'


def test_a_page_far_away_is_one_click_away() -> None:
    assert Pages(1000, 10, 50).jumps == [1, None, 8, 9, 10, 11, 12, None, 20]
    assert Pages(60, 1, 50).jumps == [1, 2]
    assert Pages(0, 1, 50).jumps == [1]


@pytest.mark.parametrize(
    ("order", "column"), [("nom", "Nom"), ("type", "Type"), ("commune", "Commune"), ("taille", "Effectif")]
)
def test_a_column_sorts_both_ways_and_what_is_unknown_comes_last(desk: TestClient, order: str, column: str) -> None:
    one_way, other_way = ([row[column] for row in table(desk, tri=tri)] for tri in (order, f"-{order}"))
    known = [value for value in one_way if value]
    assert len(set(known)) > 1
    assert one_way == known + [""] * (len(one_way) - len(known))
    assert [value for value in other_way if value] == known[::-1]
    link = next(
        link["href"] or "" for link in page(desk, tri="contact").all("a") if f"tri={order}" in (link["href"] or "")
    )
    assert Outline(desk.get(link).text).all("th", **{"aria-sort": "descending" if order == "taille" else "ascending"})
