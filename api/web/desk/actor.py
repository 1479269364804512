"""The actors by name; and one of them: who it is, what suits it, what was told of it, who follows it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.alerts.history import EVENTS, AnnouncementEntry, Follower, announcements_about, followers_of
from api.catalogue import records
from api.catalogue.wording import KINDS, kind_in_words, place
from api.core.french import euros, plural
from api.learning.wording import rating_in_words
from api.matching.answer import name_of
from api.matching.browsing import Wanted, list_actors
from api.matching.suggest import opportunities_for_actor
from api.web.components import bars
from api.web.components.bars import address, told
from api.web.components.cases import in_hand, lately
from api.web.components.facts import about_actor
from api.web.components.forms import Pages, department_choices, desk_page
from api.web.dependencies import TodayDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.house import ImpressionsDep, SnapshotDep
from api.web.visitors import VisitorDep
from matcher.types import OpportunityKind
from models.actors import Actor

router = APIRouter(route_class=DeskRoute, include_in_schema=False, prefix="/acteurs")
PER_PAGE = 50


SHOWN_CONTRACTS = 10


@dataclass(frozen=True)
class ActorsView:
    """The actors by name, a page of them."""

    rows: Sequence[Mapping[str, Any]]
    words: str
    empty: bool
    pages: Pages
    query: str
    chosen: Mapping[str, str]
    kinds: Sequence[tuple[str, str]]
    departments: Sequence[tuple[str, str]]


@router.get("")
def actors(
    visitor: VisitorDep,
    snapshot: SnapshotDep,
    texte: Annotated[str, Query(max_length=100)] = "",
    type: str = "",
    departement: str = "",
    page: int = 1,
) -> Response:
    wanted = Wanted(texte.strip(), type if type in KINDS else "", departement)
    found = list_actors(snapshot, visitor.audience, wanted)
    pages = Pages(len(found), page, PER_PAGE)
    chosen = {"texte": wanted.text, "type": wanted.kind, "departement": wanted.department}
    every = snapshot.actor_cards.values()
    return desk_page(
        "acteurs.html",
        visitor,
        "/acteurs",
        view=ActorsView(
            rows=[
                {
                    "address": address(card),
                    "name": card.name,
                    "kind": kind_in_words(card.kind),
                    "place": place(card.commune, card.department),
                    "confidential": card.id in snapshot.confidential,
                }
                for card in found[pages.slice]
            ],
            words=plural(len(found), "acteur"),
            empty=not snapshot.actor_cards,
            pages=pages,
            query=urlencode({name: value for name, value in chosen.items() if value}),
            chosen=chosen,
            kinds=sorted({(card.kind, kind_in_words(card.kind)) for card in every}, key=lambda one: one[1]),
            departments=department_choices(card.department for card in every),
        ),
    )


@dataclass(frozen=True)
class ActorView:
    """An actor, what suits it, and what was done and announced about it."""

    actor: Actor
    kind: str
    about: Sequence[tuple[str, str]]
    activities: Sequence[str]
    contracts: Sequence[Mapping[str, Any]]
    contracts_count: int
    members: Sequence[tuple[str, str]]
    carriers: Sequence[tuple[str, str]]
    entries: Sequence[bars.Told]
    cases: Mapping[str, Mapping[str, str]]  # by suggestion
    steps: Sequence[Mapping[str, Any]]
    history: Sequence[Mapping[str, Any]]
    followers: Sequence[Follower]
    plural: Callable[..., str]


@router.get("/{actor_id}")
def actor(
    actor_id: str,
    visitor: VisitorDep,
    unit: UnitDep,
    snapshot: SnapshotDep,
    impressions: ImpressionsDep,
    today: TodayDep,
) -> Response:
    file = records.read_actor(unit, actor_id, visitor.audience)
    answer = opportunities_for_actor(snapshot, actor_id, visitor.audience, k=10, today=today)
    impressions.note(snapshot, [answer], visitor.audience, day=today)
    weights = snapshot.matcher.weights
    return desk_page(
        "acteur.html",
        visitor,
        "/acteurs",
        view=ActorView(
            actor=file.actor,
            kind=kind_in_words(file.actor.kind),
            about=about_actor(file.actor),
            activities=file.actor.activities,
            contracts=[
                {
                    "title": one.title,
                    "buyer": one.buyer_name,
                    "year": one.notified_on.year if one.notified_on else "",
                    "amount": euros(one.amount_eur) if one.amount_eur else "",
                }
                for one in file.contracts[:SHOWN_CONTRACTS]
            ],
            contracts_count=len(file.contracts),
            members=[(f"/acteurs/{one.id}", one.name) for one in file.members],
            carriers=[(f"/acteurs/{one.id}", one.name) for one in file.carriers],
            entries=[told(one, weights[OpportunityKind(one.card.kind)].values) for one in answer.entries],
            cases=in_hand(unit.session, [one.suggestion_id for one in answer.entries]),
            steps=lately(unit.session, actor_id=actor_id),
            history=[_told(one) for one in announcements_about(unit.session, snapshot, actor_id)],
            followers=followers_of(unit.session, actor_id),
            plural=plural,
        ),
    )


def _told(one: AnnouncementEntry) -> dict[str, Any]:
    return {
        "night": one.night,
        "event": EVENTS.get(one.event, one.event),
        "what": name_of(one.opportunity) if one.opportunity else "",
        "address": address(one.opportunity) if one.opportunity else "",
        "partner": one.partner or "partenaire sans nom",
        "answer": rating_in_words(one.rating) if one.rating else "",
    }
