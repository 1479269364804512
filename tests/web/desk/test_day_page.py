"""« Ma journée »: what is new since the last visit, what is due this week, what waits; for the house alone."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update
from sqlmodel import select

from api.core.clock import PARIS, today_in_france
from api.core.french import weekday
from models.database import writing
from models.row_history import CardCorrection
from models.tables import Account, AccountSession, BrokerageCase, Opportunity
from tests.support.accounts import account, signed_in
from tests.support.outline import Outline
from tests.support.signed_in import open_partner
from tests.support.world import Doors, demo_actor, demo_opportunity

EMAIL = "journee@exemple.invalid"
MORNING = datetime.combine(today_in_france(), time(), PARIS)


@pytest.fixture(scope="module")
def desk(doors: Doors) -> Iterator[TestClient]:
    """Somebody who was last here yesterday at 17:40, when all that the world holds stood there already."""
    with signed_in(doors, account(doors.engine, EMAIL)) as client:
        with writing(doors.engine) as session:
            session.execute(update(Opportunity).values(created_at=MORNING - timedelta(days=9)))
            account_id = session.exec(select(Account.id).where(Account.email == EMAIL)).one()
            seen_at = MORNING - timedelta(hours=6, minutes=20)
            session.add(
                AccountSession(
                    id="former", account_id=account_id, created_at=seen_at, expires_at=seen_at, last_seen_at=seen_at
                )
            )
        yield client


def words(client: TestClient, path: str = "/") -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text[:500]
    return Outline(answer.text).words


def came(doors: Doors, title: str, days: int | None) -> str:
    """Add an opportunity whose deadline is in some days, and return its id."""
    deadline = (today_in_france() + timedelta(days)).isoformat() if days is not None else None
    answer = doors.facilitator.post(
        "/api/opportunities", json={"source_id": title, "title": title, "deadline": deadline}
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def section(page: str, title: str, following: str) -> str:
    return page.partition(title)[2].partition(following)[0]


def test_what_came_since_the_last_visit_is_new_and_what_stood_there_is_not(desk: TestClient, doors: Doors) -> None:
    came(doors, "Peinture de la crèche", 40)
    page = words(desk)
    assert "depuis votre dernière visite, hier à 17 h 40" in page.replace("\N{NO-BREAK SPACE}", " ")
    new = section(page, "Nouveau", "Cette semaine")
    assert "1 opportunité nouvelle" in new.replace("\N{NO-BREAK SPACE}", " ")
    assert "Peinture de la crèche" in new
    listed = Outline(desk.get(f"/opportunites?depuis={today_in_france().isoformat()}").text).words
    assert "Peinture de la crèche" in listed
    assert "1 opportunité ouverte" in listed.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("since", ["", "hier", "0001-01-01", "9999-12-31", "٢٠٢٦-11-28"])
def test_a_day_that_is_none_filters_nothing(desk: TestClient, since: str) -> None:
    assert "arrivées depuis" not in words(desk, f"/opportunites?depuis={since}")


def test_deadlines_of_this_week_are_today_and_six_days_after(desk: TestClient, doors: Doors) -> None:
    for days in (-1, 0, 6, 7):
        came(doors, f"Échéance à {days} jours", days)
    week = section(words(desk), "Cette semaine", "Ce qui m’attend")
    assert [days for days in (-1, 0, 6, 7) if f"Échéance à {days} jours" in week] == [0, 6]


def test_a_case_whose_reminder_is_due_waits_for_who_is_in_charge(desk: TestClient, doors: Doors) -> None:
    suggestion = doors.ask({"opportunity_id": demo_opportunity("m001")})[0]["suggestions"][0]["id"]
    case = desk.post("/dossiers", data={"suggestion": suggestion}, follow_redirects=False).headers["location"]
    assert case not in desk.get("/").text
    with writing(doors.engine) as session:
        session.get_one(BrokerageCase, case.rpartition("/")[2]).remind_on = today_in_france() - timedelta(days=2)
    page = desk.get("/").text
    assert case in page
    assert "il y a 2" in page
    with signed_in(doors, account(doors.engine, "autre@exemple.invalid")) as colleague:
        assert case not in colleague.get("/").text


def test_a_need_whose_cases_were_all_refused_stands_apart_until_another_is_opened(
    desk: TestClient, doors: Doors
) -> None:
    opportunity_id = came(doors, "Élagage du parc de la mairie", 50)
    first, second = doors.ask({"opportunity_id": opportunity_id})[0]["suggestions"][:2]

    def opened(suggestion_id: str) -> str:
        answer = desk.post("/dossiers", data={"suggestion": suggestion_id}, follow_redirects=False)
        return str(answer.headers["location"])

    address = opened(first["id"])
    assert "tous ont refusés" not in words(desk)
    refusal = {"version": "1", "vers": "refused", "raison": ["too_far"]}
    assert desk.post(address, data=refusal, follow_redirects=False).status_code == 303
    assert "Élagage du parc de la mairie" in words(desk).partition("tous ont refusés")[2]
    opened(second["id"])
    assert "tous ont refusés" not in words(desk)


def test_a_first_visit_says_since_when(doors: Doors) -> None:
    with signed_in(doors, account(doors.engine, "premiere@exemple.invalid")) as newcomer:
        page = words(newcomer)
    assert "votre dernière visite" not in page
    assert "Nouveau depuis" in page


def test_a_deadline_that_moved_says_from_when_to_when_and_one_that_moved_back_says_nothing(
    desk: TestClient, doors: Doors
) -> None:
    moved, moved_back = came(doors, "Curage des fossés", 20), came(doors, "Balayage des rues", 20)
    for opportunity_id, days in ((moved, 22), (moved, 25), (moved_back, 30), (moved_back, 20)):
        deadline = (today_in_france() + timedelta(days)).isoformat()
        answer = doors.facilitator.patch(f"/api/opportunities/{opportunity_id}", json={"deadline": deadline})
        assert answer.status_code == 200, answer.text
    changed = section(words(desk), "Échéances changées", "Cette semaine")
    before, after = (weekday(today_in_france() + timedelta(days)) for days in (20, 25))
    assert f"échéance : {after}, au lieu de {before}" in changed.replace("\N{NO-BREAK SPACE}", " ")
    assert "Balayage" not in changed


def test_a_takeover_whose_calendar_moves_stands_apart(desk: TestClient, doors: Doors) -> None:
    transfer_on = (today_in_france() + timedelta(45)).isoformat()
    case = demo_opportunity("r001")
    answer = doors.facilitator.patch(f"/api/opportunities/{case}", json={"takeover": {"transfer_on": transfer_on}})
    assert answer.status_code == 200, answer.text
    assert "cession" in section(words(desk), "Reprises : ce qui a bougé", "Cette semaine")


def test_what_a_partner_asks_to_correct_waits_for_the_house(desk: TestClient, doors: Doors) -> None:
    actor_id = demo_actor("a001", "00017926700026")
    partner_id = open_partner(doors.engine, "partenaire@exemple.invalid", actor_id)
    with writing(doors.engine) as session:
        changes = {"name": ["Ancien nom", "Nouveau nom"]}
        session.add(CardCorrection(id="correction", actor_id=actor_id, account_id=partner_id, changes=changes))
    page = desk.get("/").text.partition("Corrections de partenaires à valider")[2]
    assert f"/acteurs/{actor_id}" in page


def test_the_rows_that_she_handled_last_stand_there_with_their_correction(desk: TestClient, doors: Doors) -> None:
    handled = came(doors, "Peinture du gymnase", 40)
    assert f"/opportunites/{handled}/corriger" not in desk.get("/").text
    desk.post(f"/opportunites/{handled}/axe", data={"axe": "2"})
    assert f"/opportunites/{handled}/corriger" in desk.get("/").text
    # What is in the archive is no longer at hand.
    desk.post(f"/opportunites/{handled}/archives", data={"choix": "archiver"})
    assert f"/opportunites/{handled}/corriger" not in desk.get("/").text
