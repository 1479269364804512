"""Saved views: a list as somebody narrowed it, kept under a name, of each account its own."""

from collections.abc import Iterator
from urllib.parse import parse_qsl

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete
from sqlmodel import select

from api.accounts.saved_views import MOST_VIEWS, NAME_LENGTH
from api.catalogue.places.places_in_text import Gazetteer
from api.core.clock import today_in_france
from api.web.desk.opportunity_filters import OpportunityQuery, read_filters
from models.database import reading, writing
from models.tables import SavedView
from tests.support.accounts import account, signed_in
from tests.support.outline import Outline
from tests.support.world import Doors

EMAIL = "vues@exemple.invalid"


@pytest.fixture(scope="module")
def desk(doors: Doors) -> Iterator[TestClient]:
    with signed_in(doors, account(doors.engine, EMAIL)) as client:
        yield client


@pytest.fixture(autouse=True)
def no_views(doors: Doors) -> None:
    with writing(doors.engine) as session:
        session.execute(delete(SavedView))


def views(doors: Doors) -> dict[str, SavedView]:
    with reading(doors.engine) as session:
        return {view.id: view for view in session.exec(select(SavedView)).all()}


def saved(
    desk: TestClient, name: str = "Mes marchés", query: str = "type=market&axe=2", **form: str
) -> tuple[int, Outline]:
    data = {"liste": "opportunites", "filtres": query, "nom": name} | form
    answer = desk.post("/vues", data=data, follow_redirects=True)
    return answer.status_code, Outline(answer.text)


def test_a_view_is_saved_from_the_list_as_it_stands_and_is_a_link_above_it(desk: TestClient) -> None:
    before = Outline(desk.get("/opportunites?axe=2&type=market").text)
    (sent,) = [field["value"] for field in before.all("input", name="filtres")]
    status, page = saved(desk, query=sent or "")
    assert status == 200
    assert "La vue est enregistrée" in page.words
    assert page.all("a", href="/opportunites?type=market&axe=2", **{"aria-current": "true"})
    # What is saved already is not offered again; nor is what filters nothing.
    assert not page.all("input", name="filtres")
    plain = Outline(desk.get("/opportunites").text)
    assert plain.all("a", href="/opportunites?type=market&axe=2")
    assert not plain.all("input", name="filtres")


def test_the_list_of_actors_has_views_of_its_own(desk: TestClient) -> None:
    saved(desk, "Mes acteurs", "rayon=10&lieu=Crest&taille=10-a-49&tri=-taille", liste="acteurs")
    kept = "/acteurs?lieu=Crest&rayon=10&taille=10-a-49&tri=-taille"
    assert Outline(desk.get("/acteurs").text).all("a", href=kept)
    assert "Mes acteurs" not in desk.get("/opportunites").text
    # A radius about no place that is known is no filter, nor is the place.
    saved(desk, "Ailleurs", "lieu=Nulleparville&rayon=10&metier=couvreur", liste="acteurs")
    assert Outline(desk.get("/acteurs").text).all("a", href="/acteurs?metier=couvreur")


def test_a_view_is_renamed_and_removed_and_the_page_says_so(desk: TestClient, doors: Doors) -> None:
    saved(desk)
    (view_id,) = views(doors)
    renamed = desk.post(f"/vues/{view_id}", data={"acte": "renommer", "nom": " Axe   deux "}, follow_redirects=True)
    assert "La vue est renommée." in Outline(renamed.text).words
    assert views(doors)[view_id].name == "Axe deux"
    removed = desk.post(f"/vues/{view_id}", data={"acte": "retirer"}, follow_redirects=True)
    assert "La vue est retirée." in Outline(removed.text).words
    assert views(doors) == {}
    assert "Aucune vue pour l’instant" in Outline(removed.text).words


