"""What outsiders ask of two desks that differ only in what is confidential, and the claims that they cannot tell.

A claim is asked of one world at a time and raises AssertionError where an answer tells.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import httpx2

from matcher.sections import Section
from models.base import identifier
from models.tables import CaseProposal, Consent, Opportunity, SignedAgreement, StatedNeed
from tests.support.secret_rows import Row, Rows
from tests.support.secret_worlds import World
from tests.support.smtp_server import Post
from tests.support.takeover_rows import a_consent
from tests.support.two_sides import Side, opened
from tests.support.varied_secrets import disguised, entered_anew, one_sided
from tests.support.world import ABSENT

Sides = tuple[Side, Side]
Claim = Callable[[Sides, World, Random], None]

MARK = re.compile(r"/espace/(?:propositions|dossiers)/(‹\d+›)")
ACTOR_MARK = re.compile(r"/espace/acteurs/(‹\d+›)")
# Moments at which something was asked are of the asking, not of the world.
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[\d.:+Z]*")
TEXTS = (
    "tonte haies",
    "menuiserie bois fenêtres",
    "Secret",
    "nettoyage à Valence",
    "Objet du marché : entretien\nLot 1 : tonte\nLot 2 : menuiserie\nDate limite de remise des offres : 12/01/2100",
    "Cède menuiserie à Crest, départ en retraite du dirigeant, 6 salariés",
)


@dataclass(frozen=True)
class Read:
    """An answer as it is compared: status, headers, and the body's bytes, with the names of opaque words in it."""

    status: int
    headers: tuple[tuple[str, str], ...]
    text: str

    @classmethod
    def of(cls, answer: httpx2.Response, side: Side) -> "Read":
        headers = sorted(answer.headers.items())
        kept = [(name, side.names.renamed(value)) for name, value in headers if name != "content-length"]
        body = answer.content.decode("utf-8", "surrogateescape")
        return cls(answer.status_code, tuple(kept), MOMENT.sub("", side.names.renamed(body)))


def same(sides: Sides, who: str, method: str, path: str, **options: Any) -> Read:
    """Ask both sides, each by its own marks, and return the answer that both give.

    Opaque words are compared by which of them are equal, all else by its bytes.
    """
    answers = []
    for side in sides:
        client = side.visitor if who == "visitor" else getattr(side.doors, who)
        answers.append(Read.of(client.request(method, side.names.own_words(path), **options), side))
    assert answers[0].status < 500
    assert answers[0] == answers[1], f"{who}: {method} {path}"
    return answers[0]


def busy_facilitator(sides: Sides, world: World) -> None:
    """She works in both, and sees the secrets in one: what she was shown must not show."""
    secret = world.secret_ids[-1]
    for side in sides:
        side.doors.facilitator.post("/api/matches", json={"text": TEXTS[0], "k": 50})
        side.house.post("/trouver", data={"mots": "Secret"}, follow_redirects=True)
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
        # A hidden actor is a member of few: every need is asked about.
        needs = [row["id"] for row in world.public[Opportunity]]
        for opportunity_id in dict.fromkeys([*needs, one]):
            asked = {"opportunity_id": opportunity_id, "even_closed": True}
            same(sides, "client", "POST", "/api/coalitions", json=asked)
    elif question == "suggestion":
        other = rng.choice(every)
        same(sides, "client", "GET", f"/api/suggestions/{identifier('suggestions', one, f'opportunity:{other}')}")
    else:
        answer = json.loads(same(sides, *post, json={"text": TEXTS[0], "k": 20}).text)
        # She is shown them too, at other ranks where there are secrets.
        busy_facilitator(sides, world)
        for found in answer["rankings"][0]["suggestions"]:
            same(sides, "client", "GET", f"/api/suggestions/{found['id']}")


