"""Ranked suggestions, with their reasons."""

from typing import Annotated, Any, Literal, Self

from fastapi import Body
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from api.catalogue.schemas import DepartmentCode, Id
from api.core.errors import InvalidError, NotFoundError
from api.matching import answer as matching_answer
from api.matching import suggest
from api.matching.advice_wording import score_in_words
from api.matching.answer import ActorCard
from api.matching.reasons import Reader, sentence
from api.understanding.understand import LONGEST_TEXT, understand
from api.web.checked_router import CheckedRouter
from api.web.dependencies import AudienceDep, EngineDep, SettingsDep, TodayDep, UnitDep
from api.web.house import EncoderDep, ImpressionsDep, KeySnapshotDep
from api.web.json_api.understood import UnderstoodOut
from api.web.problems import PROBLEMS
from api.web.shown_elsewhere import once_written
from matcher.sections import Section, section_of
from matcher.types import ActorKind, OpportunityKind, Reason, Role

router = CheckedRouter(tags=["rapprochements"], responses=PROBLEMS)

# As many as there are départements.
MOST_FILTERS = 101

EXAMPLES: dict[str, Any] = {
    "texte": {
        "summary": "Un besoin collé",
        "value": {"text": "Tonte et débroussaillage du parc communal, 2 hectares, à Crest", "k": 5},
    },
    "opportunité": {
        "summary": "Les acteurs d’une opportunité",
        "value": {"opportunity_id": "8f14e45f-ceea-5467-9c3d-0242ac120002", "k": 10},
    },
    "acteur": {
        "summary": "Les marchés ouverts à un acteur",
        "value": {
            "actor_id": "c9f0f895-fb98-5b91-a3b4-0242ac120002",
            "filters": {"opportunity_kinds": ["market"], "departments": ["26"]},
        },
    },
}


class FiltersIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    actor_kinds: list[ActorKind] = Field([], max_length=MOST_FILTERS, description="Ne retenir que ces types d’acteurs.")
    opportunity_kinds: list[OpportunityKind] = Field(
        [], max_length=MOST_FILTERS, description="Ne retenir que ces types d’opportunités."
    )
    departments: list[DepartmentCode] = Field(
        [], max_length=MOST_FILTERS, description="Ne retenir que les candidats de ces départements."
    )


PastedText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=LONGEST_TEXT)]


class MatchRequest(BaseModel):
    """Une question, et une seule : une opportunité, un acteur, ou un texte."""

    model_config = ConfigDict(extra="forbid")

    opportunity_id: Id | None = Field(None, description="Une opportunité, ou un lot : quels acteurs appeler ?")
    actor_id: Id | None = Field(None, description="Un acteur : quelles opportunités pour lui ?")
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=LONGEST_TEXT)] | None = (
        Field(None, description="Un besoin en toutes lettres : quels acteurs appeler ? Le texte n’est pas conservé.")
    )
    filters: FiltersIn = FiltersIn()
    even_closed: bool = Field(False, description="Compter aussi les opportunités closes : qui aurait convenu ?")
    share: bool = Field(
        False,
        description="Faire tourner les propositions : qui a souvent été proposé sans répondre cède parfois sa place, "
        "qui ne l’a guère été est essayé ; l’ordre reste celui des scores, et la liste y perd au plus 3 %. Réservé aux "
        "animateurs et animatrices ; de toute la journée, la "
        "liste ne change pas.",
    )
    k: int = Field(10, ge=1, le=1_000, description="Longueur de la liste ; le service en refuse de plus longues.")

    @model_validator(mode="after")
    def _one_question(self) -> Self:
        if sum(question is not None for question in (self.opportunity_id, self.actor_id, self.text)) != 1:
            raise ValueError("donnez un champ, et un seul, parmi opportunity_id, actor_id et text")
        if self.actor_id and self.filters.actor_kinds:
            raise ValueError("actor_kinds filtre des acteurs : ce sont ici des opportunités qui sont classées")
        if not self.actor_id and self.filters.opportunity_kinds:
            raise ValueError("opportunity_kinds filtre des opportunités : ce sont ici des acteurs qui sont classés")
        if self.actor_id and self.share:
            raise ValueError("share partage l’attention entre acteurs : ce sont ici des opportunités qui sont classées")
        return self


