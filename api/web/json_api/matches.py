"""Ranked suggestions, with their reasons."""

from typing import Annotated

from fastapi import Body
from pydantic import BaseModel, Field

from api.core.errors import InvalidError, NotFoundError
from api.matching import suggest
from api.matching.advice_wording import score_in_words
from api.understanding.understand import understand
from api.web.checked_router import CheckedRouter
from api.web.dependencies import AudienceDep, EngineDep, SettingsDep, TodayDep, UnitDep
from api.web.house import EncoderDep, ImpressionsDep, KeySnapshotDep
from api.web.json_api.match_question import EXAMPLES, MatchRequest
from api.web.json_api.ranking import CardOut, RankingOut, ReasonOut
from api.web.json_api.understood import UnderstoodOut
from api.web.problems import PROBLEMS
from api.web.shown_elsewhere import once_written

router = CheckedRouter(tags=["rapprochements"], responses=PROBLEMS)


class MatchResponse(BaseModel):
    rankings: list[RankingOut]
    lots_left: int = Field(
        0,
        description="Combien de lots de l’opportunité n’ont pas leur liste ici : une réponse a 20 listes et 500 lignes "
        "au plus. Demandez-les par l’identifiant du lot.",
    )
    understood: UnderstoodOut | None = Field(None, description="Ce qui a été compris d’un texte collé ; absent sinon.")


@router.post("/api/matches", summary="Classer")
def matches(
    question: Annotated[MatchRequest, Body(openapi_examples=EXAMPLES)],
    unit: UnitDep,
    audience: AudienceDep,
    snapshot: KeySnapshotDep,
    encoder: EncoderDep,
    impressions: ImpressionsDep,
    today: TodayDep,
    options: SettingsDep,
) -> MatchResponse:
    """Classe les acteurs pour une opportunité ou un texte, ou les opportunités pour un acteur, raisons à l’appui."""
    if question.k > options.max_k:
        raise InvalidError([("k", f"au plus {options.max_k}")])
    kept_kinds = [*question.filters.actor_kinds, *question.filters.opportunity_kinds]
    filters = suggest.Filters(frozenset(map(str, kept_kinds)), frozenset(question.filters.departments))
    n_lists, understood_need = 1, None
    if question.opportunity_id is not None:
        n_lists = len(snapshot.lots_of(question.opportunity_id, confidential=audience.confidential))
        ranked_answers = suggest.actors_for_opportunity(
            unit.session,
            snapshot,
            question.opportunity_id,
            audience,
            k=question.k,
            filters=filters,
            even_closed=question.even_closed,
            share=question.share,
            today=today,
        )
    elif question.actor_id is not None:
        ranked_answers = [
            suggest.opportunities_for_actor(
                snapshot,
                question.actor_id,
                audience,
                k=question.k,
                filters=filters,
                even_closed=question.even_closed,
                today=today,
            )
        ]
    else:
        pasted_text = question.text or ""
        understood_need = understand(pasted_text, snapshot.gazetteer, snapshot.departments, today)
        n_lists = max(len(understood_need.need.lots), 1)
        ranked_answers = suggest.actors_for_need(
            unit.session,
            snapshot,
            encoder,
            understood_need.need,
            audience,
            k=question.k,
            filters=filters,
            share=question.share,
            today=today,
        )
    impressions.note(snapshot, ranked_answers, audience, day=today)
    rankings = [RankingOut.of(ranked_answer) for ranked_answer in ranked_answers]
    return MatchResponse(
        rankings=rankings,
        lots_left=max(n_lists - len(rankings), 0),
        understood=UnderstoodOut.of(understood_need) if understood_need else None,
    )


class BreakdownOut(BaseModel):
    """Une suggestion, telle qu’elle a été montrée la dernière fois : bias + contributions = logit du score."""

    id: str
    actor: CardOut
    opportunity: CardOut | None
    via_member: CardOut | None
    shown_at: str
    rank: int
    score: float
    advice: str
    bias: float
    weights_id: str
    encoder_revision: str
    reasons: list[ReasonOut]


@router.get("/api/suggestions/{suggestion_id}", summary="Le détail d’une suggestion")
def suggestion(
    suggestion_id: str,
    unit: UnitDep,
    audience: AudienceDep,
    snapshot: KeySnapshotDep,
    engine: EngineDep,
    options: SettingsDep,
) -> BreakdownOut:
    def found_now() -> suggest.Breakdown:
        unit.end_reading()
        return suggest.breakdown(unit.session, snapshot, suggestion_id, audience)

    try:
        breakdown = suggest.breakdown(unit.session, snapshot, suggestion_id, audience)
    except NotFoundError:
        # It may have been shown by the answer just before.
        unit.settle(options.write_wait_s)
        breakdown = once_written(engine, found_now) if audience.confidential else found_now()
    return BreakdownOut(
        id=breakdown.suggestion.id,
        actor=CardOut.of(breakdown.actor),
        opportunity=CardOut.of(breakdown.opportunity) if breakdown.opportunity else None,
        via_member=CardOut.of(breakdown.member) if breakdown.member else None,
        shown_at=breakdown.ranked_list.created_at.isoformat(),
        rank=breakdown.impression.rank,
        score=breakdown.impression.score,
        advice=score_in_words(breakdown.impression.score),
        bias=breakdown.impression.breakdown["bias"],
        weights_id=breakdown.ranked_list.weights_id,
        encoder_revision=breakdown.ranked_list.encoder_revision,
        reasons=[ReasonOut.of(reason, "facilitator") for reason in breakdown.reasons],
    )