def ask_as_partner(sides: Sides, world: World, rng: Random) -> None:
    marks = list(dict.fromkeys(MARK.findall(same(sides, "visitor", "GET", "/espace").text)))
    own = [*ACTOR_MARK.findall(same(sides, "visitor", "GET", "/espace/acteurs").text), "aucun"][0]
    pages = [
        "/espace/acteurs",
        f"/espace/acteurs/{own}",
        f"/espace/acteurs/{own}/corriger",
        "/a-valider",
        "/engagement-de-confidentialite",
        f"/a-valider/besoins/{rng.choice([*(row['id'] for row in world.secret.get(StatedNeed, ())), ABSENT])}",
        "/espace/besoins",
        "/espace/besoins/nouveau",
        "/deposer/cession",
        "/espace/donnees",
        "/",
        "/acteurs",
        "/acteurs.csv",
        "/trouver",
        "/ready",
    ]
    pages += [f"/espace/acteurs/{one}" for one in (*world.ids, *world.secret_ids, ABSENT)]
    pages += [f"/opportunites/{one}/reprise/engagement" for one in world.secret_ids]
    pages += [f"/{kind}/{one}" for one in world.secret_ids for kind in ("opportunites", "acteurs")]
    same(sides, "visitor", "GET", rng.choice(pages))
    if rng.random() < 0.3:
        same(sides, "visitor", "POST", "/trouver", data={"mots": "Secret"})
    mark = rng.choice([*marks, "aucune"])
    same(sides, "visitor", "GET", f"/espace/{rng.choice(('propositions', 'dossiers'))}/{mark}")
    if rng.random() < 0.2:
        same(sides, "visitor", "GET", f"/espace/dossiers/{mark}/engagement")
    if rng.random() < 0.3:
        same(sides, "visitor", "POST", f"/espace/propositions/{mark}", data={"interet": rng.choice("0123")})
        same(sides, "visitor", "GET", "/espace")


def client_cannot_tell(sides: Sides, world: World, rng: Random, questions: Sequence[str] = QUESTIONS) -> None:
    """Nobody and a client's key learn nothing, not even a teaser; some of `questions` are asked of each world."""
    world = entered_anew(world, rng)
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
    world = entered_anew(world, rng)
    sides[0].fill(world.public)
    sides[1].fill(world.public, world.secret)
    if rng.random() < 0.4:
        busy_facilitator(sides, world)
    ask_or_be_written_to(sides, world, rng)


def two_tellings(sides: Sides, world: World, rng: Random, *, consents: bool = False) -> World:
    """Fill both sides with cases of which the teasers say the same, and nothing else is; return the first's world.

    What a facilitator proposed to the partner's actor is the same, what was proposed to others, and when, is not.
    Nobody consented to more, or, with `consents`, one side of each case did. Who entered them, when, in which
    order, under which key, and who holds them is other too.
    """
    in_force = [one for one in world.secret[Consent] if not one["withdrawn_at"]]
    world = replace(world, secret=agreed(world.secret, one_sided(in_force) if consents else []))
    told, also_told = (entered_anew(world, rng, sides[0].ties()) for _ in sides)
    # Half of the spaces list nothing for its score alone, so that what is there is there by an act or by its line.
    least = rng.choice((Section.UNLIKELY, Section.CALL_FIRST))
    sides[0].fill(world.public, told.secret, least=least)
    sides[1].fill(world.public, disguised(also_told.secret, rng, own=world.own), least=least)
    return told


def agreed(rows: Rows, standing: Sequence[Row]) -> Rows:
    """Return the rows with these consents in force; those withdrawn stay. Agreements stay with their consents."""
    consents = [one for one in rows[Consent] if one["withdrawn_at"]] + list(standing)
    consent_ids = {one["id"] for one in consents}
    signed = [one for one in rows[SignedAgreement] if one["consent_id"] in consent_ids]
    return dict(rows) | {Consent: consents, SignedAgreement: signed}


def teaser_tells_no_more(sides: Sides, world: World, rng: Random) -> None:
    """Of an announced case, nothing but its teaser can be told, also after a night, and after acts of facilitators."""
    told = two_tellings(sides, world, rng, consents=True)
    if rng.random() < 0.3:
        for side in sides:
            side.compose()
        ask_as_partner(sides, told, rng)
    else:
        ask_or_be_written_to(sides, told, rng)


