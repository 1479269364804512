"""The actors by name; and one of them: who it is, what suits it, what was told of it, who follows it."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from starlette.responses import Response

from api import codes
from api.journeys import records
from api.journeys.board import Wanted
from api.journeys.directory import Told, followers_of, list_actors, told_of_actor
from api.journeys.suggest import name_of, opportunities_for_actor
from api.pages.explained import address, told
from api.pages.followed import in_hand, lately
from api.pages.parts import DeskDep, Pages, TodayDep, department_choices, desk_page
from api.pages.rendering import EngineDep
from api.pages.visitors import VisitorDep
from api.pages.words import EVENTS, kind_in_words, place, plural
from api.wording import DEPARTMENTS, INTERESTS, KINDS, OBJECTIONS, SEEKING, day, euros, number
from matcher.nomenclature import naf_name
from matcher.tuning import Objection
from matcher.types import OpportunityKind
from models.actors import Actor
from models.ratings import Rating

router = APIRouter(include_in_schema=False, prefix="/acteurs")
PER_PAGE = 50


SHOWN_CONTRACTS = 10


@router.get("")
def actors(
    visitor: VisitorDep,
    desk: DeskDep,
    texte: Annotated[str, Query(max_length=100)] = "",
    type: str = "",
    departement: str = "",
    page: int = 1,
) -> Response:
    snapshot = desk.snapshot()
    wanted = Wanted(texte.strip(), type if type in KINDS else "", departement)
    found = list_actors(snapshot, visitor.audience, wanted)
    pages = Pages(len(found), page, PER_PAGE)
    chosen = {"texte": wanted.text, "type": wanted.kind, "departement": wanted.department}
    every = snapshot.actor_cards.values()
    return desk_page(
        "acteurs.html",
        visitor,
        "/acteurs",
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
    )


@router.get("/{actor_id}")
def actor(actor_id: str, visitor: VisitorDep, engine: EngineDep, desk: DeskDep, today: TodayDep) -> Response:
    file = records.read_actor(engine, actor_id, visitor.audience)
    answer = opportunities_for_actor(desk, actor_id, visitor.audience, k=10, today=today)
    snapshot = desk.snapshot()
    weights = snapshot.matcher.weights
    return desk_page(
        "acteur.html",
        visitor,
        "/acteurs",
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
        cases=in_hand(engine, [one.suggestion_id for one in answer.entries]),
        steps=lately(engine, actor_id=actor_id),
        history=[_told(one) for one in told_of_actor(engine, snapshot, actor_id)],
        followers=followers_of(engine, actor_id),
        plural=plural,
    )


def about_actor(one: Actor) -> list[tuple[str, str]]:
    """Return what is known, as (name, value)."""
    low, high = codes.HEADCOUNT_BANDS.get(one.headcount_band or "NN", (None, None))
    band = "" if low is None else f"{number(low)} ou plus" if high is None else f"{number(low)} à {number(high)}"
    naf = [f"{name} ({code})" if (name := naf_name(code)) else code for code in (row["code"] for row in one.naf)]
    area = [DEPARTMENTS.get(code, code) for code in one.area_departments]
    area += [plural(len(one.area_communes), "commune")] if one.area_communes else []
    found = [
        ("Lieu", place(one.commune_name, one.department)),
        ("SIRET", one.siret or ""),
        ("Secteur", ", ".join(naf)),
        ("Rayon d’action", f"{number(one.radius_km)} km" if one.radius_km is not None else ""),
        ("Zone d’intervention", ", ".join(area)),
        ("Effectif", plural(one.headcount, "salarié") if one.headcount is not None else band),
        ("Chiffre d’affaires", euros(one.turnover_eur) if one.turnover_eur else ""),
        ("Agréments", ", ".join(one.approvals)),
        ("Recherche", ", ".join(SEEKING.get(code, code) for code in one.seeks)),
        ("Fiche à jour du", day(one.information_date.isoformat()) if one.information_date else ""),
    ]
    return [(name, value) for name, value in found if value]


def _told(one: Told) -> dict[str, Any]:
    return {
        "night": one.night,
        "event": EVENTS.get(one.event, one.event),
        "what": name_of(one.opportunity) if one.opportunity else "",
        "address": address(one.opportunity) if one.opportunity else "",
        "partner": one.partner or "partenaire sans nom",
        "answer": said(one.rating) if one.rating else "",
    }


def said(rating: Rating) -> str:
    """Return what a partner says: their interest, why not, and how it ended."""
    parts = [INTERESTS[rating.interest]] if rating.interest is not None else []
    if rating.reasons:
        parts[-1:] = [f"{parts[-1]} ({', '.join(OBJECTIONS[Objection(reason)] for reason in rating.reasons)})"]
    if rating.retained is not None:
        parts.append("retenu" if rating.retained else "non retenu")
    elif rating.answered is not None:
        parts.append("a répondu" if rating.answered else "n’a pas répondu")
    return " ; ".join(parts)
