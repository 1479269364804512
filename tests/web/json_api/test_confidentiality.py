"""To a client, a confidential case does not exist: every answer is the same bytes whether there is one or not."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import delete
from sqlmodel import col, select

from matcher.embedding import Encoder
from models.database import open_database, reading, writing
from models.tables import Actor, Lot, Membership, Opportunity, TakeoverCase
from tests.support.databases import copy_database, url_of
from tests.support.publishing import make_public
from tests.support.world import ABSENT, Doors, demo_actor, demo_opportunity, opened_doors

pytestmark = pytest.mark.slow

OPENING, OPENING_WITH_LOTS, CASE = demo_opportunity("m001"), demo_opportunity("m002"), demo_opportunity("r001")
GARDENERS = demo_actor("a001", "00017926700026")
TEXTS = (
    "Tonte des espaces verts à Crest",
    "Reprise de la menuiserie Bessolière par ses salariés",
    "usinage de précision",
)

# Confidential actors beside every public one: a group that would rank first in a takeover, a cooperative in a market,
# members whose skills their network would carry, and a market that is nobody's business.
SECRET_ACTORS: list[dict[str, Any]] = [
    {
        "source_id": "groupe-1",
        "name": "Salariés de la menuiserie Bessolière",
        "kind": "employee_group",
        "activities": ["tonte et entretien d’espaces verts", "menuiserie bois", "usinage de précision"],
        "naf": [{"code": "81.30Z"}],
        "commune_code": "26108",
        "seeks": ["markets", "acquisitions"],
        "member_of": ["a095"],
    },
    {
        "source_id": "groupe-2",
        "name": "Salariés d’un atelier qui n’a pas encore parlé",
        "kind": "employee_group",
        "naf": [{"code": "25.62B"}],
        "commune_code": "07010",
    },
    {
        "source_id": "discret-1",
        "name": "Conseil en cession discret",
        "kind": "scop",
        "activities": ["cartographie numérique", "tonte des espaces verts", "usinage de précision"],
        "naf": [{"code": "81.30Z"}, {"code": "25.62B"}],
        "commune_code": "26108",
        "confidential": True,
        "member_of": ["a095"],
    },
]
SECRET_OPPORTUNITY = {
    "source_id": "discret-2",
    "title": "Entretien d’espaces verts d’un site en cours de cession",
    "commune_code": "26108",
    "confidential": True,
    "lots": [{"number": "1", "title": "Tonte"}, {"number": "2", "title": "Taille de haies"}],
}


@pytest.fixture(scope="module")
def with_secrets(world_database: Path, encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    """The invented world with its takeover cases and its groups of employees, and the secrets above."""
    path = copy_database(world_database, tmp_path_factory.mktemp("secret") / "world.db")
    with opened_doors(path, encoder) as opened:
        for actor in SECRET_ACTORS:
            answer = opened.facilitator.post("/api/actors", json=actor | {"source": "demo"})
            assert answer.status_code == 201, answer.text
            assert answer.json()["confidential"]
        answer = opened.facilitator.post("/api/opportunities", json=SECRET_OPPORTUNITY)
        assert answer.status_code == 201, answer.text
        yield opened


@pytest.fixture(scope="module")
def without(world_database: Path, encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    """The same world in which no confidential thing ever was."""
    path = copy_database(world_database, tmp_path_factory.mktemp("public") / "world.db")
    engine = open_database(url_of(path))
    with writing(engine) as session:
        hidden = select(Opportunity.id).where(col(Opportunity.confidential))
        session.execute(delete(TakeoverCase).where(col(TakeoverCase.opportunity_id).in_(hidden)))
        session.execute(delete(Lot).where(col(Lot.opportunity_id).in_(hidden)))
        session.execute(delete(Opportunity).where(col(Opportunity.confidential)))
        groups = select(Actor.id).where(col(Actor.confidential))
        session.execute(delete(Membership).where(col(Membership.member_id).in_(groups)))
        session.execute(delete(Actor).where(col(Actor.confidential)))
    engine.dispose()
    with opened_doors(path, encoder) as opened:
        yield opened


@pytest.fixture(autouse=True)
def busy_facilitator(with_secrets: Doors, without: Doors) -> None:
    """The facilitator works in both worlds, and sees secrets in one: what she was shown must not show either."""
    for doors in (with_secrets, without):
        for question in ({"opportunity_id": OPENING, "k": 100}, {"text": TEXTS[0], "k": 100}):
            doors.ask(question)


def same(with_secrets: Doors, without: Doors, method: str, path: str, **options: Any) -> httpx2.Response:
    """Ask both worlds as a client, and return the answer that both give: status, headers and bytes."""
    answers = [doors.client.request(method, path, **options) for doors in (with_secrets, without)]
    facts = [(answer.status_code, sorted(answer.headers.items()), _untimed(answer.content)) for answer in answers]
    assert facts[0] == facts[1], path
    return answers[0]


def _untimed(content: bytes) -> bytes:
    """Leave out the moment at which a list was shown: the two worlds were asked one after the other."""
    return re.sub(rb'("shown_at":)"[^"]*"', rb"\1", content)


def public_ids(doors: Doors, table: type[Actor] | type[Opportunity]) -> list[str]:
    with reading(doors.engine) as session:
        return list(session.exec(select(table.id).order_by(table.id)).all())


def secret_ids(doors: Doors) -> dict[str, list[str]]:
    with reading(doors.engine) as session:
        opportunities = list(session.exec(select(Opportunity.id).where(col(Opportunity.confidential))).all())
        return {
            "actors": list(session.exec(select(Actor.id).where(col(Actor.confidential))).all()),
            "opportunities": opportunities,
            "lots": list(session.exec(select(Lot.id).where(col(Lot.opportunity_id).in_(opportunities))).all()),
        }


def test_there_are_secrets_to_keep(with_secrets: Doors, without: Doors) -> None:
    """Else the tests below would prove nothing: the facilitator sees secrets, and at the first ranks."""
    assert {kind: len(found) for kind, found in secret_ids(with_secrets).items()} == {
        "actors": 7,
        "opportunities": 22,
        "lots": 2,
    }
    assert not any(secret_ids(without).values())
    secrets, best = set(secret_ids(with_secrets)["actors"]), []
    for text in TEXTS:
        (seen,), (public,) = (world.ask({"text": text, "k": 100}) for world in (with_secrets, without))
        assert seen["suggestions"] != public["suggestions"], text
        assert seen["considered"] == public["considered"] + 7
        shown = [{entry["candidate"]["id"], (entry["via_member"] or {}).get("id")} for entry in seen["suggestions"]]
        best.append(next((rank for rank, ids in enumerate(shown, 1) if ids & secrets), None))
    assert best[0] is not None
    assert best[0] <= 3, best


def test_every_list_and_every_file_is_the_same(with_secrets: Doors, without: Doors) -> None:
    for kind, table in (("actors", Actor), ("opportunities", Opportunity)):
        after: str | None = ""
        pages = 0
        while after is not None:
            page = same(with_secrets, without, "GET", f"/api/{kind}", params={"after": after, "limit": 20}).json()
            after, pages = page["next"], pages + 1
        assert pages > 2
        for found in public_ids(without, table):
            assert same(with_secrets, without, "GET", f"/api/{kind}/{found}").status_code == 200
        for query in ("sal", "Bessol", "e", "é"):
            same(with_secrets, without, "GET", f"/api/{kind}", params={"q": query})
    same(with_secrets, without, "GET", "/api/actors", params={"kind": "employee_group"})
    same(with_secrets, without, "GET", "/api/opportunities", params={"kind": "takeover"})


def test_every_ranking_is_the_same(with_secrets: Doors, without: Doors) -> None:
    """Scores, ranks, reasons, refusals, counts and identifiers."""
    questions: list[dict[str, Any]] = [{"text": text, "k": 100} for text in TEXTS]
    questions += [{"opportunity_id": one, "k": 30} for one in (OPENING, OPENING_WITH_LOTS)]
    questions += [{"opportunity_id": one, "k": 5} for one in public_ids(without, Opportunity)[:12]]
    questions += [{"actor_id": one, "k": 30} for one in (GARDENERS, *public_ids(without, Actor)[:12])]
    questions += [{"text": TEXTS[0], "filters": {"actor_kinds": ["employee_group", "cae"]}}]
    questions += [{"actor_id": GARDENERS, "filters": {"opportunity_kinds": ["takeover"]}}]
    for question in questions:
        assert same(with_secrets, without, "POST", "/api/matches", json=question).status_code == 200


def test_every_coalition_is_the_same(with_secrets: Doors, without: Doors) -> None:
    """Members, shares, bounds, what is lacking, counts; leaving a secret out, by its id, changes nothing either."""
    secrets = secret_ids(with_secrets)["actors"]
    for opportunity in (OPENING, OPENING_WITH_LOTS, *public_ids(without, Opportunity)[:12]):
        question: dict[str, Any] = {"opportunity_id": opportunity, "even_closed": True}
        answers = [
            same(with_secrets, without, "POST", "/api/coalitions", json=question | more)
            for more in ({}, {"without": secrets})
        ]
        assert answers[0].status_code == 200
        assert answers[0].content == answers[1].content
    for secret in (*secret_ids(with_secrets)["opportunities"], *secret_ids(with_secrets)["lots"]):
        refused, unknown = (
            with_secrets.client.post("/api/coalitions", json={"opportunity_id": one}) for one in (secret, ABSENT)
        )
        assert (refused.status_code, refused.content) == (unknown.status_code, unknown.content)
        assert refused.status_code == 404


def test_every_suggestion_is_the_same_whatever_the_facilitator_was_shown(with_secrets: Doors, without: Doors) -> None:
    """Read again by id, before and after the client itself was shown it: as it was shown first that day."""
    text, opening = f"{TEXTS[0]}, sans autre précision", demo_opportunity("m003")
    shown = with_secrets.ask({"text": text, "k": 100}) + with_secrets.ask({"opportunity_id": opening, "k": 100})
    ids = [entry["id"] for ranking in shown for entry in ranking["suggestions"]]
    for one in ids:
        same(with_secrets, without, "GET", f"/api/suggestions/{one}")
    mine = [
        entry
        for question in ({"text": text, "k": 30}, {"opportunity_id": opening, "k": 30})
        for entry in same(with_secrets, without, "POST", "/api/matches", json=question).json()["rankings"][0][
            "suggestions"
        ]
    ]
    for doors in (with_secrets, without):
        doors.ask({"text": text, "k": 100})
        doors.ask({"opportunity_id": opening, "k": 100})
    for entry in mine:
        answer = same(with_secrets, without, "GET", f"/api/suggestions/{entry['id']}")
        assert (answer.status_code, answer.json()["rank"]) == (200, entry["rank"])


def test_a_secret_is_as_absent_as_what_does_not_exist(with_secrets: Doors) -> None:
    """404 for a secret's id is the 404 of an unknown id, header by header and byte by byte."""

    def facts(answer: httpx2.Response, asked: str) -> tuple[int, list[tuple[str, str]], str]:
        return answer.status_code, sorted(answer.headers.items()), answer.text.replace(asked, "…")

    secrets, client = secret_ids(with_secrets), with_secrets.client
    for kind in ("actors", "opportunities"):
        for secret in secrets[kind]:
            for method in ("GET", "PATCH"):
                body = {"json": {}} if method == "PATCH" else {}
                answers = [
                    facts(client.request(method, f"/api/{kind}/{one}", **body), one)  # type: ignore[arg-type]
                    for one in (secret, ABSENT)
                ]
                assert answers[0] == answers[1]
                assert answers[0][0] == (404 if method == "GET" else 403)
    for field, kinds in (("actor_id", ("actors",)), ("opportunity_id", ("opportunities", "lots"))):
        for secret in (one for kind in kinds for one in secrets[kind]):
            answers = [facts(client.post("/api/matches", json={field: one}), one) for one in (secret, ABSENT)]
            assert answers[0] == answers[1]
            assert answers[0][0] == 404