@pytest.mark.parametrize(
    ("name", "status", "why"),
    [
        ("", 422, "Donnez un nom à cette vue."),
        ("n" * (NAME_LENGTH + 1), 422, f"{NAME_LENGTH} caractères au plus."),
        ("MES MARCHÉS", 409, "Vous avez déjà une vue de ce nom pour cette liste."),
    ],
)
def test_a_name_that_is_refused_is_said_beside_it_and_nothing_typed_is_lost(
    desk: TestClient, doors: Doors, name: str, status: int, why: str
) -> None:
    saved(desk)
    answered, page = saved(desk, name, "montant_min=5000")
    assert answered == status
    assert why in page.words
    assert page.all("input", id="vue-nom", value=name, **{"aria-invalid": "true"})
    assert page.all("input", name="filtres", value="montant_min=5000")
    view_id = next(iter(views(doors)))
    if status == 422:
        answer = desk.post(f"/vues/{view_id}", data={"acte": "renommer", "nom": name})
        assert answer.status_code == 422
        assert why in Outline(answer.text).words
    assert [view.name for view in views(doors).values()] == ["Mes marchés"]


def test_nobody_reads_or_changes_the_views_of_another(desk: TestClient, doors: Doors) -> None:
    saved(desk)
    (view_id,) = views(doors)
    with signed_in(doors, account(doors.engine, "voisine@exemple.invalid")) as other:
        assert "Mes marchés" not in other.get("/vues").text
        assert "Mes marchés" not in other.get("/opportunites").text
        for act in ("retirer", "renommer"):
            assert other.post(f"/vues/{view_id}", data={"acte": act, "nom": "Autre"}).status_code == 404
        assert saved(other)[0] == 200  # the same name is free for another account
        for own in [view for view in views(doors).values() if view.id != view_id]:
            other.post(f"/vues/{own.id}", data={"acte": "retirer"})
    assert views(doors)[view_id].name == "Mes marchés"


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"liste": "archives"}, 422),
        ({"filtres": ""}, 422),
        ({"filtres": "tri=rien&type=autre&inconnu=1"}, 422),
        ({"filtres": f"texte={'€' * 100}&acheteur={'€' * 100}&departement={'€' * 60}&source={'€' * 60}"}, 422),
        ({"filtres": "texte=" + "a" * 200}, 422),
        ({"filtres": "&".join(f"x{number}=1" for number in range(60))}, 422),
    ],
)
def test_what_is_no_list_or_filters_nothing_is_not_saved(
    desk: TestClient, doors: Doors, fields: dict[str, str], status: int
) -> None:
    answered, page = saved(desk, **fields)
    assert answered == status
    assert ("trop longs pour une vue" in page.words) == ("€" in fields.get("filtres", ""))
    assert views(doors) == {}


def test_an_account_has_so_many_views_of_a_list_at_most(desk: TestClient, doors: Doors) -> None:
    for number in range(MOST_VIEWS):
        assert saved(desk, f"Vue {number}")[0] == 200
    status, page = saved(desk, "Une de trop")
    assert status == 409
    assert f"Vous avez déjà {MOST_VIEWS} vues" in page.words
    assert len(views(doors)) == MOST_VIEWS


VALUES = st.one_of(
    st.sampled_from(["", "oui", "non", "market", "7", "2", "-montant", "moi", "45 000", "2026-11-29", "siae"]),
    st.text("aé09 &=%+/-.€", max_size=12),
)


@given(st.dictionaries(st.sampled_from(list(OpportunityQuery.model_fields)), VALUES))
def test_a_kept_query_is_read_as_it_was_and_kept_the_same(typed: dict[str, str]) -> None:
    nowhere, today = Gazetteer((), ()), today_in_france()
    chosen, filters = read_filters(OpportunityQuery(**typed), nowhere, today)
    again, same_filters = read_filters(OpportunityQuery(**dict(parse_qsl(chosen.kept_query))), nowhere, today)
    assert again.kept_query == chosen.kept_query
    assert again.problems == {}
    assert same_filters == filters
