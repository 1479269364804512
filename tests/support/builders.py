"""Small invented actors and opportunities, a toy encoder, and strategies that draw whole desks of them.

`toy_encode` stands in for the encoder, which is an external thing: it hashes words, so that texts with common words are
near. Everything else in the matcher's tests is real.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from matcher.embedding import from_grid, to_grid
from matcher.features import Pairs
from matcher.index import ActorIndex, OpportunityIndex
from matcher.matching import Matcher
from matcher.priors import PRIORS
from matcher.scoring import PRIOR, Weights, same_for_all_roles
from matcher.types import (
    Actor,
    ActorKind,
    FloatArray,
    Opportunity,
    OpportunityKind,
    Point,
    Ranking,
    Reservation,
    Role,
    Seeking,
    Suggestion,
    roles_of,
)
from tests.support.proof_share import examples

# A desk has many parts to draw: slow to generate on a loaded machine, and that is no defect.
few = settings(deadline=None, max_examples=examples(100), suppress_health_check=[HealthCheck.too_slow])

TODAY = date(2026, 11, 24)
# Cosines of the toy encoder that mean « unrelated » and « the same trade ».
SIMILARITY_RANGE = (0.1, 0.9)
DIM = 48

VALENCE = Point(44.93, 4.89)
DIE = Point(44.75, 5.37)
PRIVAS = Point(44.74, 4.60)
CREST = Point(44.73, 5.02)

SIRENS = ("000000018", "000000026", "000000034")
APPROVALS = ("siae", "ea", "esat", "qualibat", "rge")
COMMUNES = {"26": ("26362", "26113", "26108"), "07": ("07186", "07019"), "38": ("38185",)}


def toy_encode(texts: Sequence[str]) -> FloatArray:
    """Return rows on the encoder's grid `(len(texts), DIM)`: the direction of the sum of one fixed vector per word."""
    rows = np.zeros((len(texts), DIM), np.float32)
    for row, text in zip(rows, texts, strict=True):
        row += sum((_word_vector(word) for word in re.findall(r"\w+", text.lower())), _word_vector("") * 0.01)
        row /= np.linalg.norm(row)
    return from_grid(to_grid(rows))


@cache
def _word_vector(word: str) -> FloatArray:
    rng = np.random.default_rng(zlib.crc32(word.encode()))
    return rng.standard_normal(DIM).astype(np.float32)


def an_actor(id: str = "a1", **fields: Any) -> Actor:
    """Return a gardening company of Valence about which the rest is unknown."""
    known: dict[str, Any] = {
        "kind": ActorKind.COMPANY,
        "name": "Les Sécateurs",
        "activities": ("entretien d’espaces verts",),
        "point": VALENCE,
    }
    return Actor(id=id, **(known | fields))


def an_opportunity(id: str = "o1", **fields: Any) -> Opportunity:
    """Return a gardening contract in Die about which the rest is unknown."""
    known: dict[str, Any] = {
        "kind": OpportunityKind.MARKET,
        "title": "Entretien des espaces verts communaux",
        "point": DIE,
    }
    return Opportunity(id=id, **(known | fields))


def a_complete_actor(id: str = "a1", **fields: Any) -> Actor:
    """Return an actor of whom every measured thing is known."""
    known: dict[str, Any] = {
        "naf": ("81.30Z",),
        "department": "26",
        "commune": "26362",
        "radius_km": 100.0,
        "headcount": 12,
        "turnover_eur": 600_000,
        "seeks": frozenset({Seeking.MARKETS}),
        "informed_on": TODAY - timedelta(days=100),
    }
    return an_actor(id, **(known | fields))


def a_complete_opportunity(id: str = "o1", **fields: Any) -> Opportunity:
    """Return an opportunity of which every measured thing is known."""
    known: dict[str, Any] = {
        "cpv": ("77310000",),
        "department": "26",
        "commune": "26113",
        "amount_eur": 90_000,
        "published_on": TODAY - timedelta(days=10),
        "deadline": TODAY + timedelta(days=20),
    }
    return an_opportunity(id, **(known | fields))


