"""The facilitators' pages: what is open, whom to call for it and why, what is open to an actor."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from starlette.responses import Response

from api.journeys import suggest
from api.journeys.bureau import Wanted, open_opportunities
from api.journeys.desk import ActorCard, OpportunityCard
from api.pages.rendering import DeskDep, page
from api.pages.visitors import AUDIENCE, VisitorDep, same_origin
from api.settings import settings
from api.wording import (
    KINDS,
    OPPORTUNITY_KINDS,
    RESERVATIONS,
    days_left,
    number,
    score_in_words,
    sentence,
)

router = APIRouter(include_in_schema=False, dependencies=[Depends(same_origin)])
SHORTEST_TEXT, LONGEST_TEXT = 3, 20_000
SHOWN = 10


@dataclass(frozen=True)
class Shown:
    """One line of a ranked list, in words. `bars`: each known part of the score, as a share of the largest."""

    rank: int
    path: str
    name: str
    kind: str
    place: str
    member: str
    score: str
    advice: str
    reasons: tuple[tuple[str, float], ...]
    unknown: tuple[str, ...]


@router.get("/")
def bureau(
    visitor: VisitorDep, desk: DeskDep, q: str = "", type: str = "", departement: str = "", numero: int = 1
) -> Response:
    wanted = Wanted(q, type, departement, numero)
    found = open_opportunities(desk.snapshot(), wanted, suggest.today_in_france())
    lines = [
        {
            "path": f"/opportunites/{line.card.opportunity_id}",
            "title": line.card.title,
            "kind": OPPORTUNITY_KINDS[line.card.kind],
            "place": _place(line.card),
            "deadline": line.card.deadline,
            "left": days_left(line.days),
            "lots": f"{number(line.lots)} lots" if line.lots > 1 else "",
            "reserved": " ; ".join(f"réservé {RESERVATIONS[one]}" for one in line.reserved),
            "confidential": line.confidential,
        }
        for line in found.lines
    ]
    departments = settings().departments.split(",")
    return page(
        "bureau.html",
        visitor=visitor,
        lines=lines,
        found=found,
        wanted=wanted,
        kinds=OPPORTUNITY_KINDS,
        departments=departments,
    )


@router.post("/recherche")
def search(visitor: VisitorDep, desk: DeskDep, texte: Annotated[str, Form()] = "") -> Response:
    """The text is in no address and kept nowhere."""
    text = texte.strip()
    if not SHORTEST_TEXT <= len(text) <= LONGEST_TEXT:
        error = f"Collez un texte de {SHORTEST_TEXT} à {number(LONGEST_TEXT)} caractères."
        return page("search.html", 422, visitor=visitor, text=text[:LONGEST_TEXT], error=error, answer=None)
    answer = suggest.actors_for_text(desk, text, AUDIENCE, k=SHOWN, today=suggest.today_in_france())
    return page("search.html", visitor=visitor, text=text, error="", answer=_list(answer))


@router.get("/opportunites/{opportunity_id}")
def opportunity(
    opportunity_id: str, visitor: VisitorDep, desk: DeskDep, partage: bool = False, close: bool = False
) -> Response:
    answers = suggest.actors_for_opportunity(
        desk, opportunity_id, AUDIENCE, k=SHOWN, even_closed=close, share=partage, today=suggest.today_in_france()
    )
    card = answers[0].question
    assert isinstance(card, OpportunityCard)
    snapshot = desk.snapshot()
    row = snapshot.lots_of(card.id, confidential=True)[0]
    return page(
        "opportunity.html",
        visitor=visitor,
        card=card,
        kind=OPPORTUNITY_KINDS[card.kind],
        place=_place(card),
        description=row.description,
        amount=number(row.amount_eur) if row.amount_eur is not None else "",
        is_open=row.open,
        confidential=row.id in snapshot.confidential,
        lists=[_list(answer) for answer in answers],
        shared=partage,
        closed_too=close,
    )


@router.get("/acteurs/{actor_id}")
def actor(actor_id: str, visitor: VisitorDep, desk: DeskDep) -> Response:
    answer = suggest.opportunities_for_actor(desk, actor_id, AUDIENCE, k=SHOWN, today=suggest.today_in_france())
    snapshot = desk.snapshot()
    value = snapshot.actor(actor_id, confidential=True)
    card = snapshot.actor_cards[actor_id]
    return page(
        "actor.html",
        visitor=visitor,
        card=card,
        kind=KINDS[card.kind],
        place=_place(card),
        activities=value.activities,
        members=[snapshot.actor_cards[member.id] for member in value.members],
        headcount=number(value.headcount) if value.headcount is not None else "",
        radius=number(value.radius_km) if value.radius_km is not None else "",
        list=_list(answer),
    )


def _list(answer: suggest.Answer) -> dict[str, object]:
    asked = answer.question if isinstance(answer.question, OpportunityCard) else None
    return {
        "lot": asked and asked.lot_title,
        "lot_number": asked and asked.lot_number,
        "place": answer.place,
        "considered": number(answer.considered),
        "shown": [_shown(entry) for entry in answer.entries],
        "refused": [(suggest.name_of(one.card), sentence(one.reason)) for one in answer.refused],
    }


def _shown(entry: suggest.Entry) -> Shown:
    one = entry.suggestion
    known = [reason for reason in one.reasons if reason.value is not None]
    largest = max((reason.contribution for reason in known), default=0) or 1
    return Shown(
        rank=one.rank,
        path=_path(entry.card),
        name=suggest.name_of(entry.card),
        kind=(KINDS | OPPORTUNITY_KINDS)[entry.card.kind],
        place=_place(entry.card),
        member=entry.member.name if entry.member else "",
        score=number(one.score, 2),
        advice=score_in_words(one.score),
        reasons=tuple((sentence(reason), round(reason.contribution / largest, 3)) for reason in known),
        unknown=tuple(sentence(reason) for reason in one.reasons if reason.value is None),
    )


def _path(card: suggest.Card) -> str:
    return f"/acteurs/{card.id}" if isinstance(card, ActorCard) else f"/opportunites/{card.opportunity_id}"


def _place(card: suggest.Card) -> str:
    return " ".join(part for part in (card.commune, card.department and f"({card.department})") if part)
