"""The roles of a takeover: a list a role, one chosen in each, their cases opened at once."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from api.open_data.reference_actors import load_reference_actors
from api.takeovers.roles.candidates import summary
from matcher.types import Role
from models.base import utc_now
from models.database import reading
from models.tables import BrokerageCase, Suggestion
from tests.support.accounts import account, signed_in
from tests.support.outline import Outline
from tests.support.world import ABSENT, Doors, demo_opportunity
from tests.web.desk.test_desk_pages import read

pytestmark = pytest.mark.slow

JOINERY, BAKERY, OPENING = (demo_opportunity(name) for name in ("r001", "r003", "m010"))


@pytest.fixture(scope="module")
def desk(doors: Doors) -> Iterator[TestClient]:
    load_reference_actors(doors.engine, now=utc_now())
    doors.settle()
    with signed_in(doors, account(doors.engine)) as client:
        yield client


def page_of(opportunity_id: str) -> str:
    return f"/opportunites/{opportunity_id}/reprise/roles"


def chosen(page: Outline) -> dict[str, str]:
    """Return the choices that the page makes beforehand, those that choose somebody."""
    ticked = [one for one in page.all("input", type="radio") if "checked" in one and one["value"]]
    return {str(one["name"]): str(one["value"]) for one in ticked}


def test_each_role_has_its_list_and_its_reasons(desk: TestClient) -> None:
    page = read(desk.get(page_of(JOINERY)))
    for title in ("Qui peut reprendre", "Du même métier", "Les salariés, en Scop ou en Scic", "Qui accompagne"):
        assert title in page.words
    assert "Qui finance" in page.words
    assert "Pourquoi" in page.words
    assert {one["name"] for one in page.all("input", type="radio")} >= {"reprendre", "accompagner", "financer"}


def test_one_is_chosen_in_each_role_and_their_cases_are_opened_at_once(desk: TestClient, doors: Doors) -> None:
    choices = chosen(read(desk.get(page_of(JOINERY))))
    assert choices.keys() == {"reprendre", "accompagner", "financer"}
    answer = read(desk.post(page_of(JOINERY), data=choices, follow_redirects=True))
    assert "Les dossiers sont ouverts" in answer.words
    with reading(doors.engine) as session:
        question = select(Suggestion.actor_id, BrokerageCase.origin).join(BrokerageCase)
        opened = dict(session.exec(question.where(Suggestion.opportunity_id == JOINERY)).all())
        roles = {one.actor_id: one.role for one in summary(session, JOINERY).candidates}
        missing = summary(session, JOINERY).missing
    assert opened == dict.fromkeys(choices.values(), "coalition")
    assert roles == {
        choices["reprendre"]: Role.TAKE_OVER,
        choices["accompagner"]: Role.ACCOMPANY,
        choices["financer"]: Role.FINANCE,
    }
    assert missing == []
    # Who is followed is not chosen again, and a second sending opens nothing.
    again = read(desk.get(page_of(JOINERY)))
    assert not set(chosen(again).values()) & set(choices.values())
    assert "il y avait déjà" in read(desk.post(page_of(JOINERY), data=choices, follow_redirects=True)).words


def test_a_bakery_is_offered_no_land_for_farms(desk: TestClient) -> None:
    page = read(desk.get(page_of(BAKERY)))
    assert "terres agricoles" not in page.words.lower()


def test_the_page_of_a_group_leads_to_the_roles_of_a_takeover(desk: TestClient) -> None:
    answer = desk.get(f"/opportunites/{BAKERY}/groupement", follow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (303, page_of(BAKERY))


@pytest.mark.parametrize(
    ("form", "code", "why"),
    [({}, 422, "au moins un acteur"), ({"reprendre": ABSENT}, 404, "n’existe pas")],
)
def test_what_cannot_be_opened_is_said(desk: TestClient, form: dict[str, str], code: int, why: str) -> None:
    assert why in read(desk.post(page_of(BAKERY), data=form), code).words


def test_a_market_has_no_roles(desk: TestClient) -> None:
    assert desk.get(page_of(OPENING)).status_code == 404
    assert desk.post(page_of(OPENING), data={"reprendre": ABSENT}).status_code == 404