def weights(bias: float = PRIOR.bias, **values: float) -> Weights:
    """Return the prior weights, some of them replaced."""
    return replace(PRIOR, bias=bias, values={**PRIOR.values, **values})


def actor_index(*actors: Actor) -> ActorIndex:
    return ActorIndex.build(actors, toy_encode)


def opportunity_index(*opportunities: Opportunity) -> OpportunityIndex:
    return OpportunityIndex.build(opportunities, toy_encode)


def pairs(
    opportunities: Opportunity | Iterable[Opportunity],
    actors: Actor | Iterable[Actor],
    today: date = TODAY,
    role: Role | None = None,
) -> Pairs:
    """Return one opportunity beside many actors, or many beside one, in the first one's leading role."""
    here = [opportunities] if isinstance(opportunities, Opportunity) else list(opportunities)
    there = [actors] if isinstance(actors, Actor) else list(actors)
    role = role or (roles_of(here[0].kind)[0] if here else Role.SUPPLY)
    return Pairs(opportunity_index(*here), actor_index(*there), SIMILARITY_RANGE, today, role)


def rank_actors(
    opportunity: Opportunity, actors: Iterable[Actor], k: int = 100, by: Weights | None = None, **options: Any
) -> Ranking:
    matcher = Matcher(same_for_all_roles(by) if by else PRIORS, SIMILARITY_RANGE)
    return matcher.actors_for(opportunity_index(opportunity), actor_index(*actors), today=TODAY, k=k, **options)


def rank_opportunities(
    actor: Actor, opportunities: Iterable[Opportunity], k: int = 100, by: Weights | None = None, **options: Any
) -> Ranking:
    matcher = Matcher(same_for_all_roles(by) if by else PRIORS, SIMILARITY_RANGE)
    return matcher.opportunities_for(actor_index(actor), opportunity_index(*opportunities), today=TODAY, k=k, **options)


def only(ranking: Ranking) -> Suggestion:
    """Return the one suggestion of a ranking."""
    (suggestion,) = ranking.suggestions
    return suggestion


# Strategies: small vocabularies, so that pairs often share something, tie, or exclude each other.

_WORDS = re.findall(
    r"\w+",
    "entretien espaces verts tonte haies élagage menuiserie bois pose fenêtres nettoyage locaux bureaux vitres "
    "traiteur repas livraison maçonnerie béton toiture ardoise informatique réseau couture façon transport mobilité",
)
_NAF = ("81.30Z", "81.21Z", "43.32A", "43.91B", "56.21Z", "62.02A", "81.30", "10.71C", "99.99Z")
_CPV = ("77310000", "77340000", "90911200", "45421000", "45000000", "55520000", "72000000")

texts = st.lists(st.sampled_from(_WORDS), min_size=1, max_size=4).map(" ".join)
points = st.builds(
    Point, st.integers(4400, 4600).map(lambda x: x / 100), st.integers(380, 600).map(lambda x: x / 100), st.booleans()
)
days = st.integers(-900, 60).map(lambda n: TODAY + timedelta(days=n))
amounts = st.sampled_from((0, 1, 8_000, 90_000, 430_000, 2_500_000))
heads = st.sampled_from((0, 0.5, 1, 4, 30, 250))
naf_codes = st.lists(st.sampled_from(_NAF), max_size=2, unique=True).map(tuple)
cpv_codes = st.lists(st.sampled_from(_CPV), max_size=2, unique=True).map(tuple)
single_kinds = tuple(kind for kind in ActorKind if kind not in (ActorKind.CAE, ActorKind.NETWORK))


def some(names: Iterable[Any], most: int = 2) -> st.SearchStrategy[frozenset[Any]]:
    return st.frozensets(st.sampled_from(tuple(names)), max_size=most)