def test_a_secret_s_suggestions_are_absent_too(with_secrets: Doors) -> None:
    """The facilitator was shown who fits the case; the same identifiers tell a client nothing."""
    unknown = with_secrets.client.get(f"/api/suggestions/{ABSENT}")
    secrets = secret_ids(with_secrets)
    lists = with_secrets.ask({"opportunity_id": CASE, "k": 5})
    lists += with_secrets.ask({"actor_id": secrets["actors"][0], "k": 5})
    lists += with_secrets.ask({"opportunity_id": secrets["lots"][0], "k": 5})
    for entry in (entry for ranking in lists for entry in ranking["suggestions"]):
        assert with_secrets.facilitator.get(f"/api/suggestions/{entry['id']}").status_code == 200
        answer = with_secrets.client.get(f"/api/suggestions/{entry['id']}")
        assert (answer.status_code, answer.content) == (unknown.status_code, unknown.content)


def test_what_becomes_confidential_is_gone_at_once_with_all_that_was_shown_of_it(doors: Doors) -> None:
    """And what is published at last can be read, although it was secret when it was first suggested."""
    (ranking,) = doors.ask({"text": TEXTS[0], "k": 10}, door=doors.client)
    entry = next(one for one in ranking["suggestions"] if not one["via_member"])
    actor, path = entry["candidate"]["id"], f"/api/suggestions/{entry['id']}"
    assert doors.client.get(path).status_code == 200
    assert doors.facilitator.patch(f"/api/actors/{actor}", json={"confidential": True}).status_code == 200
    assert doors.client.get(f"/api/actors/{actor}").status_code == 404
    assert doors.client.get(path).status_code == 404
    (after,) = doors.ask({"text": TEXTS[0], "k": 10}, door=doors.client)
    assert actor not in {one["candidate"]["id"] for one in after["suggestions"]}
    make_public(doors.engine, "actors", actor)
    doors.settle()
    assert doors.ask({"text": TEXTS[0], "k": 10}, door=doors.client) == [ranking]
    assert doors.client.get(path).status_code == 200

    doors.ask({"opportunity_id": CASE, "k": 100})
    make_public(doors.engine, "opportunities", CASE)
    doors.settle()
    (published,) = doors.ask({"opportunity_id": CASE, "k": 3}, door=doors.client)
    for one in published["suggestions"]:
        assert doors.client.get(f"/api/suggestions/{one['id']}").status_code == 200


