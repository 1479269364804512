"""What outsiders ask of two desks that differ only in what is confidential, and the claims that they cannot tell.

A claim is asked of one world at a time and raises AssertionError where an answer tells.
"""

import re
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import httpx2

from models.base import identifier
from models.tables import Consent, Opportunity, TakeoverCase
from tests.support.secret_worlds import Rows, Side, World, opened
from tests.support.smtp_server import Post
from tests.support.world import ABSENT

Sides = tuple[Side, Side]
Claim = Callable[[Sides, World, Random], None]

MARK = re.compile(r"/espace/propositions/([\w-]+)")
# Moments at which something was asked are of the asking, not of the world.
MOMENT = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[\d.:+Z]*")
TEXTS = ("tonte haies", "menuiserie bois fenêtres", "Secret", "nettoyage à Valence")


def facts(answer: httpx2.Response) -> tuple[Any, ...]:
    headers = sorted((name, value) for name, value in answer.headers.items() if name != "content-length")
    return answer.status_code, headers, MOMENT.sub(b"", answer.content)


def same(sides: Sides, who: str, method: str, path: str, **options: Any) -> httpx2.Response:
    """Ask both sides, and return the answer that both give: status, headers and bytes."""
    answers = [
        (side.visitor if who == "visitor" else getattr(side.doors, who)).request(method, path, **options)
        for side in sides
    ]
    assert answers[0].status_code < 500
    assert facts(answers[0]) == facts(answers[1]), f"{who}: {method} {path}"
    return answers[0]


def busy_facilitator(sides: Sides, world: World) -> None:
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


def ask_as_client(sides: Sides, world: World, question: str, rng: Random) -> None:
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


def ask_as_partner(sides: Sides, world: World, rng: Random) -> None:
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


def client_cannot_tell(sides: Sides, world: World, rng: Random, questions: Sequence[str] = QUESTIONS) -> None:
    """Nobody and a client's key learn nothing, not even a teaser; some of `questions` are asked of each world."""
    sides[0].fill(world.public)
    sides[1].fill(world.public, world.secret)
    if rng.random() < 0.4:
        busy_facilitator(sides, world)
    for question in rng.sample(questions, min(rng.randint(1, 2), len(questions))):
        ask_as_client(sides, world, question, rng)
    if rng.random() < 0.2:
        same(sides, "anonymous", "GET", rng.choice(("/ready", "/health", "/", "/metrics", "/acteurs", "/espace")))
        same(sides, "client", "GET", "/metrics")


def partner_cannot_tell(sides: Sides, world: World, rng: Random) -> None:
    """A partner and whoever is written to learn nothing of what has no teaser."""
    sides[0].fill(world.public)
    sides[1].fill(world.public, world.secret)
    if rng.random() < 0.4:
        busy_facilitator(sides, world)
    ask_or_be_written_to(sides, world, rng)


def teaser_tells_no_more(sides: Sides, world: World, rng: Random) -> None:
    """Of an announced case, nothing but its teaser can be told; here nobody consented to more."""
    secret = dict(world.secret) | {Consent: []}
    sides[0].fill(world.public, secret)
    sides[1].fill(world.public, disguised(secret, rng))
    ask_or_be_written_to(sides, world, rng)


def waiting_does_not_tell(server: Post, sides: Sides, world: World, _rng: Random) -> None:
    """What becomes confidential while a mail waits is in it no more than if it had always been."""
    sides[0].fill(world.public, world.secret)
    sides[1].fill(world.public, opened(world.secret))
    for side in sides:
        side.compose()
    sides[1].hide(world.secret)
    left = [side.leaving(server) for side in sides]
    assert left[0] == left[1]


def own_data_does_not_tell(sides: Sides, world: World, _rng: Random) -> None:
    """The journal in a person's own data has neither numbers nor hashes, which would count what others did."""
    sides[0].fill(world.public)
    sides[1].fill(world.public, world.secret)
    busy_facilitator(sides, world)
    same(sides, "visitor", "POST", "/espace/donnees")


def ask_or_be_written_to(sides: Sides, world: World, rng: Random) -> None:
    if rng.random() < 0.7:
        ask_as_partner(sides, world, rng)
    else:
        assert sides[0].mails() == sides[1].mails()