class ReasonOut(BaseModel):
    code: str
    text: str = Field(description="La raison, en français.")
    contribution: float = Field(description="Ce qu’elle ajoute au logit du score.")
    value: float | None = Field(description="La mesure, dans [0, 1] ; absente si la donnée manque.")
    figures: dict[str, Any]

    @classmethod
    def of(cls, reason: Reason, reader: Reader) -> Self:
        return cls(
            code=reason.code,
            text=sentence(reason, reader),
            contribution=reason.contribution,
            value=reason.value,
            figures=dict(reason.figures),
        )


class CardOut(BaseModel):
    """Un acteur ou une opportunité (ou l’un de ses lots), en bref."""

    id: str
    name: str
    kind: str
    commune: str | None = None
    department: str | None = None
    opportunity_id: str | None = None
    lot_id: str | None = None
    lot_number: str | None = None
    deadline: str | None = None

    @classmethod
    def of(cls, card: matching_answer.Card) -> Self:
        if isinstance(card, ActorCard):
            return cls(id=card.id, name=card.name, kind=card.kind, commune=card.commune, department=card.department)
        return cls(
            id=card.id,
            name=card.display_title,
            kind=card.kind,
            commune=card.commune,
            department=card.department,
            opportunity_id=card.opportunity_id,
            lot_id=card.lot_id,
            lot_number=card.lot_number,
            deadline=card.deadline,
        )


class SuggestionOut(BaseModel):
    id: str = Field(description="À relire par GET /api/suggestions/{id}.")
    rank: int
    score: float = Field(description="Dans ]0, 1[.")
    advice: str = Field(description="Le score en mots.")
    section: Section = Field(description="La section de la liste où le score le range.")
    role: Role = Field(description="Le rôle où il est proposé : supply pour un débouché, un des cinq d’une reprise.")
    candidate: CardOut
    via_member: CardOut | None = Field(description="Le membre du réseau ou de la CAE qui apporte la compétence.")
    same_place: list[CardOut] = Field(
        [], description="Le réseau ou les membres qui tiennent la même place dans la liste : il suffit d’en appeler un."
    )
    reasons: list[ReasonOut]


class RefusedOut(BaseModel):
    candidate: CardOut
    reason: ReasonOut


class AskedLotOut(BaseModel):
    number: str
    title: str


class RankingOut(BaseModel):
    """Une liste classée ; une opportunité allotie, ou un texte qui nomme des lots, en reçoit une par lot."""

    direction: Literal["actors_for_opportunity", "opportunities_for_actor", "actors_for_text"]
    question: CardOut | None
    place: str | None = Field(description="Le lieu lu dans le texte, s’il en nomme un.")
    lot: AskedLotOut | None = Field(None, description="Le lot du texte que classe cette liste, s’il en a plusieurs.")
    considered: int = Field(description="Combien de candidats ont été examinés.")
    suggestions: list[SuggestionOut]
    refused: list[RefusedOut] = Field(description="Les mieux placés de ceux qu’une condition exclut.")

    @classmethod
    def of(cls, answer: matching_answer.Answer) -> Self:
        reader: Reader = "actor" if answer.direction == "opportunities_for_actor" else "facilitator"
        return cls.model_validate(
            {
                "direction": answer.direction,
                "question": CardOut.of(answer.question) if answer.question else None,
                "place": answer.place,
                "lot": {"number": answer.lot.number, "title": answer.lot.title} if answer.lot else None,
                "considered": answer.n_candidates,
                "suggestions": [
                    SuggestionOut(
                        id=entry.suggestion_id,
                        rank=entry.suggestion.rank,
                        score=entry.suggestion.score,
                        advice=score_in_words(entry.suggestion.score),
                        section=section_of(entry.suggestion.score),
                        role=entry.suggestion.role,
                        candidate=CardOut.of(entry.card),
                        via_member=CardOut.of(entry.member) if entry.member else None,
                        same_place=[CardOut.of(card) for card in entry.same_place],
                        reasons=[ReasonOut.of(reason, reader) for reason in entry.suggestion.reasons],
                    )
                    for entry in answer.entries
                ],
                "refused": [
                    RefusedOut(candidate=CardOut.of(refused.card), reason=ReasonOut.of(refused.reason, reader))
                    for refused in answer.refused
                ],
            }
        )


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
