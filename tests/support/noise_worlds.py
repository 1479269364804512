"""Large desks of noise: many actors drawn from few words, places and codes, networks among them."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

from matcher.types import Actor, ActorKind, Opportunity, OpportunityKind, Point, Seeking
from tests.support.builders import TODAY

_TRADES = (
    *("entretien espaces verts", "menuiserie bois", "nettoyage de locaux", "traiteur et repas", "maçonnerie béton"),
    *("informatique et réseau", "couture et façon", "transport et mobilité", "élagage et tonte", "toiture ardoise"),
)
_EXTRA = (
    "pose",
    "livraison",
    "vitres",
    "fenêtres",
    "haies",
    "bureaux",
    "façade",
    "bio",
    "école",
    "chantier",
    "collecte",
)
_CODES = ("81.30Z", "81.21Z", "43.32A", "43.91B", "56.21Z", "62.02A", "10.71C", "64.19Z", "68.20B", "94.99Z")
_CPV = ("77310000", "90911200", "45421000", "45000000", "55520000", "72000000")
_KINDS = tuple(kind for kind in ActorKind if kind not in (ActorKind.CAE, ActorKind.NETWORK))


def noise_actors(seed: int, count: int) -> list[Actor]:
    """Return actors; one in twelve is a network or a CAE that carries up to three of those before it."""
    rng = random.Random(seed)
    actors: list[Actor] = []
    for number in range(count):
        actor = _actor(rng, f"a{number:05}")
        if number > 5 and rng.random() < 1 / 12:
            kind = rng.choice((ActorKind.CAE, ActorKind.NETWORK))
            carried = ActorKind.ENTREPRENEUR if kind == ActorKind.CAE else ActorKind.SCOP
            members = {member.id: member for member in rng.choices(actors, k=rng.randint(1, 3)) if not member.members}
            actor = replace(
                actor, kind=kind, members=tuple(replace(member, kind=carried) for member in members.values())
            )
        actors.append(actor)
    return actors


def noise_opportunities(seed: int, count: int) -> list[Opportunity]:
    rng = random.Random(seed)
    return [
        Opportunity(
            id=f"o{number}",
            kind=rng.choice(tuple(OpportunityKind)),
            title=_trade(rng),
            description=rng.choice(("", _trade(rng))),
            naf=rng.choice(((), (rng.choice(_CODES),))),
            cpv=rng.choice(((), (rng.choice(_CPV),))),
            point=_point(rng),
            department=rng.choice((None, "26", "07")),
            headcount=rng.choice((None, 3, 40)),
            amount_eur=rng.choice((None, 40_000, 900_000)),
            required_approvals=rng.choice((frozenset(), frozenset(), frozenset({"rge"}))),
            own_sirens=rng.choice((frozenset(), frozenset({"000000018"}))),
            published_on=TODAY - timedelta(days=rng.randint(0, 50)),
            pasted=rng.random() < 0.2,
        )
        for number in range(count)
    ]


def _actor(rng: random.Random, actor_id: str) -> Actor:
    return Actor(
        id=actor_id,
        kind=rng.choice(_KINDS),
        name=" ".join(rng.sample(_EXTRA, 2)),
        activities=tuple(dict.fromkeys(_trade(rng) for _ in range(rng.choice((0, 1, 1, 2, 3))))),
        naf=tuple(rng.sample(_CODES, rng.choice((0, 1, 1, 2)))),
        point=_point(rng),
        department=rng.choice((None, "26", "07", "38")),
        radius_km=rng.choice((None, 10.0, 40.0, 150.0)),
        area_departments=rng.choice((frozenset(), frozenset({"26"}), frozenset({"07", "38"}))),
        headcount=rng.choice((None, 2, 15, 200)),
        turnover_eur=rng.choice((None, 50_000, 2_000_000)),
        approvals=rng.choice((frozenset(), frozenset({"rge"}), frozenset({"qualibat"}))),
        seeks=rng.choice((frozenset(), frozenset({Seeking.MARKETS}), frozenset({Seeking.ACQUISITIONS}))),
        siren=rng.choice((None, "000000018", "000000026")),
        informed_on=rng.choice((None, TODAY - timedelta(days=rng.randint(0, 2_000)))),
    )


def _trade(rng: random.Random) -> str:
    return " ".join([rng.choice(_TRADES), *rng.sample(_EXTRA, rng.randint(0, 2))])


def _point(rng: random.Random) -> Point | None:
    if rng.random() < 0.1:
        return None
    return Point(rng.randint(4400, 4600) / 100, rng.randint(380, 600) / 100, rng.random() < 0.8)
