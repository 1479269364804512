"""A partner's pages: what is proposed to its actors, its answer to each, its actors, its data."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Form
from starlette.responses import Response

from api.accounts.partner_accounts import email_of
from api.catalogue.wording import OPPORTUNITY_KINDS, STATUSES, kind_in_words, place
from api.core.errors import InvalidError
from api.core.french import day, when
from api.learning.ratings import COMMENT_LENGTH
from api.learning.wording import INTERESTS, OBJECTIONS, rating_in_words
from api.matching.reasons import score_in_words
from api.partner_view.proposals import PartnerSpace, Proposal
from api.privacy.personal_data import export_person
from api.web.components.bars import bars_of, told
from api.web.components.facts import about_actor, about_opportunity
from api.web.components.forms import desk_page
from api.web.dependencies import EngineDep, TodayDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.links.answers import problems_in_words
from api.web.rendering import HEADERS, see
from api.web.space.dependencies import SpaceDep
from api.web.visitors import PartnerDep, Visitor
from matcher.learning.observations import Objection
from matcher.types import OpportunityKind
from models.base import utc_now

router = APIRouter(route_class=DeskRoute, include_in_schema=False, prefix="/espace")


@router.get("")
def proposals(visitor: PartnerDep, space: SpaceDep, today: TodayDep) -> Response:
    groups = space.proposals()
    return desk_page(
        "espace.html",
        visitor,
        "/espace",
        groups=[{"name": actor.name, "rows": [_row(space, one, today) for one in found]} for actor, found in groups],
    )


@router.get("/propositions/{mark}")
def proposal(mark: str, visitor: PartnerDep, space: SpaceDep, today: TodayDep, envoye: str = "") -> Response:
    return _proposal_page(visitor, space, space.find(mark), today, sent=bool(envoye))


@router.post("/propositions/{mark}")
def answer(
    mark: str,
    visitor: PartnerDep,
    space: SpaceDep,
    engine: EngineDep,
    today: TodayDep,
    interet: Annotated[str, Form()] = "",
    raison: Annotated[Sequence[str], Form()] = (),
    commentaire: Annotated[str, Form()] = "",
) -> Response:
    found = space.find(mark)
    interest = interet if interet in map(str, range(len(INTERESTS))) else ""
    reasons = [Objection(one) for one in raison if one in OBJECTIONS]
    try:
        if not interest:
            raise InvalidError([("interest", "")])
        space.answer(engine, found, interest=int(interest), reasons=reasons, comment=commentaire, now=utc_now())
    except InvalidError as refused:
        given = (interest, [one.value for one in reasons], commentaire)
        return _proposal_page(visitor, space, found, today, given, problems_in_words(refused))
    return see(f"/espace/propositions/{mark}?envoye=oui")


@router.get("/acteurs")
def actors(visitor: PartnerDep, space: SpaceDep) -> Response:
    rows = [
        {
            "address": f"/espace/acteurs/{card.id}",
            "name": card.name,
            "kind": kind_in_words(card.kind),
            "place": place(card.commune, card.department),
        }
        for card in space.own_actors()
    ]
    return desk_page("espace_acteurs.html", visitor, "/espace/acteurs", rows=rows, answers=_answers(space))


@router.get("/acteurs/{actor_id}")
def actor(actor_id: str, visitor: PartnerDep, space: SpaceDep) -> Response:
    own = space.own_actor(actor_id)
    return desk_page(
        "espace_acteur.html",
        visitor,
        "/espace/acteurs",
        actor=own.actor,
        kind=kind_in_words(own.actor.kind),
        about=about_actor(own.actor),
        activities=own.actor.activities,
        members=own.members,
        answers=[one for one in _answers(space) if one["actor_id"] == actor_id],
    )


@router.get("/donnees")
def data(visitor: PartnerDep, space: SpaceDep, unit: UnitDep) -> Response:
    return desk_page(
        "espace_donnees.html",
        visitor,
        "/espace/donnees",
        email=email_of(unit.session, visitor.account_id),
        actors=[card.name for card in space.own_actors()],
    )


@router.post("/donnees")
def export(visitor: PartnerDep, engine: EngineDep, unit: UnitDep) -> Response:
    """All that is kept about whoever is signed in; a POST, for the journal notes it."""
    email = email_of(unit.session, visitor.account_id)
    unit.end_reading()
    kept = export_person(engine, email, by=visitor.by, now=utc_now())
    headers = HEADERS | {"Content-Disposition": 'attachment; filename="mes-donnees.json"'}
    return Response(json.dumps(kept, ensure_ascii=False, indent=1), media_type="application/json", headers=headers)


def _row(space: PartnerSpace, one: Proposal, today: date) -> dict[str, Any]:
    assert one.entry is not None
    line = told(one.entry, _weights(space, one), "actor")
    deadline = date.fromisoformat(one.card.deadline) if one.card.deadline else None
    return {
        "line": line,
        "address": f"/espace/propositions/{one.mark}",
        "teaser": one.teaser,
        "deadline": f"{day(one.card.deadline)} ({when(deadline, today)})" if one.card.deadline and deadline else "",
        "said": rating_in_words(one.rating) if one.rating else "",
    }


def _answers(space: PartnerSpace) -> list[dict[str, Any]]:
    return [
        {
            "address": f"/espace/propositions/{one.mark}",
            "title": one.card.display_title,
            "actor_id": one.actor.id,
            "actor": one.actor.name,
            "said": rating_in_words(one.rating),
            "day": one.rating.created_at.date(),
        }
        for one in space.answers()
        if one.rating
    ]


def _proposal_page(
    visitor: Visitor,
    space: PartnerSpace,
    one: Proposal,
    today: date,
    given: tuple[str, Sequence[str], str] | None = None,
    problems: dict[str, str] | None = None,
    *,
    sent: bool = False,
) -> Response:
    rating, entry = one.rating, one.entry
    if given is None:
        known = rating is not None and rating.interest is not None
        given = (str(rating.interest), rating.reasons, rating.comment) if known and rating else ("", (), "")
    public = space.opportunity(one)
    bars, notes = bars_of(entry.suggestion.reasons, _weights(space, one), "actor") if entry else ([], [])
    return desk_page(
        "espace_proposition.html",
        visitor,
        "/espace",
        422 if problems else 200,
        title=one.card.display_title,
        kind=OPPORTUNITY_KINDS[one.card.kind].capitalize(),
        teaser=one.teaser,
        dossier=f"/espace/dossiers/{one.mark}" if one.teaser else "",
        actor=one.actor.name,
        about=about_opportunity(public.opportunity, public.lot, public.takeover, today) if public else [],
        description=public.opportunity.description if public else "",
        url=public.opportunity.url if public else "",
        standing=STATUSES.get(public.opportunity.status, "") if public and public.opportunity.status != "open" else "",
        advice=score_in_words(entry.suggestion.score) if entry else "",
        bars=bars,
        notes=notes,
        sent=sent and rating is not None,
        said=rating_in_words(rating) if rating else "",
        action=f"/espace/propositions/{one.mark}",
        interests=INTERESTS,
        interest=given[0],
        objections=OBJECTIONS,
        reasons=given[1],
        comment=given[2],
        comment_length=COMMENT_LENGTH,
        problems=problems or {},
    )


def _weights(space: PartnerSpace, one: Proposal) -> Any:
    return space.public.matcher.weights[OpportunityKind(one.card.kind)].values
