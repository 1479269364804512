"""A ranked list as JSON: its question, its suggestions with their reasons, and who is refused."""

from typing import Any, Literal, Self

from pydantic import BaseModel, Field

from api.matching import answer as matching_answer
from api.matching.advice_wording import score_in_words
from api.matching.answer import ActorCard
from api.matching.reasons import Reader, sentence
from matcher.sections import Section, section_of
from matcher.types import Reason, Role


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
