"""To an outsider a confidential thing does not exist: all they can get is the same bytes with and without it.

Outsiders: nobody, a client's key, a partner's account, whoever is written to. Of a case that has a teaser, partners and
who is written to get the teaser, made of what it says alone; clients and nobody not even that.

That these tests can fail was tried; each of these changes alone made one fail, within one part: the mask of candidates
in `suggest`, of lists and of one actor by id in `queries`, of members in `desk`, of coalitions, of a facilitator's
lists behind a client's suggestion; all opportunities let into `Outside`; cases told without a teaser; instead of it
the facilitator's words; the case's point beside the teaser; the journal's numbers in what a person is given.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.partner_view import proposals as space
from models.base import identifier
from models.tables import Consent, Opportunity, TakeoverCase
from tests.support.secret_worlds import Rows, Side, World, two_sides, worlds
from tests.support.world import ABSENT

pytestmark = pytest.mark.slow

# Each part draws its own: pytest-xdist spreads them. 4 × (150 + 60 + 50) = 1,040 worlds, each asked several things.
PARTS = range(4)
many = settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
MARK = re.compile(r"/espace/propositions/([\w-]+)")
# Moments at which something was asked are of the asking, not of the world.
MOMENT = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[\d.:+Z]*")
TEXTS = ("tonte haies", "menuiserie bois fenêtres", "Secret", "nettoyage à Valence")


@pytest.fixture(scope="module")
def sides(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Side, Side]]:
    # On toy desks little is likely: whatever is likely or not is listed, so that scores are seen too.
    with (
        patch.object(space, "LEAST_SCORE", 0.0),
        two_sides(empty_database, tmp_path_factory.mktemp("sides")) as opened,
    ):
        yield opened


def facts(answer: httpx2.Response) -> tuple[Any, ...]:
    headers = sorted((name, value) for name, value in answer.headers.items() if name != "content-length")
    return answer.status_code, headers, MOMENT.sub(b"", answer.content)


def same(sides: tuple[Side, Side], who: str, method: str, path: str, **options: Any) -> httpx2.Response:
    """Ask both sides, and return the answer that both give: status, headers and bytes."""
    answers = [
        (side.visitor if who == "visitor" else getattr(side.doors, who)).request(method, path, **options)
        for side in sides
    ]
    assert answers[0].status_code < 500
    assert facts(answers[0]) == facts(answers[1]), f"{who}: {method} {path}"
    return answers[0]


def busy_facilitator(sides: tuple[Side, Side], world: World) -> None:
    """She works in both, and sees the secrets in one: what she was shown must not show."""
    secret = world.secret_ids[-1]
    for side in sides:
        side.doors.facilitator.post("/api/matches", json={"text": TEXTS[0], "k": 50})
    sides[1].house.get(f"/opportunites/{secret}")
    sides[1].doors.facilitator.post("/api/matches", json={"actor_id": world.secret_ids[0], "k": 50})


QUESTIONS = (
    "actors",
    "opportunities",
    "one",
    "text",
    "opportunity",
    "actor",
    "together",
    "suggestion",
    "read",
    "filter",
)


def ask_as_client(sides: tuple[Side, Side], world: World, question: str, rng: Random) -> None:
    every = (*world.ids, *world.secret_ids, ABSENT)
    one = rng.choice(every)
    post = ("client", "POST", "/api/matches")
    if question in ("actors", "opportunities"):
        text = rng.choice(("", "Secret", "Groupe", "e"))
        same(sides, "client", "GET", f"/api/{question}", params={"limit": 3, "q": text})
    elif question == "one":
        for kind in ("actors", "opportunities"):
            same(sides, "client", "GET", f"/api/{kind}/{one}")
    elif question == "text":
        same(sides, *post, json={"text": rng.choice(TEXTS), "k": 20})
    elif question == "filter":
        chosen = {"actor_kinds": ["employee_group", "scop", "network"]}
        same(sides, *post, json={"text": TEXTS[1], "filters": chosen})
    elif question in ("opportunity", "actor"):
        same(sides, *post, json={f"{question}_id": one, "k": 20, "even_closed": True})
    elif question == "together":
        asked = {"opportunity_id": one, "even_closed": True}
        same(sides, "client", "POST", "/api/coalitions", json=asked)
    elif question == "suggestion":
        other = rng.choice(every)
        same(sides, "client", "GET", f"/api/suggestions/{identifier('suggestions', one, f'opportunity:{other}')}")
    else:
        answer = same(sides, *post, json={"text": TEXTS[0], "k": 20}).json()
        # She is shown them too, at other ranks where there are secrets.
        busy_facilitator(sides, world)
        for found in answer["rankings"][0]["suggestions"]:
            same(sides, "client", "GET", f"/api/suggestions/{found['id']}")


@pytest.mark.parametrize("part", PARTS)
def test_a_client_and_nobody_cannot_tell(sides: tuple[Side, Side], part: int) -> None:
    @many
    @given(worlds(teasers=True), st.integers(0, 2**32))
    def check(world: World, chance: int) -> None:
        rng = Random(f"{part} {chance}")
        sides[0].fill(world.public)
        sides[1].fill(world.public, world.secret)
        if rng.random() < 0.4:
            busy_facilitator(sides, world)
        for question in rng.sample(QUESTIONS, rng.randint(1, 2)):
            ask_as_client(sides, world, question, rng)
        if rng.random() < 0.2:
            same(sides, "anonymous", "GET", rng.choice(("/ready", "/health", "/", "/metrics", "/acteurs", "/espace")))
            same(sides, "client", "GET", "/metrics")

    check()


def ask_as_partner(sides: tuple[Side, Side], world: World, rng: Random) -> None:
    marks = list(dict.fromkeys(MARK.findall(same(sides, "visitor", "GET", "/espace").text)))
    pages = ["/espace/acteurs", f"/espace/acteurs/{world.own}", "/espace/donnees", "/", "/acteurs", "/ready"]
    pages += [f"/espace/acteurs/{one}" for one in (*world.ids, *world.secret_ids, ABSENT)]
    pages += [f"/{kind}/{one}" for one in world.secret_ids for kind in ("opportunites", "acteurs")]
    same(sides, "visitor", "GET", rng.choice(pages))
    mark = rng.choice([*marks, "aucune"])
    same(sides, "visitor", "GET", f"/espace/{rng.choice(('propositions', 'dossiers'))}/{mark}")
    if rng.random() < 0.3:
        same(sides, "visitor", "POST", f"/espace/propositions/{mark}", data={"interet": rng.choice("0123")})
        same(sides, "visitor", "GET", "/espace")


@pytest.mark.parametrize("part", PARTS)
def test_a_partner_and_who_is_written_to_cannot_tell_of_what_has_no_teaser(sides: tuple[Side, Side], part: int) -> None:
    @settings(many, max_examples=60)
    @given(worlds(teasers=False), st.integers(0, 2**32))
    def check(world: World, chance: int) -> None:
        rng = Random(f"{part} {chance}")
        sides[0].fill(world.public)
        sides[1].fill(world.public, world.secret)
        if rng.random() < 0.4:
            busy_facilitator(sides, world)
        if rng.random() < 0.7:
            ask_as_partner(sides, world, rng)
        else:
            assert sides[0].mails() == sides[1].mails()

    check()


def test_what_a_partner_is_given_of_itself_does_not_tell(sides: tuple[Side, Side]) -> None:
    """Its journal has neither numbers nor hashes, which would count what others did."""

    @settings(many, max_examples=20)
    @given(worlds(teasers=False))
    def check(world: World) -> None:
        sides[0].fill(world.public)
        sides[1].fill(world.public, world.secret)
        busy_facilitator(sides, world)
        same(sides, "visitor", "POST", "/espace/donnees")

    check()


def disguised(rows: Rows, rng: Random) -> Rows:
    """Return what is confidential with all that a teaser does not say changed; on so small a desk it says the
    département."""

    def other(one: dict[str, Any], number: int) -> dict[str, Any]:
        return one | {
            "title": f"Autre {number}",
            "teaser": rng.choice(("autre", one["teaser"])),
            "description": rng.choice((None, "tonte haies")),
            "naf": rng.choice(([], [{"code": "81.30Z"}])),
            "commune_code": {"26": "26108", "07": "07186"}.get(one["department"] or ""),
            "amount_eur": 1,
            "lat": 44.9,
            "lon": 4.9,
        }

    cases = [other(one, number) if one["teaser"] else one for number, one in enumerate(rows[Opportunity])]
    takeovers = [one | {"headcount": 77, "price_max_eur": 1, "cause": "retirement"} for one in rows[TakeoverCase]]
    return dict(rows) | {Opportunity: cases, TakeoverCase: takeovers}


@pytest.mark.parametrize("part", PARTS)
def test_of_a_case_with_a_teaser_nothing_else_can_be_told(sides: tuple[Side, Side], part: int) -> None:
    """But what both sides agreed to reveal: here nobody agreed to anything."""

    @settings(many, max_examples=50)
    @given(worlds(teasers=True), st.integers(0, 2**32))
    def check(world: World, chance: int) -> None:
        rng, secret = Random(f"{part} {chance}"), dict(world.secret) | {Consent: []}
        sides[0].fill(world.public, secret)
        sides[1].fill(world.public, disguised(secret, rng))
        if rng.random() < 0.7:
            ask_as_partner(sides, world, rng)
        else:
            assert sides[0].mails() == sides[1].mails()

    check()


def test_there_are_secrets_and_they_would_be_seen(sides: tuple[Side, Side]) -> None:
    """Else the tests above would prove nothing: the facilitator sees otherwise in one world than in the other."""
    seen: list[bool] = []

    @settings(many, max_examples=30)
    @given(worlds(teasers=True))
    def check(world: World) -> None:
        sides[0].fill(world.public)
        sides[1].fill(world.public, world.secret)
        for path in ("/", "/acteurs"):
            one, two = (side.house.get(path).content for side in sides)
            seen.append(one != two)
        one, two = (side.visitor.get("/espace").content for side in sides)
        seen.append(one != two)

    check()
    assert sum(seen) > 20
