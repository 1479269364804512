"""One opportunity: what it is, who fits it and why, who does not, what would change that, and who together."""

from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query
from starlette.responses import Response

from api.broker_wording import AXES
from api.coalition_wording import bound_sentence, lack_sentence, member_sentence, percent, verdict_sentence
from api.errors import NotFoundError
from api.journeys import records
from api.journeys.axis import axis_of_row
from api.journeys.coalition import coalition_for
from api.journeys.compare import Side, compare_actors, within_reach
from api.journeys.desk import Snapshot
from api.journeys.suggest import Answer, actors_for_opportunity, name_of
from api.pages.explained import nearly, side_by_side, told
from api.pages.followed import in_hand, lately
from api.pages.maps import Map, ranked_map
from api.pages.parts import DeskDep, TodayDep, axis_choices, chosen_axis, desk_page
from api.pages.rendering import EngineDep, see
from api.pages.visitors import VisitorDep
from api.pages.words import STATUSES, kind_in_words, place, plural, when
from api.wording import OPPORTUNITY_KINDS, RESERVATIONS, day, euros, number, score_in_words, sentence
from matcher.coalition import Coalition, Verdict
from matcher.types import OpportunityKind
from models.opportunities import TakeoverCase

router = APIRouter(include_in_schema=False, prefix="/opportunites")

SHORT, LONG = 10, 30
CAUSES = {
    "retirement": "départ en retraite",
    "insolvency": "procédure collective",
    "relocation": "déménagement",
    "other": "autre",
}


@router.get("/{opportunity_id}")
def opportunity(
    opportunity_id: str,
    visitor: VisitorDep,
    engine: EngineDep,
    desk: DeskDep,
    today: TodayDep,
    lot: Annotated[str, Query(max_length=36)] = "",
    partage: str = "",
    closes: str = "",
    nombre: int = SHORT,
) -> Response:
    file = records.read_opportunity(engine, opportunity_id, visitor.audience)
    chosen = next((one for one in file.lots if one.id == lot), file.lots[0] if file.lots else None)
    shared, even_closed = bool(partage), bool(closes)
    (answer,) = actors_for_opportunity(
        desk,
        chosen.id if chosen else opportunity_id,
        visitor.audience,
        k=LONG if nombre > SHORT else SHORT,
        even_closed=even_closed,
        share=shared,
        today=today,
    )
    snapshot, kind = desk.snapshot(), OpportunityKind(file.opportunity.kind)
    weights = snapshot.matcher.weights[kind].values
    state = {"lot": chosen.id if chosen else "", "partage": "oui" if shared else "", "closes": "oui" if closes else ""}
    ended = file.opportunity.status != "open" or bool(file.opportunity.deadline and file.opportunity.deadline < today)
    return desk_page(
        "opportunite.html",
        visitor,
        "/",
        file=file.opportunity,
        about=about_opportunity(file, chosen, today),
        kind=OPPORTUNITY_KINDS[kind].capitalize(),
        standing=STATUSES.get(file.opportunity.status, file.opportunity.status),
        ended=ended,
        axis=axis_of_row(file.opportunity, file.lots),
        axes=axis_choices(),
        assumed_axis=_assumed(file),
        lots=file.lots,
        lot=chosen,
        link=lambda **changed: _address(opportunity_id, state | changed),
        shared=shared,
        even_closed=even_closed,
        long=nombre > SHORT,
        entries=[told(entry, weights) for entry in answer.entries],
        cases=in_hand(engine, [entry.suggestion_id for entry in answer.entries]),
        steps=lately(engine, opportunity_id=opportunity_id),
        considered=plural(answer.considered, "acteur examiné", "acteurs examinés"),
        refused=[
            {"id": card.id, "name": name_of(card), "kind": kind_in_words(card.kind), "why": sentence(one.reason)}
            for one in answer.refused
            for card in (one.card,)
        ],
        nearly=[
            nearly(one, kind == OpportunityKind.TAKEOVER)
            for one in ([] if shared else within_reach(snapshot, answer, today=today))
        ],
        map=_map(snapshot, answer),
    )


@router.post("/{opportunity_id}/axe")
def set_axis(opportunity_id: str, visitor: VisitorDep, engine: EngineDep, axe: Annotated[str, Form()] = "") -> Response:
    """Say which axis an opportunity serves; an empty one lets it be assumed."""
    records.change_opportunity(engine, opportunity_id, {"axis": chosen_axis(axe)}, by=visitor.by)
    return see(f"/opportunites/{opportunity_id}")


def _assumed(file: records.OpportunityFile) -> str:
    """Return, in words, the axis that is assumed where none is given."""
    number = axis_of_row(file.opportunity.model_copy(update={"axis": None}), file.lots).number
    return f"{number}. {AXES[number]}"


def _address(opportunity_id: str, state: dict[str, str]) -> str:
    query = urlencode({name: value for name, value in state.items() if value})
    return f"/opportunites/{opportunity_id}" + (f"?{query}" if query else "")


