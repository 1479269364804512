"""Calls, mails, visits and notes through the door: noted in one click, read on one timeline, taken back."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from api.core.clock import today_in_france
from models.base import utc_now
from models.database import reading, writing
from models.tables import BrokerageCase, Contact, Interaction
from tests.support.accounts import account, signed_in
from tests.support.outline import Outline
from tests.support.world import ABSENT, Doors, demo_actor, demo_opportunity
from tests.web.desk.test_cases import fresh
from tests.web.desk.test_desk_pages import HOSTILE, read

pytestmark = pytest.mark.slow

OPENING, CASE = demo_opportunity("m001"), demo_opportunity("r001")
GARDENERS = demo_actor("a001", "00017926700026")
WITHOUT_CONTACTS = demo_actor("a024", "00000063800015")
ON_ACTOR = {"page": "acteur", "acteur": GARDENERS}


@pytest.fixture(scope="module")
def desk(doors: Doors) -> Iterator[TestClient]:
    with signed_in(doors, account(doors.engine)) as client:
        yield client


@pytest.fixture(scope="module")
def other(doors: Doors, desk: TestClient) -> Iterator[TestClient]:  # noqa: ARG001 (its account is the first)
    with signed_in(doors, account(doors.engine, "autre@exemple.invalid")) as client:
        yield client


@pytest.fixture(scope="module")
def contact(doors: Doors) -> str:
    with writing(doors.engine) as session:
        session.add(
            Contact(
                id="c1", actor_id=GARDENERS, name="Dominique Essai", role="gérance", phone="+33465710001",
                source="essai", lawful_basis="legitimate_interest", retained_until=today_in_france(),
            )
        )  # fmt: skip
    return "c1"


def noted(desk: TestClient, **form: str) -> Outline:
    """Note an act, and return the page on which the visitor lands."""
    return read(desk.post("/echanges", data=form, follow_redirects=True))


def stored(doors: Doors) -> list[Interaction]:
    with reading(doors.engine) as session:
        return list(session.exec(select(Interaction)).all())


def timeline(page: Outline) -> str:
    return page.words.partition("Historique")[2]


@pytest.mark.parametrize(("button", "said"), [("call", "Appel"), ("mail", "Mail"), ("visit", "Visite")])
def test_one_click_notes_an_act_on_an_actor_and_the_page_says_so(desk: TestClient, button: str, said: str) -> None:
    """The form is sent as it stands, with one of its buttons."""
    form = read(desk.get(f"/acteurs/{GARDENERS}"))
    assert form.all("button", name="geste", value=button)
    page = noted(desk, **ON_ACTOR, geste=button, note="", jour=today_in_france().isoformat())
    assert f"{said} est noté" in page.words.replace("L’appel", "Appel").replace("Le mail", "Mail").replace("La v", "V")
    assert said in timeline(page)
    assert "Camille Exemple" in timeline(page)


def test_a_note_stands_on_the_timelines_of_actor_opportunity_and_case(desk: TestClient, doors: Doors) -> None:
    case = fresh(desk)
    words = "Rappeler après les <b>congés</b>"
    page = noted(desk, page="dossier", dossier=case.rpartition("/")[2], geste="note", note=words)
    assert "La note est enregistrée" in page.words
    assert words in timeline(page)
    (kept,) = [one for one in stored(doors) if one.text == words]
    for path in (f"/acteurs/{kept.actor_id}", f"/opportunites/{kept.opportunity_id}"):
        assert words in timeline(read(desk.get(path)))


def test_what_is_noted_of_a_pair_stands_in_their_case(desk: TestClient, doors: Doors) -> None:
    """A call noted on a line of the opportunity's list is read in the case of that actor."""
    case = fresh(desk)
    noted(desk, page="dossier", dossier=case.rpartition("/")[2], geste="call", note="premier")
    actor = next(one.actor_id for one in stored(doors) if one.text == "premier")
    assert actor
    page = noted(desk, page="opportunite", opportunite=OPENING, acteur=actor, geste="call", note="deuxième")
    assert "L’appel est noté" in page.words
    words = timeline(read(desk.get(case)))
    assert words.index("deuxième") < words.index("premier") < words.index("dossier ouvert")


