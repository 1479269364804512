"""One opportunity: what it is, who fits it and why, who does not, what would change that, and who together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query
from starlette.responses import Response

from api.catalogue import records
from api.catalogue.axes import Axis, axis_of_row
from api.catalogue.wording import AXES, OPPORTUNITY_KINDS, STATUSES, kind_in_words, place
from api.core.errors import NotFoundError
from api.core.french import number, plural
from api.matching.answer import Answer, name_of
from api.matching.coalition import coalition_for
from api.matching.coalition_wording import bound_sentence, lack_sentence, member_sentence, percent, verdict_sentence
from api.matching.compare import compare_actors, within_reach
from api.matching.reasons import score_in_words, sentence
from api.matching.snapshot import Snapshot
from api.matching.suggest import actors_for_opportunity
from api.web.components.bars import Bar, Told, told
from api.web.components.cases import in_hand, lately
from api.web.components.comparison import Nearly, nearly, side_by_side
from api.web.components.facts import about_opportunity
from api.web.components.forms import axis_choices, chosen_axis, desk_page
from api.web.components.maps import Map, ranked_map
from api.web.dependencies import EngineDep, PlacesDep, TodayDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.house import EncoderDep, ImpressionsDep, SnapshotDep
from api.web.rendering import see
from api.web.visitors import VisitorDep
from matcher.coalition.proposal import Coalition, Verdict
from matcher.types import OpportunityKind
from models.opportunities import Lot, Opportunity

router = APIRouter(route_class=DeskRoute, include_in_schema=False, prefix="/opportunites")

SHORT, LONG = 10, 30


@dataclass(frozen=True)
class OpportunityView:
    """An opportunity, or one of its lots, and who fits it."""

    file: Opportunity
    about: Sequence[tuple[str, str]]
    kind: str
    standing: str
    ended: bool
    axis: Axis
    axes: Sequence[tuple[str, str]]
    assumed_axis: str
    lots: Sequence[Lot]
    lot: Lot | None
    link: Callable[..., str]  # the address of this page, with some of its choices changed
    shared: bool
    even_closed: bool
    long: bool
    entries: Sequence[Told]
    cases: Mapping[str, Mapping[str, str]]  # by suggestion
    steps: Sequence[Mapping[str, Any]]
    considered: str
    refused: Sequence[Mapping[str, str]]
    nearly: Sequence[Nearly]
    map: Map | None


@router.get("/{opportunity_id}")
def opportunity(
    opportunity_id: str,
    visitor: VisitorDep,
    unit: UnitDep,
    snapshot: SnapshotDep,
    impressions: ImpressionsDep,
    today: TodayDep,
    lot: Annotated[str, Query(max_length=36)] = "",
    partage: str = "",
    closes: str = "",
    nombre: int = SHORT,
) -> Response:
    file = records.read_opportunity(unit, opportunity_id, visitor.audience)
    chosen = next((one for one in file.lots if one.id == lot), file.lots[0] if file.lots else None)
    shared, even_closed = bool(partage), bool(closes)
    (answer,) = actors_for_opportunity(
        unit.session,
        snapshot,
        chosen.id if chosen else opportunity_id,
        visitor.audience,
        k=LONG if nombre > SHORT else SHORT,
        even_closed=even_closed,
        share=shared,
        today=today,
    )
    impressions.note(snapshot, [answer], visitor.audience, day=today)
    kind = OpportunityKind(file.opportunity.kind)
    weights = snapshot.matcher.weights[kind].values
    state = {"lot": chosen.id if chosen else "", "partage": "oui" if shared else "", "closes": "oui" if closes else ""}
    ended = file.opportunity.status != "open" or bool(file.opportunity.deadline and file.opportunity.deadline < today)
    return desk_page(
        "opportunite.html",
        visitor,
        "/",
        view=OpportunityView(
            file=file.opportunity,
            about=about_opportunity(file.opportunity, chosen, file.takeover, today),
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
            cases=in_hand(unit.session, [entry.suggestion_id for entry in answer.entries]),
            steps=lately(unit.session, opportunity_id=opportunity_id),
            considered=plural(answer.n_candidates, "acteur examiné", "acteurs examinés"),
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
        ),
    )


@router.post("/{opportunity_id}/axe")
def set_axis(
    opportunity_id: str, visitor: VisitorDep, engine: EngineDep, places: PlacesDep, axe: Annotated[str, Form()] = ""
) -> Response:
    """Say which axis an opportunity serves; an empty one lets it be assumed."""
    records.change_opportunity(engine, opportunity_id, {"axis": chosen_axis(axe)}, by=visitor.by, places=places)
    return see(f"/opportunites/{opportunity_id}")


def _assumed(file: records.OpportunityFile) -> str:
    """Return, in words, the axis that is assumed where none is given."""
    number = axis_of_row(file.opportunity.model_copy(update={"axis": None}), file.lots).number
    return f"{number}. {AXES[number]}"


def _address(opportunity_id: str, state: dict[str, str]) -> str:
    query = urlencode({name: value for name, value in state.items() if value})
    return f"/opportunites/{opportunity_id}" + (f"?{query}" if query else "")


@dataclass(frozen=True)
class ComparisonView:
    """Two actors beside each other; no rows while fewer are chosen."""

    title: str
    back: str
    sides: Sequence[Mapping[str, str]]
    rows: Sequence[tuple[str, Sequence[Bar | None]]]


@router.get("/{opportunity_id}/comparer")
def compare(
    opportunity_id: str,
    visitor: VisitorDep,
    unit: UnitDep,
    snapshot: SnapshotDep,
    today: TodayDep,
    a: Annotated[str, Query(max_length=36)] = "",
    b: Annotated[str, Query(max_length=36)] = "",
    lot: Annotated[str, Query(max_length=36)] = "",
    closes: str = "",
) -> Response:
    file = records.read_opportunity(unit, opportunity_id, visitor.audience)
    if lot and lot not in {one.id for one in file.lots}:
        raise NotFoundError("Ce lot n’existe pas.")
    chosen = lot or (file.lots[0].id if file.lots else opportunity_id)
    actors = list(dict.fromkeys(one for one in (a, b) if one))
    compared = actors if len(actors) == 2 else []
    card, sides = compare_actors(snapshot, chosen, compared, visitor.audience, even_closed=bool(closes), today=today)
    rows = side_by_side(sides, snapshot.matcher.weights[OpportunityKind(card.kind)].values) if sides else []
    return desk_page(
        "comparer.html",
        visitor,
        "/",
        view=ComparisonView(
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
        ),
    )


@dataclass(frozen=True)
class CoalitionView:
    """Who together answers an opportunity, and what is lacking."""

    title: str
    back: str
    verdict: str
    bound: str
    members: Sequence[Mapping[str, Any]]
    lacks: Sequence[str]
    considered: str


@router.get("/{opportunity_id}/groupement")
def together(
    opportunity_id: str,
    visitor: VisitorDep,
    snapshot: SnapshotDep,
    encoder: EncoderDep,
    today: TodayDep,
    closes: str = "",
) -> Response:
    answer = coalition_for(snapshot, encoder, opportunity_id, visitor.audience, even_closed=bool(closes), today=today)
    found = answer.proposal
    team = found.coalition or (found.alone if found.verdict == Verdict.ALONE else None)
    names = [answer.actors[one.candidate_id].name for one in team.members] if team else []
    return desk_page(
        "groupement.html",
        visitor,
        "/",
        view=CoalitionView(
            title=answer.question.display_title,
            back=f"/opportunites/{opportunity_id}",
            verdict=verdict_sentence(found.verdict, takeover=answer.takeover, names=names, lacks=found.lacks),
            bound=bound_sentence(team) if team else "",
            members=_members(answer, team) if team else [],
            lacks=[lack_sentence(one) for one in found.lacks],
            considered=plural(found.n_candidates, "acteur examiné", "acteurs examinés"),
        ),
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
