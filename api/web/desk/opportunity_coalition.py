"""The coalition proposed for an opportunity: who does what together, and what nobody does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from api.catalogue.wording import kind_in_words
from api.core.french import plural
from api.matching.coalition import Answer, coalition_for
from api.matching.coalition_wording import (
    bound_sentence,
    lack_sentence,
    member_sentence,
    share_in_words,
    verdict_sentence,
)
from api.matching.member_chips import member_chips
from api.web.checked_router import CheckedRouter
from api.web.components.forms import desk_page
from api.web.dependencies import TodayDep
from api.web.error_pages import DeskRoute
from api.web.fields import QueryWord
from api.web.house import EncoderDep, SnapshotDep
from api.web.rendering import see
from api.web.visitors import VisitorDep
from matcher.coalition.proposal import Coalition, Verdict
from matcher.types import OpportunityKind

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False, prefix="/opportunites")


@dataclass(frozen=True)
class CoalitionView:
    """The coalition proposed for an opportunity, and the needs that it does not cover."""

    title: str
    back: str
    verdict: str
    bound: str
    members: Sequence[Mapping[str, Any]]
    lacks: Sequence[str]
    considered: str
    opens_cases: str  # the address to which its members are sent


@router.get("/{opportunity_id}/groupement")
def together(
    opportunity_id: str,
    visitor: VisitorDep,
    snapshot: SnapshotDep,
    encoder: EncoderDep,
    today: TodayDep,
    closes: QueryWord = "",
) -> Response:
    """Propose a coalition; who does what in a takeover is chosen role by role, on the page of its own."""
    asked = snapshot.lots_of(opportunity_id, confidential=visitor.audience.confidential)
    if asked[0].kind == OpportunityKind.TAKEOVER:
        return see(f"/opportunites/{opportunity_id}/reprise/roles")
    coalition_answer = coalition_for(
        snapshot, encoder, opportunity_id, visitor.audience, even_closed=bool(closes), today=today
    )
    proposal = coalition_answer.proposal
    team = proposal.coalition or (proposal.alone if proposal.verdict == Verdict.ALONE else None)
    member_names = [coalition_answer.actors[member.candidate_id].name for member in team.members] if team else []
    return desk_page(
        "groupement.html",
        visitor,
        "/opportunites",
        view=CoalitionView(
            title=coalition_answer.question.display_title,
            back=f"/opportunites/{opportunity_id}",
            verdict=verdict_sentence(
                proposal.verdict, takeover=coalition_answer.takeover, names=member_names, lacks=proposal.lacks
            ),
            bound=bound_sentence(team) if team else "",
            members=_members(coalition_answer, team) if team else [],
            lacks=[lack_sentence(lack) for lack in proposal.lacks],
            considered=plural(proposal.n_candidates, "acteur examiné", "acteurs examinés"),
            opens_cases=f"/opportunites/{coalition_answer.question.opportunity_id}/dossiers/ajouter",
        ),
    )


def _members(coalition_answer: Answer, team: Coalition) -> list[dict[str, Any]]:
    is_alone = len(team.members) == 1
    return [
        {
            "id": member.candidate_id,
            "name": coalition_answer.actors[member.candidate_id].name,
            "kind": kind_in_words(coalition_answer.actors[member.candidate_id].kind),
            "leads": member.leads,
            "share": share_in_words(member.share / team.value if team.value else 0, takeover=coalition_answer.takeover),
            "width": round(100 * member.share / team.value, 1) if team.value else 0,
            "chips": member_chips(member.reasons, takeover=coalition_answer.takeover),
            "reasons": [
                member_sentence(reason, takeover=coalition_answer.takeover, alone=is_alone) for reason in member.reasons
            ],
        }
        for member in team.members
    ]