@st.composite
def places(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a point, a département and a commune, each of them perhaps unknown."""
    department = draw(st.none() | st.sampled_from(tuple(COMMUNES)))
    commune = draw(st.none() | st.sampled_from(COMMUNES[department])) if department else None
    return {"point": draw(st.none() | points), "department": department, "commune": commune}


@st.composite
def lone_actors(draw: st.DrawFn, id: str = "a1", kinds: Sequence[ActorKind] = single_kinds) -> Actor:
    """Draw an actor without members; anything but its id, kind and name may be unknown."""
    return Actor(
        id=id,
        kind=draw(st.sampled_from(kinds)),
        name=draw(texts),
        activities=tuple(draw(st.lists(texts, max_size=3, unique=True))),
        naf=draw(naf_codes),
        **draw(places()),
        radius_km=draw(st.none() | st.sampled_from((5.0, 30.0, 120.0))),
        area_departments=draw(st.just(frozenset()) | some(COMMUNES)),
        area_communes=draw(st.just(frozenset()) | some(("26362", "26113", "07186"))),
        headcount=draw(st.none() | heads),
        turnover_eur=draw(st.none() | amounts),
        approvals=draw(st.just(frozenset()) | some(APPROVALS)),
        seeks=draw(some(Seeking)),
        ess=draw(st.none() | st.booleans()),
        siren=draw(st.none() | st.sampled_from(SIRENS)),
        informed_on=draw(st.none() | days),
    )


@st.composite
def carriers(draw: st.DrawFn, id: str = "a1") -> Actor:
    """Draw a CAE or a network with up to three members."""
    kind = draw(st.sampled_from((ActorKind.CAE, ActorKind.NETWORK)))
    kinds = (ActorKind.ENTREPRENEUR,) if kind == ActorKind.CAE else single_kinds
    members = [draw(lone_actors(f"{id}m{number}", kinds)) for number in range(draw(st.integers(0, 3)))]
    return replace(draw(lone_actors(id)), kind=kind, members=tuple(members))


def actors(id: str = "a1") -> st.SearchStrategy[Actor]:
    return st.one_of(lone_actors(id), lone_actors(id), carriers(id))


@st.composite
def opportunities(draw: st.DrawFn, id: str = "o1") -> Opportunity:
    """Draw an opportunity; anything but its id, kind and title may be unknown."""
    return Opportunity(
        id=id,
        kind=draw(st.sampled_from(OpportunityKind)),
        title=draw(texts),
        description=draw(st.just("") | texts),
        lot_title=draw(st.just("") | texts),
        naf=draw(naf_codes),
        cpv=draw(cpv_codes),
        cpv_labels=tuple(draw(st.lists(texts, max_size=1))),
        **draw(places()),
        amount_eur=draw(st.none() | amounts),
        headcount=draw(st.none() | heads),
        subcontract=draw(st.booleans()),
        reserved=draw(st.just(frozenset()) | st.just(frozenset()) | some(Reservation)),
        required_approvals=draw(st.just(frozenset()) | some(APPROVALS)),
        own_sirens=draw(st.just(frozenset()) | some(SIRENS)),
        published_on=draw(st.none() | days),
        deadline=draw(st.none() | days.map(lambda day: day + timedelta(days=500))),
        open=draw(st.sampled_from((True, True, True, False))),
    )


def desks_of_actors(most: int = 6) -> st.SearchStrategy[list[Actor]]:
    """Draw a desk of actors with different ids; look-alikes are frequent, so that ties happen."""
    return _desks(actors, "a", most)


def desks_of_opportunities(most: int = 6) -> st.SearchStrategy[list[Opportunity]]:
    return _desks(opportunities, "o", most)


@st.composite
def _desks(draw: st.DrawFn, kind: Any, letter: str, most: int) -> list[Any]:
    rows: list[Any] = []
    for number in range(draw(st.integers(0, most))):
        if rows and draw(st.integers(0, 4)) == 0:
            rows.append(replace(draw(st.sampled_from(rows)), id=f"{letter}{number}"))
        else:
            rows.append(draw(kind(f"{letter}{number}")))
    return rows