def test_an_act_is_noted_with_whom_and_on_which_day(desk: TestClient, contact: str) -> None:
    page = noted(
        desk, **ON_ACTOR, geste="visit", contact=contact, note="atelier vu",
        jour=(today_in_france() - timedelta(days=400)).isoformat(),
    )  # fmt: skip
    assert "Visite – Dominique Essai" in timeline(page)
    assert page.words.index("Appel") < page.words.rindex("atelier vu")


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ({"geste": "note", "note": "  "}, "Écrivez la note"),
        ({"geste": ""}, "Choisissez ce que vous notez"),
        ({"geste": "reply"}, "Choisissez ce que vous notez"),
        ({"geste": "call", "jour": "2999-01-01"}, "ce jour est à venir"),
        ({"geste": "call", "jour": "1999-01-01"}, "trop ancien"),
        ({"geste": "call", "jour": "demain"}, "date attendue"),
        ({"geste": "call", "contact": ABSENT}, "plus parmi les contacts"),
        ({"geste": "call", "note": "x" * 2001}, "2 000 caractères au plus"),
    ],
)
def test_a_form_with_a_mistake_says_it_beside_the_field_and_loses_nothing(
    desk: TestClient, doors: Doors, form: dict[str, str], why: str
) -> None:
    before = len(stored(doors))
    given = {"note": "à ne pas perdre"} | form
    answer = desk.post("/echanges", data=ON_ACTOR | given)
    page = read(answer, 422)
    assert why.lower() in page.words.lower()
    assert given["note"].strip() in page.text
    assert page.all("input", name="acteur", value=GARDENERS)
    assert len(stored(doors)) == before


def test_whoever_was_the_only_contact_is_told_to_be_gone(desk: TestClient) -> None:
    alone = {"page": "acteur", "acteur": WITHOUT_CONTACTS, "geste": "call", "contact": ABSENT}
    page = read(desk.post("/echanges", data=alone), 422)
    assert not page.all("select", name="contact")
    assert "plus parmi les contacts" in page.words


def test_a_mis_click_is_taken_back_by_whoever_made_it(desk: TestClient, other: TestClient, doors: Doors) -> None:
    page = noted(desk, **ON_ACTOR, geste="call", note="mauvaise fiche")
    (kept,) = [one for one in stored(doors) if one.text == "mauvaise fiche"]
    back = f"/echanges/{kept.id}/retirer"
    assert page.all("form", action=back)
    assert not read(other.get(f"/acteurs/{GARDENERS}")).all("form", action=back)
    read(other.post(back, data=ON_ACTOR), 403)
    after = read(desk.post(back, data=ON_ACTOR, follow_redirects=True))
    assert "L’échange est retiré" in after.words
    assert "mauvaise fiche" not in after.words
    read(desk.post(back, data=ON_ACTOR), 404)


def test_an_act_on_nothing_that_exists_is_refused(desk: TestClient, doors: Doors) -> None:
    before = len(stored(doors))
    read(desk.post("/echanges", data={"page": "acteur", "acteur": ABSENT, "geste": "call"}), 404)
    read(desk.post("/echanges", data={"page": "opportunite", "opportunite": ABSENT, "geste": "call"}), 404)
    read(desk.post("/echanges", data={"page": "dossier", "dossier": ABSENT, "geste": "call"}), 404)
    read(desk.post("/echanges", data={"page": "bureau", "geste": "call"}), 422)
    assert len(stored(doors)) == before


def test_a_case_that_somebody_worked_on_is_not_quiet(desk: TestClient, doors: Doors) -> None:
    case = fresh(desk)
    before = utc_now()
    noted(desk, page="dossier", dossier=case.rpartition("/")[2], geste="call")
    with reading(doors.engine) as session:
        assert session.get_one(BrokerageCase, case.rpartition("/")[2]).touched_at >= before


def test_a_hostile_note_is_text(desk: TestClient) -> None:
    page = noted(desk, **ON_ACTOR, geste="note", note=HOSTILE)
    assert not page.all("script")
    assert HOSTILE in page.words
