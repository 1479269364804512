"""A partner's pages: proposals for its actors, its answers, its actors, its data."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from starlette.responses import Response

from api.accounts.partner_accounts import email_of
from api.catalogue.correctable_fields import PLACE_FIELDS
from api.catalogue.wording import OPPORTUNITY_KINDS, kind_in_words, place
from api.core.errors import InvalidError
from api.core.french import day, when
from api.learning.wording import rating_in_words
from api.matching.advice_wording import mark_to_partner, score_in_words
from api.matching.fact_chips import FactChip, fact_chips
from api.partner_view.corrections import own_corrections
from api.partner_view.proposals import PartnerSpace, Proposal
from api.privacy.personal_data import export_person
from api.web.checked_router import CheckedRouter
from api.web.components.answer_form import AnswerForm, TypedAnswerDep
from api.web.components.bars import ScoreBar, bars_of, explained_entry
from api.web.components.facts import about_actor, about_opportunity
from api.web.components.field_names import field_in_words
from api.web.components.forms import desk_page
from api.web.components.state_badge import StateBadge, correction_badge, opportunity_badge
from api.web.dependencies import EngineDep, NowDep, SignerDep, TodayDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.fields import QueryWord
from api.web.links.answers import problems_in_words
from api.web.rendering import HEADERS, see
from api.web.space.dependencies import SpaceDep
from api.web.space.granted_rows import opened_row, proposed_row
from api.web.visitors import PartnerDep, Visitor
from matcher.types import OpportunityKind, roles_of
from models.actors import Actor

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False, prefix="/espace")


SHOWN_CORRECTIONS = 10
CORRECTION_STATES = {
    "waiting": "attend l’équipe",
    "accepted": "acceptée",
    "declined": "pas retenue",
    "withdrawn": "remplacée par une autre",
}


@dataclass(frozen=True)
class ProposalsView:
    """What consents opened, for all own actors; what is proposed to each, by a facilitator and by the ranking."""

    opened: Sequence[Mapping[str, str]]
    groups: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class OwnActorsView:
    """The own actors, and the answers given for them."""

    rows: Sequence[Mapping[str, str]]
    answers: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class OwnActorView:
    """An own actor, and the answers given for it."""

    actor: Actor
    kind: str
    about: Sequence[tuple[str, str]]
    activities: Sequence[str]
    members: Sequence[str]
    answers: Sequence[Mapping[str, Any]]
    address: str
    corrections: Sequence[Mapping[str, Any]]
    is_proposed: bool


@dataclass(frozen=True)
class DataView:
    """The partner's own data, in brief."""

    email: str
    actor_names: Sequence[str]


@dataclass(frozen=True)
class ProposalView:
    """A proposal, why it is made, and the form to answer it. is_teaser: it is confidential, known by its teaser."""

    title: str
    kind: str
    is_teaser: bool
    dossier_address: str
    actor_name: str
    about: Sequence[tuple[str, str]]
    description: str | None
    url: str | None
    standing: StateBadge | None
    advice: str
    bars: Sequence[ScoreBar]
    chips: Sequence[FactChip]
    is_sent: bool
    rating_in_words: str
    answer_form: AnswerForm


@router.get("")
def proposals(visitor: PartnerDep, space: SpaceDep, today: TodayDep) -> Response:
    proposals_by_actor, proposed_by_actor = space.proposals(), space.proposed()
    return desk_page(
        "espace.html",
        visitor,
        "/espace",
        view=ProposalsView(
            opened=[opened_row(case) for case in space.opened()],
            groups=[
                {
                    "name": actor.name,
                    "proposed": [proposed_row(proposal) for proposal in proposed_by_actor[actor.id]],
                    "rows": [_row(space, proposal, today) for proposal in own_proposals],
                }
                for actor, own_proposals in proposals_by_actor
            ],
        ),
    )


@router.get("/propositions/{mark}")
def proposal(mark: str, visitor: PartnerDep, space: SpaceDep, today: TodayDep, envoye: QueryWord = "") -> Response:
    return _proposal_page(visitor, space, space.find(mark), today, sent=bool(envoye))


@router.post("/propositions/{mark}")
def answer(
    mark: str,
    visitor: PartnerDep,
    space: SpaceDep,
    engine: EngineDep,
    today: TodayDep,
    now: NowDep,
    typed: TypedAnswerDep,
) -> Response:
    answered_proposal = space.find(mark)
    try:
        space.answer(
            engine,
            answered_proposal,
            interest=typed.chosen_interest(),
            reasons=typed.reasons,
            comment=typed.comment,
            now=now,
        )
    except InvalidError as invalid_answer:
        given_answer = (typed.interest, typed.reasons, typed.comment)
        return _proposal_page(visitor, space, answered_proposal, today, given_answer, problems_in_words(invalid_answer))
    return see(f"/espace/propositions/{mark}?envoye=oui")


@router.get("/acteurs")
def actors(visitor: PartnerDep, space: SpaceDep) -> Response:
    actor_rows = [
        {
            "address": f"/espace/acteurs/{space.actor_mark(card)}",
            "name": card.name,
            "kind": kind_in_words(card.kind),
            "place": place(card.commune, card.department),
        }
        for card in space.own_actors()
    ]
    return desk_page("espace_acteurs.html", visitor, "/espace/acteurs", view=OwnActorsView(actor_rows, _answers(space)))


