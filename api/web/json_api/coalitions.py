"""Coalitions for an opportunity that no single actor would carry."""

from typing import Annotated, Any, Self

from fastapi import Body
from pydantic import BaseModel, ConfigDict, Field

from api.catalogue.schemas import Distinct, Id, ShortText
from api.matching.coalition import Answer, coalition_for
from api.matching.coalition_wording import bound_sentence, lack_sentence, member_sentence, verdict_sentence
from api.web.checked_router import CheckedRouter
from api.web.dependencies import AudienceDep, TodayDep
from api.web.house import EncoderDep, KeySnapshotDep
from api.web.json_api.ranking import CardOut, ReasonOut
from api.web.problems import PROBLEMS
from matcher.coalition.proposal import Coalition, Member, Verdict
from matcher.types import Reason

router = CheckedRouter(tags=["rapprochements"], responses=PROBLEMS)

EXAMPLES: dict[str, Any] = {
    "lots": {
        "summary": "Tous les lots d’un débouché",
        "value": {"opportunity_id": "8f14e45f-ceea-5467-9c3d-0242ac120002"},
    },
    "métiers": {
        "summary": "Les métiers d’un débouché sans lots",
        "value": {"opportunity_id": "8f14e45f-ceea-5467-9c3d-0242ac120002", "trades": ["tonte", "élagage"]},
    },
    "sans": {
        "summary": "Une reprise, sans un acteur qui a dit non",
        "value": {
            "opportunity_id": "45c48cce-2e2d-5fbd-aa1a-0242ac120002",
            "without": ["c9f0f895-fb98-5b91-a3b4-0242ac120002"],
        },
    },
}


class CoalitionRequest(BaseModel):
    """Une opportunité, tous ses lots ensemble, ou l’un d’eux."""

    model_config = ConfigDict(extra="forbid")

    opportunity_id: Id = Field(description="Un débouché, un de ses lots, ou un cas de reprise.")
    trades: Distinct[ShortText] = Field(
        [],
        max_length=10,
        description="Les métiers demandés, en toutes lettres, d’un débouché sans lots ; sans eux, ceux de ses codes. "
        "Ils ne sont pas conservés.",
    )
    without: Distinct[Id] = Field(
        [], max_length=200, description="Les acteurs à écarter (identifiants) : qui a dit non, par exemple."
    )
    even_closed: bool = Field(False, description="Compter aussi une opportunité close : qui aurait convenu ?")


class LackOut(BaseModel):
    code: str
    text: str = Field(description="Ce qui manque, en français.")
    value: float | None = Field(description="La mesure : ce qui est couvert déjà.")
    figures: dict[str, Any]

    @classmethod
    def of(cls, lack: Reason) -> Self:
        return cls(code=lack.code, text=lack_sentence(lack), value=lack.value, figures=dict(lack.figures))


class BroughtOut(ReasonOut):
    """Ce qu’apporte un membre ; les contributions d’un membre font sa part."""

    contribution: float = Field(description="Ce qu’elle fait de la part du membre.")
    value: float | None = Field(description="La mesure ; absente si la donnée manque. Des moyens peuvent dépasser 1.")


class MemberOut(BaseModel):
    actor: CardOut
    leads: bool = Field(description="Mandataire proposé·e, ou qui porte la reprise.")
    share: float = Field(description="Sa part (valeur de Shapley) ; la somme des parts est la valeur.")
    reasons: list[BroughtOut]

    @classmethod
    def of(cls, member: Member, answer: Answer, *, alone: bool) -> Self:
        return cls(
            actor=CardOut.of(answer.actors[member.candidate_id]),
            leads=member.leads,
            share=member.share,
            reasons=[
                BroughtOut(
                    code=reason.code,
                    text=member_sentence(reason, takeover=answer.takeover, alone=alone),
                    contribution=reason.contribution,
                    value=reason.value,
                    figures=dict(reason.figures),
                )
                for reason in member.reasons
            ],
        )


class CoalitionOut(BaseModel):
    """Un groupement, ou un acteur seul : qui le porte d’abord, puis par part décroissante."""

    value: float = Field(description="Dans [0, 1] : ce qui est couvert du besoin.")
    at_most: float = Field(description="Aucun groupement de cette taille ne vaut plus.")
    proven: float = Field(description="La part du meilleur possible qui est assurée ; 1 si tous ont été comparés.")
    bound: str = Field(description="La même chose, en français.")
    members: list[MemberOut]
    lacks: list[LackOut]

    @classmethod
    def of(cls, coalition: Coalition, answer: Answer) -> Self:
        is_alone = len(coalition.members) == 1
        return cls(
            value=coalition.value,
            at_most=coalition.at_most,
            proven=coalition.proven,
            bound=bound_sentence(coalition),
            members=[MemberOut.of(member, answer, alone=is_alone) for member in coalition.members],
            lacks=[LackOut.of(lack) for lack in coalition.lacks],
        )


class CoalitionResponse(BaseModel):
    opportunity: CardOut
    verdict: Verdict = Field(description="Un groupement, un seul acteur, personne pour porter, ou personne.")
    text: str = Field(description="Le verdict, en français.")
    considered: int = Field(description="Combien d’acteurs couvrent au moins une partie du besoin.")
    coalition: CoalitionOut | None = Field(description="Le groupement proposé, s’il vaut mieux qu’un acteur seul.")
    alone: CoalitionOut | None = Field(description="Le meilleur acteur seul, à comparer.")
    lacks: list[LackOut] = Field(description="Ce qui manque encore à ce qui est proposé.")

    @classmethod
    def of(cls, answer: Answer) -> Self:
        proposal = answer.proposal
        proposed_coalition = proposal.coalition or proposal.alone
        member_names = (
            [answer.actors[member.candidate_id].name for member in proposed_coalition.members]
            if proposed_coalition
            else []
        )
        return cls(
            opportunity=CardOut.of(answer.question),
            verdict=proposal.verdict,
            text=verdict_sentence(proposal.verdict, takeover=answer.takeover, names=member_names, lacks=proposal.lacks),
            considered=proposal.n_candidates,
            coalition=CoalitionOut.of(proposal.coalition, answer) if proposal.coalition else None,
            alone=CoalitionOut.of(proposal.alone, answer) if proposal.alone else None,
            lacks=[LackOut.of(lack) for lack in proposal.lacks],
        )


@router.post("/api/coalitions", summary="Grouper")
def coalitions(
    question: Annotated[CoalitionRequest, Body(openapi_examples=EXAMPLES)],
    audience: AudienceDep,
    snapshot: KeySnapshotDep,
    encoder: EncoderDep,
    today: TodayDep,
) -> CoalitionResponse:
    """Propose les deux à cinq acteurs qui, ensemble, répondent à une opportunité, ce que chacun apporte, ce qui manque.

    Un cas de reprise demande trois rôles : qui reprend, qui accompagne, qui finance.
    """
    answer = coalition_for(
        snapshot,
        encoder,
        question.opportunity_id,
        audience,
        trades=question.trades,
        without=frozenset(question.without),
        even_closed=question.even_closed,
        today=today,
    )
    return CoalitionResponse.of(answer)
