"""Facilitators subscribe partners and rate for them; what clients and errors never tell is who they are."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from api.mailing.links import Purpose
from api.web.json_api import ratings, subscriptions
from models.database import reading, writing
from models.tables import OutboxMessage, Partner, Rating
from tests.support.world import ABSENT, Doors, demo_actor, demo_opportunity

pytestmark = pytest.mark.slow

GARDENERS = demo_actor("a001", "00017926700026")
OPENING = demo_opportunity("m001")
ROOT = Path(__file__).parents[3]
THREADS, TURNS = 16, 20


def subscribed(doors: Doors, email: str = "camille@exemple.invalid", **wishes: Any) -> dict[str, Any]:
    answer = doors.facilitator.post("/api/subscriptions", json={"email": email, "actor_id": GARDENERS} | wishes)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def suggestion(doors: Doors) -> str:
    found: str = doors.ask({"opportunity_id": OPENING, "k": 1})[0]["suggestions"][0]["id"]
    return found


def test_a_subscription_is_added_read_changed_and_removed(doors: Doors) -> None:
    added = subscribed(doors, " Camille@Exemple.invalid", frequency="weekly", weekday=1, label="Camille")
    assert added["email"] == "camille@exemple.invalid"
    assert added["confirmed_at"] is None
    assert added["partner_status"] == "pending"
    assert added["actor_name"]
    path = f"/api/subscriptions/{added['id']}"
    changed = doors.facilitator.patch(path, json={"frequency": "paused", "departments": ["7"]}).json()
    assert (changed["frequency"], changed["weekday"], changed["departments"]) == ("paused", 1, ["07"])
    assert subscribed(doors)["id"] == added["id"]
    by_partner = doors.facilitator.get("/api/subscriptions", params={"partner_id": added["partner_id"]}).json()
    assert [one["id"] for one in by_partner["subscriptions"]] == [added["id"]]
    assert doors.facilitator.delete(path).json()["id"] == added["id"]
    assert doors.facilitator.delete(path).status_code == 404
    assert doors.facilitator.patch(path, json={}).status_code == 404
    by_partner = doors.facilitator.get("/api/subscriptions", params={"partner_id": added["partner_id"]}).json()
    assert by_partner == {"subscriptions": [], "next": None}


def test_what_is_asked_through_the_api_is_confirmed_by_the_link_in_the_mail(doors: Doors) -> None:
    added = subscribed(doors, "alex@exemple.invalid")
    with reading(doors.engine) as session:
        mail = session.exec(select(OutboxMessage).where(OutboxMessage.about == added["id"])).one()
    path = "/confirmer/" + mail.text.partition("/confirmer/")[2].split()[0]
    assert doors.anonymous.get(path).status_code == 200
    assert doors.anonymous.post(path).status_code == 200
    row = doors.facilitator.get("/api/subscriptions", params={"partner_id": added["partner_id"]}).json()
    assert row["subscriptions"][0]["confirmed_at"]
    assert row["subscriptions"][0]["partner_status"] == "active"


def test_long_lists_come_in_pages(doors: Doors) -> None:
    for number in range(5):
        subscribed(doors, f"page{number}@exemple.invalid")
    seen: list[str] = []
    after = ""
    while True:
        page = doors.facilitator.get("/api/subscriptions", params={"limit": 2, "after": after}).json()
        seen += [one["id"] for one in page["subscriptions"]]
        if not page["next"]:
            break
        after = page["next"]
    assert len(seen) == len(set(seen)) >= 5
    assert seen == sorted(seen)


def test_the_lowest_section_is_wished_by_name_and_a_number_of_before_still_names_it(doors: Doors) -> None:
    def wish(**wishes: Any) -> tuple[str, float]:
        row = subscribed(doors, "seuil@exemple.invalid", **wishes)
        return row["least"], row["threshold"]

    assert wish() == ("to_study", 0.2)
    assert wish(least="call_first") == ("call_first", 0.7)
    assert [wish(threshold=number) for number in (0, 0.2, 0.45, 0.5, 0.7, 1)] == [
        ("to_study", 0.2),
        ("to_study", 0.2),
        ("good_lead", 0.45),
        ("good_lead", 0.45),
        ("call_first", 0.7),
        ("call_first", 0.7),
    ]
    assert wish(least="good_lead", threshold=0.9) == ("good_lead", 0.45)
    path = f"/api/subscriptions/{subscribed(doors, 'seuil@exemple.invalid', least='call_first')['id']}"
    for changes, expected in (
        ({"most": 3}, "call_first"),
        ({"threshold": 0.3}, "to_study"),
        ({"least": "good_lead"}, "good_lead"),
    ):
        assert doors.facilitator.patch(path, json=changes).json()["least"] == expected
    for wrong in ({"least": "unlikely"}, {"least": "0.5"}, {"threshold": 1.5}, {"threshold": -0.1}):
        assert doors.facilitator.patch(path, json=wrong).status_code == 422


def test_the_curl_examples_of_the_night_are_taken(doors: Doors) -> None:
    document = (ROOT / "docs/night.md").read_text("utf-8")
    bodies = re.findall(r"curl [^\n]*\n\s*-d '([^']+)' [^\n]*/api/subscriptions$", document, re.MULTILINE)
    assert bodies
    for body in bodies:
        answer = doors.facilitator.post("/api/subscriptions", json=json.loads(body))
        assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("example", [one["value"] for one in subscriptions.EXAMPLES.values()])
def test_the_documented_subscriptions_are_taken(doors: Doors, example: dict[str, Any]) -> None:
    body = example | ({"actor_id": GARDENERS} if "actor_id" in example else {})
    assert doors.facilitator.post("/api/subscriptions", json=body).status_code == 201


@pytest.mark.parametrize("example", [one["value"] for one in ratings.EXAMPLES.values()])
def test_the_documented_ratings_are_taken(doors: Doors, example: dict[str, Any]) -> None:
    partner_id = subscribed(doors)["partner_id"]
    body = example | {"partner_id": partner_id, "suggestion_id": suggestion(doors)}
    answer = doors.facilitator.post("/api/ratings", json=body)
    assert answer.status_code == 201, answer.text


def test_what_a_partner_says_on_the_telephone_is_noted_with_its_history(doors: Doors) -> None:
    partner_id, about = subscribed(doors, "telephone@exemple.invalid")["partner_id"], suggestion(doors)
    for interest in (2, 2, 0):
        body = {"partner_id": partner_id, "suggestion_id": about, "interest": interest}
        assert doors.facilitator.post("/api/ratings", json=body).status_code == 201
    for history, expected in (("false", [0]), ("true", [2, 0])):
        told = doors.facilitator.get("/api/ratings", params={"suggestion_id": about, "history": history})
        mine = [one["interest"] for one in told.json()["ratings"] if one["partner_id"] == partner_id]
        assert mine == expected
        assert "exemple.invalid" not in told.text


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("subscriptions", {"email": "canari(at)exemple.invalid", "search": "tonte"}, "email"),
        ("subscriptions", {"email": "canari@exemple.invalid"}, "corps"),
        ("subscriptions", {"email": "canari@exemple.invalid", "search": "tonte", "most": 0}, "most"),
        ("subscriptions", {"email": "canari@exemple.invalid", "search": "tonte", "weekday": 9}, "weekday"),
        ("subscriptions", {"email": ["canari@exemple.invalid"], "search": "tonte"}, "email"),
        ("subscriptions", {"email": "canari@exemple.invalid", "canari": 1}, "canari"),
        ("ratings", {"partner_id": ABSENT, "suggestion_id": ABSENT}, "interest"),
        ("ratings", {"partner_id": ABSENT, "suggestion_id": ABSENT, "interest": 4}, "interest"),
        ("ratings", {"partner_id": ABSENT, "suggestion_id": ABSENT, "interest": 0, "reasons": ["no"]}, "reasons.0"),
        ("ratings", {"partner_id": ABSENT, "suggestion_id": ABSENT, "retained": True, "answered": False}, "retained"),
    ],
)
def test_what_is_wrong_is_named_and_no_address_repeated(
    doors: Doors, path: str, body: dict[str, Any], field: str
) -> None:
    answer = doors.facilitator.post(f"/api/{path}", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert field in [one["field"] for one in answer.json()["errors"]]
    assert "exemple.invalid" not in answer.text


def test_unknown_partners_and_suggestions_are_not_rated(doors: Doors) -> None:
    known = {"partner_id": subscribed(doors)["partner_id"], "suggestion_id": suggestion(doors), "interest": 1}
    for name in ("partner_id", "suggestion_id"):
        assert doors.facilitator.post("/api/ratings", json=known | {name: ABSENT}).status_code == 404
    assert doors.facilitator.get("/api/ratings", params={"suggestion_id": ABSENT}).status_code == 404


def test_many_who_rate_at_once_lose_nothing(doors: Doors) -> None:
    """Sixteen threads through the pages, two for each partner, so that pairs of them write over each other."""
    about = suggestion(doors)
    signer = doors.app.state.signers.newest()
    partners = [f"partner-{number}" for number in range(THREADS // 2)]
    with writing(doors.engine) as session:
        session.add_all(Partner(id=one, email=f"{one}@exemple.invalid", status="active") for one in partners)

    def speak(thread: int) -> list[int]:
        partner = partners[thread % len(partners)]
        path = f"/avis/{signer.sign(Purpose.ANSWER, p=partner, s=about)}"
        return [
            doors.anonymous.post(
                path, data={"interet": "2", "commentaire": f"{thread}.{turn}"}, follow_redirects=False
            ).status_code
            for turn in range(TURNS)
        ]

    with ThreadPoolExecutor(THREADS) as pool:
        statuses = [status for told in pool.map(speak, range(THREADS)) for status in told]
    assert statuses == [303] * THREADS * TURNS
    with reading(doors.engine) as session:
        kept = session.exec(select(Rating).where(Rating.suggestion_id == about)).all()
    for number, partner in enumerate(partners):
        mine = [one for one in kept if one.partner_id == partner]
        expected = [f"{thread}.{turn}" for thread in (number, number + len(partners)) for turn in range(TURNS)]
        assert sorted(one.comment for one in mine) == sorted(expected)
        assert sum(one.superseded_at is None for one in mine) == 1
