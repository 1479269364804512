"""Actors that were ticked: compared side by side, and their cases opened at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Form, Query
from starlette.responses import Response

from api.brokerage import cases
from api.brokerage.pairs import Pair
from api.catalogue import records
from api.core.errors import ConflictError, NotFoundError
from api.matching.compare import compare_actors
from api.web.checked_router import CheckedRouter
from api.web.components.bars import ScoreBar
from api.web.components.cases import CaseInHand, in_hand
from api.web.components.compared_actors import MOST_COMPARED, ComparedActor, compared_actors
from api.web.components.comparison import side_by_side
from api.web.components.forms import desk_page
from api.web.components.letters import offered_templates
from api.web.components.picked_acts import PickedActs, acts_on_actors, acts_on_candidates, opportunity_address
from api.web.dependencies import EngineDep, NowDep, TodayDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.fields import FormWord, FormWords, QueryWord, QueryWords
from api.web.house import SnapshotDep
from api.web.rendering import see
from api.web.shown_elsewhere import once_written
from api.web.visitors import VisitorDep
from matcher.types import OpportunityKind, roles_of

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False)


@dataclass(frozen=True)
class ComparisonView:
    """Several actors beside each other; nobody while fewer than two are chosen.

    title: of the opportunity, empty where none is asked about. left_out: how many more were ticked.
    rows: reason by reason, the bar of each actor. cases: by actor, its case.
    """

    title: str
    back: str
    actors: Sequence[ComparedActor]
    left_out: int
    rows: Sequence[tuple[str, Sequence[ScoreBar | None]]]
    cases: Mapping[str, CaseInHand]
    picked: PickedActs


@router.get("/opportunites/{opportunity_id}/comparer")
def compare_for_opportunity(
    opportunity_id: str,
    visitor: VisitorDep,
    unit: UnitDep,
    snapshot: SnapshotDep,
    today: TodayDep,
    acteur: QueryWords = (),
    lot: Annotated[str, Query(max_length=36)] = "",
    closes: QueryWord = "",
) -> Response:
    """Compare actors that were ticked in the ranking of an opportunity, or of one of its lots."""
    opportunity_file = records.read_opportunity(unit, opportunity_id, visitor.audience)
    if lot and lot not in {opportunity_lot.id for opportunity_lot in opportunity_file.lots}:
        raise NotFoundError("Ce lot n’existe pas.")
    lot_id = lot or (opportunity_file.lots[0].id if opportunity_file.lots else None)
    actor_ids, left_out = _compared_ids(acteur)
    subject_card, sides = compare_actors(
        snapshot, lot_id or opportunity_id, actor_ids, visitor.audience, even_closed=bool(closes), today=today
    )
    weights = snapshot.matcher.weights[roles_of(OpportunityKind(subject_card.kind))[0]].values
    suggestion_ids = {actor_id: Pair(actor_id, opportunity_id, lot_id).suggestion_id for actor_id in actor_ids}
    cases_by_suggestion = in_hand(unit.session, list(suggestion_ids.values()))
    return desk_page(
        "comparer.html",
        visitor,
        "/opportunites",
        view=ComparisonView(
            title=subject_card.display_title,
            back=opportunity_address(opportunity_id, {"lot": lot, "closes": closes}, actor_ids),
            actors=compared_actors(unit.session, actor_ids, sides),
            left_out=left_out,
            rows=side_by_side(sides, weights) if sides else [],
            cases={
                actor_id: cases_by_suggestion[suggestion_id]
                for actor_id, suggestion_id in suggestion_ids.items()
                if suggestion_id in cases_by_suggestion
            },
            picked=acts_on_candidates(
                opportunity_id,
                lot,
                offered_templates(unit.session, about_opportunity=True),
                confidential=opportunity_file.opportunity.confidential,
                even_closed=bool(closes),
                ticked=actor_ids,
            ),
        ),
    )


@router.get("/acteurs/comparer")
def compare(visitor: VisitorDep, unit: UnitDep, acteur: QueryWords = ()) -> Response:
    """Compare actors that were ticked in a list, without a question."""
    actor_ids, left_out = _compared_ids(acteur)
    return desk_page(
        "comparer.html",
        visitor,
        "/acteurs",
        view=ComparisonView(
            title="",
            back="/acteurs",
            actors=compared_actors(unit.session, actor_ids),
            left_out=left_out,
            rows=[],
            cases={},
            picked=acts_on_actors(offered_templates(unit.session), actor_ids),
        ),
    )


@router.post("/opportunites/{opportunity_id}/dossiers")
def open_cases(
    opportunity_id: str,
    visitor: VisitorDep,
    engine: EngineDep,
    now: NowDep,
    acteur: FormWords = (),
    lot: Annotated[str, Form(max_length=36)] = "",
    closes: FormWord = "",
) -> Response:
    """Open the cases of all actors that were ticked in a ranking, all or none; the ranking's page says which."""
    choices = {"lot": lot, "closes": closes}
    if not acteur:
        return see(opportunity_address(opportunity_id, choices | {"fait": "aucun"}))
    suggestion_ids = [Pair(actor_id, opportunity_id, lot or None).suggestion_id for actor_id in acteur]
    try:
        opened = once_written(
            engine, lambda: cases.open_cases(engine, suggestion_ids, visitor.account_id, by=visitor.by, now=now)
        )
    except (NotFoundError, ConflictError):
        return see(opportunity_address(opportunity_id, choices | {"fait": "hors"}, acteur))
    told = {"ouvert": ",".join(opened.opened), "deja": ",".join(opened.already)}
    return see(opportunity_address(opportunity_id, choices | told))


def _compared_ids(actor_ids: Sequence[str]) -> tuple[list[str], int]:
    """Return those that are compared, without repetition, and how many are too many; nobody where one is alone."""
    ticked = [actor_id for actor_id in dict.fromkeys(actor_ids) if actor_id]
    return (ticked[:MOST_COMPARED], len(ticked[MOST_COMPARED:])) if len(ticked) > 1 else ([], 0)