def order_tells_no_more(sides: Sides, world: World, rng: Random) -> None:
    """In which order cases stand that nobody acted on tells nothing of them either, not even their ids."""
    world = replace(world, secret=dict(world.secret) | {Consent: [], SignedAgreement: [], CaseProposal: []})
    told, also_told = entered_anew(world, rng), entered_anew(world, rng)
    sides[0].fill(world.public, told.secret, least=Section.UNLIKELY)
    sides[1].fill(world.public, disguised(also_told.secret, rng, own=world.own), least=Section.UNLIKELY)
    ask_as_partner(sides, told, rng)


def sheet_tells_no_more(sides: Sides, world: World, rng: Random, *, is_read: bool = True) -> None:
    """Of a case whose owner lets an actor know, the sheet that stands is read too, and nothing beside it.

    Without `is_read`, no owner does and nothing is proposed: of no sheet anything is read.
    """
    cases = [row["id"] for row in world.secret[Opportunity] if row["kind"] == "takeover"]
    holders = [a_consent(case_id, world.own, "holder") for case_id in cases if is_read]
    proposed = world.secret[CaseProposal] if is_read else []
    world = replace(world, secret=dict(agreed(world.secret, holders)) | {CaseProposal: proposed})
    told, also_told = (entered_anew(world, rng, sides[0].ties()) for _ in sides)
    sides[0].fill(world.public, told.secret)
    sides[1].fill(world.public, disguised(also_told.secret, rng, own=world.own))
    marks = list(dict.fromkeys(MARK.findall(same(sides, "visitor", "GET", "/espace").text)))
    for mark in marks:
        same(sides, "visitor", "GET", f"/espace/dossiers/{mark}")
    if is_read:
        same(sides, "visitor", "POST", "/espace/donnees")


def mail_tells_no_more(sides: Sides, world: World, rng: Random) -> None:
    """The same of mails alone, with all the links in them."""
    two_tellings(sides, world, rng)
    assert sides[0].mails() == sides[1].mails()


def own_data_tells_no_more(sides: Sides, world: World, rng: Random) -> None:
    """The same of what a partner is given of itself after it answered, and agreed to be told more of a case."""
    two_tellings(sides, world, rng)
    marks = list(dict.fromkeys(MARK.findall(same(sides, "visitor", "GET", "/espace").text)))
    for mark in rng.sample(marks, min(2, len(marks))):
        same(sides, "visitor", "POST", f"/espace/propositions/{mark}", data={"interet": rng.choice("0123")})
        signed = {"acte": "accord", "engagement": "oui", "nom": "Camille Roche", "version": "1"}
        same(sides, "visitor", "POST", f"/espace/dossiers/{mark}", data=signed)
    same(sides, "visitor", "POST", "/espace/donnees")


def waiting_does_not_tell(server: Post, sides: Sides, world: World, rng: Random) -> None:
    """What becomes confidential while a mail waits is in it no more than if it had always been."""
    hidden, open_yet = entered_anew(world, rng), entered_anew(world, rng)
    sides[0].fill(world.public, hidden.secret)
    sides[1].fill(world.public, opened(open_yet.secret))
    for side in sides:
        side.compose()
    sides[1].hide(open_yet.secret)
    left = [side.leaving(server) for side in sides]
    assert left[0] == left[1]


def own_data_does_not_tell(sides: Sides, world: World, rng: Random) -> None:
    """The journal in a person's own data has neither numbers nor hashes, which would count what others did."""
    world = entered_anew(world, rng)
    sides[0].fill(world.public)
    sides[1].fill(world.public, world.secret)
    busy_facilitator(sides, world)
    same(sides, "visitor", "POST", "/espace/donnees")


def ask_or_be_written_to(sides: Sides, world: World, rng: Random) -> None:
    if rng.random() < 0.7:
        ask_as_partner(sides, world, rng)
    else:
        assert sides[0].mails() == sides[1].mails()