@router.get("/acteurs/{actor_mark}")
def actor(actor_mark: str, visitor: PartnerDep, space: SpaceDep, fait: QueryWord = "") -> Response:
    own = space.own_actor(actor_mark)
    return desk_page(
        "espace_acteur.html",
        visitor,
        "/espace/acteurs",
        view=OwnActorView(
            actor=own.actor,
            kind=kind_in_words(own.actor.kind),
            about=about_actor(own.actor),
            activities=own.actor.activities,
            members=own.members,
            answers=[given_answer for given_answer in _answers(space) if given_answer["actor_id"] == own.actor.id],
            address=f"/espace/acteurs/{actor_mark}",
            corrections=[
                {
                    "day": correction.proposed_at.date(),
                    "fields": ", ".join(dict.fromkeys(map(_corrected_in_words, correction.changes))),
                    "note": correction.note,
                    "state": correction_badge(correction.status, CORRECTION_STATES[correction.status]),
                    "answer": correction.answer,
                }
                for correction in own_corrections(space, own)[:SHOWN_CORRECTIONS]
            ],
            is_proposed=fait == "propose",
        ),
    )


@router.get("/donnees")
def data(visitor: PartnerDep, space: SpaceDep, unit: UnitDep) -> Response:
    return desk_page(
        "espace_donnees.html",
        visitor,
        "/espace/donnees",
        view=DataView(
            email=email_of(unit.session, visitor.account_id),
            actor_names=[card.name for card in space.own_actors()],
        ),
    )


@router.post("/donnees")
def export(visitor: PartnerDep, engine: EngineDep, unit: UnitDep, signer: SignerDep, now: NowDep) -> Response:
    """Return all data kept about the signed-in partner. A POST, since the journal notes it."""
    email = email_of(unit.session, visitor.account_id)
    unit.end_reading()
    personal_data = export_person(engine, signer, email, by=visitor.by, now=now, with_confidential=False)
    file_headers = HEADERS | {"Content-Disposition": 'attachment; filename="mes-donnees.json"'}
    return Response(
        json.dumps(personal_data, ensure_ascii=False, indent=1), media_type="application/json", headers=file_headers
    )


def _corrected_in_words(field_name: str) -> str:
    return "lieu" if field_name in PLACE_FIELDS else field_in_words(field_name).lower()


def _row(space: PartnerSpace, proposal: Proposal, today: date) -> dict[str, Any]:
    assert proposal.entry is not None
    entry_line = explained_entry(proposal.entry, space.public.matcher.weights, "actor")
    deadline = date.fromisoformat(proposal.card.deadline) if proposal.card.deadline else None
    return {
        "line": entry_line,
        "address": f"/espace/propositions/{proposal.mark}",
        "teaser": proposal.teaser,
        "is_unlikely": proposal.is_unlikely,
        "deadline": f"{day(proposal.card.deadline)} ({when(deadline, today)})"
        if proposal.card.deadline and deadline
        else "",
        "rating": rating_in_words(proposal.rating) if proposal.rating else "",
    }


def _answers(space: PartnerSpace) -> list[dict[str, Any]]:
    return [
        {
            "address": f"/espace/propositions/{proposal.mark}",
            "title": proposal.card.display_title,
            "actor_id": proposal.actor.id,
            "actor": proposal.actor.name,
            "rating": rating_in_words(proposal.rating),
            "day": proposal.rating.created_at.date(),
        }
        for proposal in space.answers()
        if proposal.rating
    ]


def _proposal_page(
    visitor: Visitor,
    space: PartnerSpace,
    proposal: Proposal,
    today: date,
    given_answer: tuple[str, Sequence[str], str] | None = None,
    answer_problems: dict[str, str] | None = None,
    *,
    sent: bool = False,
) -> Response:
    rating, entry = proposal.rating, proposal.entry
    if given_answer is None:
        was_answered = rating is not None and rating.interest is not None
        given_answer = (
            (str(rating.interest), rating.reasons, rating.comment) if was_answered and rating else ("", (), "")
        )
    if proposal.is_unlikely:
        # It is here by an act, or by its line: a score that nobody would be shown says nothing of it.
        entry = None
    public_record = space.opportunity(proposal)
    return desk_page(
        "espace_proposition.html",
        visitor,
        "/espace",
        422 if answer_problems else 200,
        view=ProposalView(
            title=proposal.card.display_title,
            kind=OPPORTUNITY_KINDS[proposal.card.kind].capitalize(),
            is_teaser=proposal.teaser,
            dossier_address=f"/espace/dossiers/{proposal.mark}" if proposal.teaser else "",
            actor_name=proposal.actor.name,
            about=about_opportunity(public_record.opportunity, public_record.lot, public_record.takeover, today)
            if public_record
            else [],
            description=public_record.opportunity.description if public_record else "",
            url=public_record.opportunity.url if public_record else "",
            standing=opportunity_badge(public_record.opportunity.status)
            if public_record and public_record.opportunity.status != "open"
            else None,
            advice=mark_to_partner(score_in_words(entry.suggestion.score)) if entry else "",
            bars=bars_of(entry.suggestion.reasons, _weights(space, proposal), "actor") if entry else [],
            chips=fact_chips(entry.suggestion.reasons, "actor") if entry else [],
            is_sent=sent and rating is not None,
            rating_in_words=rating_in_words(rating) if rating else "",
            answer_form=AnswerForm(
                f"/espace/propositions/{proposal.mark}",
                given_answer[0],
                given_answer[1],
                given_answer[2],
                answer_problems or {},
            ),
        ),
    )


def _weights(space: PartnerSpace, proposal: Proposal) -> Any:
    return space.public.matcher.weights[roles_of(OpportunityKind(proposal.card.kind))[0]].values
