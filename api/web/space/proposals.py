"""A partner's pages: what is proposed to its actors, its answer to each, its actors, its data."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from api.accounts.audience import Audience
from api.accounts.partner_accounts import email_of
from api.catalogue import records
from api.catalogue.wording import OPPORTUNITY_KINDS, STATUSES, kind_in_words, place
from api.core.errors import InvalidError
from api.core.french import day, when
from api.learning.ratings import COMMENT_LENGTH
from api.learning.wording import INTERESTS, OBJECTIONS, said
from api.matching.reasons import score_in_words
from api.matching.snapshot import Desk
from api.partner_view.proposals import Outsides, Proposal, Space
from api.privacy.personal_data import export_person
from api.web.components.bars import bars_of, told
from api.web.components.facts import about_actor, about_opportunity
from api.web.components.forms import desk_page
from api.web.dependencies import EngineDep, SignerDep, TodayDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.house import DeskDep
from api.web.links.answers import problems_in_words
from api.web.rendering import HEADERS, see
from api.web.visitors import PartnerDep, Visitor
from matcher.learning.observations import Objection
from matcher.types import OpportunityKind
from models.base import utc_now
from models.unit_of_work import UnitOfWork

router = APIRouter(route_class=DeskRoute, include_in_schema=False, prefix="/espace")


def _space(request: Request, visitor: PartnerDep, desk: DeskDep, signer: SignerDep) -> Space:
    return space_of(request, visitor, desk, signer)


def space_of(request: Request, visitor: Visitor, desk: Desk, signer: Any) -> Space:
    """Return what whoever is signed in may see."""
    if not hasattr(request.app.state, "outsides"):
        request.app.state.outsides = Outsides()
    outsides: Outsides = request.app.state.outsides
    return Space(desk, outsides.of(desk), signer, visitor.account_id)


SpaceDep = Annotated[Space, Depends(_space)]


@router.get("")
def proposals(visitor: PartnerDep, space: SpaceDep, today: TodayDep) -> Response:
    groups = space.proposals(today=today)
    return desk_page(
        "espace.html",
        visitor,
        "/espace",
        groups=[{"name": actor.name, "rows": [_row(space, one, today) for one in found]} for actor, found in groups],
    )


@router.get("/propositions/{mark}")
def proposal(
    mark: str, visitor: PartnerDep, space: SpaceDep, unit: UnitDep, today: TodayDep, envoye: str = ""
) -> Response:
    return _proposal_page(visitor, space, unit, space.find(mark, today=today), today, sent=bool(envoye))


@router.post("/propositions/{mark}")
def answer(
    mark: str,
    visitor: PartnerDep,
    space: SpaceDep,
    unit: UnitDep,
    today: TodayDep,
    interet: Annotated[str, Form()] = "",
    raison: Annotated[Sequence[str], Form()] = (),
    commentaire: Annotated[str, Form()] = "",
) -> Response:
    found = space.find(mark, today=today)
    interest = interet if interet in map(str, range(len(INTERESTS))) else ""
    reasons = [Objection(one) for one in raison if one in OBJECTIONS]
    try:
        if not interest:
            raise InvalidError([("interest", "")])
        space.answer(found, interest=int(interest), reasons=reasons, comment=commentaire, now=utc_now())
    except InvalidError as refused:
        given = (interest, [one.value for one in reasons], commentaire)
        return _proposal_page(visitor, space, unit, found, today, given, problems_in_words(refused))
    return see(f"/espace/propositions/{mark}?envoye=oui")


@router.get("/acteurs")
def actors(visitor: PartnerDep, space: SpaceDep) -> Response:
    cards = [space.snapshot.actor_cards[one] for one in space.actor_ids()]
    rows = [
        {
            "address": f"/espace/acteurs/{card.id}",
            "name": card.name,
            "kind": kind_in_words(card.kind),
            "place": place(card.commune, card.department),
        }
        for card in cards
    ]
    return desk_page("espace_acteurs.html", visitor, "/espace/acteurs", rows=rows, answers=_answers(space))


@router.get("/acteurs/{actor_id}")
def actor(actor_id: str, visitor: PartnerDep, space: SpaceDep, unit: UnitDep) -> Response:
    space.check_own(actor_id)
    own = actor_id in space.snapshot.confidential
    # Its own actor may be confidential; what is around it is seen as outsiders do.
    file = records.read_actor(unit, actor_id, Audience(confidential=own, account_id=visitor.account_id))
    return desk_page(
        "espace_acteur.html",
        visitor,
        "/espace/acteurs",
        actor=file.actor,
        kind=kind_in_words(file.actor.kind),
        about=about_actor(file.actor),
        activities=file.actor.activities,
        members=[one.name for one in file.members if not one.confidential],
        answers=[one for one in _answers(space) if one["actor_id"] == actor_id],
    )


@router.get("/donnees")
def data(visitor: PartnerDep, space: SpaceDep, unit: UnitDep) -> Response:
    return desk_page(
        "espace_donnees.html",
        visitor,
        "/espace/donnees",
        email=email_of(unit.session, visitor.account_id),
        actors=[space.snapshot.actor_cards[one].name for one in space.actor_ids()],
    )


@router.post("/donnees")
def export(visitor: PartnerDep, engine: EngineDep, unit: UnitDep) -> Response:
    """All that is kept about whoever is signed in; a POST, for the journal notes it."""
    email = email_of(unit.session, visitor.account_id)
    unit.end_reading()
    kept = export_person(engine, email, by=visitor.by, now=utc_now())
    headers = HEADERS | {"Content-Disposition": 'attachment; filename="mes-donnees.json"'}
    return Response(json.dumps(kept, ensure_ascii=False, indent=1), media_type="application/json", headers=headers)


def _row(space: Space, one: Proposal, today: date) -> dict[str, Any]:
    assert one.entry is not None
    line = told(one.entry, _weights(space, one), "actor")
    deadline = date.fromisoformat(one.card.deadline) if one.card.deadline else None
    return {
        "line": line,
        "address": f"/espace/propositions/{one.mark}",
        "teaser": one.teaser,
        "deadline": f"{day(one.card.deadline)} ({when(deadline, today)})" if one.card.deadline and deadline else "",
        "said": said(one.rating) if one.rating else "",
    }


def _answers(space: Space) -> list[dict[str, Any]]:
    return [
        {
            "address": f"/espace/propositions/{one.mark}",
            "title": one.card.display_title,
            "actor_id": one.actor.id,
            "actor": one.actor.name,
            "said": said(one.rating),
            "day": one.rating.created_at.date(),
        }
        for one in space.answers()
        if one.rating
    ]


def _proposal_page(
    visitor: Visitor,
    space: Space,
    unit: UnitOfWork,
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
    public = None if one.teaser else records.read_opportunity(unit, one.card.opportunity_id, visitor.audience)
    lot = next((lot for lot in public.lots if lot.id == one.card.lot_id), None) if public else None
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
        about=about_opportunity(public, lot, today) if public else [],
        description=public.opportunity.description if public else "",
        url=public.opportunity.url if public else "",
        standing=STATUSES.get(public.opportunity.status, "") if public and public.opportunity.status != "open" else "",
        advice=score_in_words(entry.suggestion.score) if entry else "",
        bars=bars,
        notes=notes,
        sent=sent and rating is not None,
        said=said(rating) if rating else "",
        action=f"/espace/propositions/{one.mark}",
        interests=INTERESTS,
        interest=given[0],
        objections=OBJECTIONS,
        reasons=given[1],
        comment=given[2],
        comment_length=COMMENT_LENGTH,
        problems=problems or {},
    )


def _weights(space: Space, one: Proposal) -> Any:
    return space.snapshot.matcher.weights[OpportunityKind(one.card.kind)].values