@router.get("/{opportunity_id}/comparer")
def compare(
    opportunity_id: str,
    visitor: VisitorDep,
    engine: EngineDep,
    desk: DeskDep,
    today: TodayDep,
    a: Annotated[str, Query(max_length=36)] = "",
    b: Annotated[str, Query(max_length=36)] = "",
    lot: Annotated[str, Query(max_length=36)] = "",
    closes: str = "",
) -> Response:
    file = records.read_opportunity(engine, opportunity_id, visitor.audience)
    if lot and lot not in {one.id for one in file.lots}:
        raise NotFoundError("Ce lot n’existe pas.")
    chosen = lot or (file.lots[0].id if file.lots else opportunity_id)
    actors = list(dict.fromkeys(one for one in (a, b) if one))
    sides: list[Side] = []
    rows, card = [], desk.snapshot().opportunity_cards[chosen]
    if len(actors) == 2:
        card, sides = compare_actors(desk, chosen, actors, visitor.audience, even_closed=bool(closes), today=today)
        rows = side_by_side(sides, desk.snapshot().matcher.weights[OpportunityKind(card.kind)].values)
    return desk_page(
        "comparer.html",
        visitor,
        "/",
        title=card.display_title,
        back=f"/opportunites/{opportunity_id}" + (f"?lot={lot}" if lot else ""),
        sides=[
            {
                "id": side.card.id,
                "name": side.card.name,
                "kind": kind_in_words(side.card.kind),
                "place": place(side.card.commune, side.card.department),
                "via": side.member.name if side.member else "",
                "advice": score_in_words(side.suggestion.score) if side.suggestion else "",
                "score": number(side.suggestion.score, 2) if side.suggestion else "",
                "refusal": sentence(side.refusal) if side.refusal else "",
            }
            for side in sides
        ],
        rows=rows,
    )


@router.get("/{opportunity_id}/groupement")
def together(opportunity_id: str, visitor: VisitorDep, desk: DeskDep, today: TodayDep, closes: str = "") -> Response:
    answer = coalition_for(desk, opportunity_id, visitor.audience, even_closed=bool(closes), today=today)
    found = answer.proposal
    team = found.coalition or (found.alone if found.verdict == Verdict.ALONE else None)
    names = [answer.actors[one.candidate_id].name for one in team.members] if team else []
    return desk_page(
        "groupement.html",
        visitor,
        "/",
        title=answer.question.display_title,
        back=f"/opportunites/{opportunity_id}",
        verdict=verdict_sentence(found.verdict, takeover=answer.takeover, names=names, lacks=found.lacks),
        bound=bound_sentence(team) if team else "",
        members=_members(answer, team) if team else [],
        lacks=[lack_sentence(one) for one in found.lacks],
        considered=plural(found.considered, "acteur examiné", "acteurs examinés"),
    )


def _members(answer: Any, team: Coalition) -> list[dict[str, Any]]:
    alone = len(team.members) == 1
    return [
        {
            "id": one.candidate_id,
            "name": answer.actors[one.candidate_id].name,
            "kind": kind_in_words(answer.actors[one.candidate_id].kind),
            "leads": one.leads,
            "share": percent(one.share / team.value) if team.value else "0 %",
            "width": round(100 * one.share / team.value, 1) if team.value else 0,
            "reasons": [member_sentence(why, takeover=answer.takeover, alone=alone) for why in one.reasons],
        }
        for one in team.members
    ]


def _map(snapshot: Snapshot, answer: Answer) -> Map | None:
    assert answer.question is not None
    row = next(one for one in snapshot.opportunities.opportunities if one.id == answer.question.id)
    target = (row.point, answer.question.commune or "") if row.point else None
    return ranked_map(snapshot, answer.entries, target)


def about_opportunity(file: records.OpportunityFile, lot: Any, today: date) -> list[tuple[str, str]]:
    """Return what is known, as (name, value)."""
    one, case = file.opportunity, file.takeover
    amount = (lot.amount_eur if lot else None) or one.amount_eur
    reserved = (lot.reserved if lot else None) or one.reserved
    found = [
        ("Échéance", f"{day(one.deadline.isoformat())} ({when(one.deadline, today)})" if one.deadline else ""),
        ("Lieu", place(one.commune_name, one.department)),
        ("Acheteur", one.buyer_name or ""),
        ("Montant", euros(amount) if amount else ""),
        ("Réservé", ", ".join(RESERVATIONS[name] for name in reserved)),
        ("Clause sociale", "" if one.social_clause is None else "oui" if one.social_clause else "non"),
        ("Agréments demandés", ", ".join(one.required_approvals)),
        ("Parution", day(one.published_on.isoformat()) if one.published_on else ""),
    ]
    if case:
        found += about_takeover(case)
    return [(name, value) for name, value in found if value]


def about_takeover(case: TakeoverCase) -> list[tuple[str, str]]:
    """Return what only a takeover case has, as (name, value); a value that is not known is empty."""
    prices = [euros(price) for price in (case.price_min_eur, case.price_max_eur) if price]
    return [
        ("Cause", CAUSES.get(case.cause, case.cause)),
        ("Effectif", plural(case.headcount, "salarié") if case.headcount is not None else ""),
        ("Chiffre d’affaires", euros(case.turnover_eur) if case.turnover_eur else ""),
        ("Prix", " à ".join(dict.fromkeys(prices))),
        ("Cession prévue", day(case.transfer_on.isoformat()) if case.transfer_on else ""),
    ]