def test_a_confidential_member_is_not_named_by_its_network(with_secrets: Doors) -> None:
    with reading(with_secrets.engine) as session:
        hidden = session.exec(
            select(Membership).join(Actor, col(Actor.id) == Membership.member_id).where(col(Actor.confidential))
        ).all()
    assert len(hidden) == 2
    for link in hidden:
        seen = with_secrets.facilitator.get(f"/api/actors/{link.carrier_id}").json()
        public = with_secrets.client.get(f"/api/actors/{link.carrier_id}").json()
        assert link.member_id in {one["id"] for one in seen["members"]}
        assert link.member_id not in json.dumps(public)


def test_a_thing_that_becomes_secret_by_nature_is_kept_secret(doors: Doors) -> None:
    """A group of employees, a takeover case: confidential unless said otherwise, also when a change makes them so."""
    company = {"source_id": "devient-groupe", "name": "Les Ateliers du Pré", "kind": "company"}
    actor = doors.facilitator.post("/api/actors", json=company).json()
    assert actor["confidential"] is False
    assert doors.facilitator.patch(f"/api/actors/{actor['id']}", json={"kind": "employee_group"}).json()["confidential"]
    market = {"source_id": "devient-reprise", "title": "Menuiserie du Pré"}
    opportunity = doors.facilitator.post("/api/opportunities", json=market).json()
    assert opportunity["confidential"] is False
    changed = doors.facilitator.patch(f"/api/opportunities/{opportunity['id']}", json={"kind": "takeover"}).json()
    assert changed["confidential"]
    # Unless it is said.
    said = {"kind": "employee_group", "confidential": False}
    other = doors.facilitator.post("/api/actors", json=company | {"source_id": "devient-groupe-public"}).json()
    assert doors.facilitator.patch(f"/api/actors/{other['id']}", json=said).json()["confidential"] is False
