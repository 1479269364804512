"""A confidential case as a partner sees it at each level: teaser, undertaking, identity, documents."""

from typing import Annotated, Any

from fastapi import APIRouter, Form
from starlette.responses import Response

from api.catalogue.wording import place
from api.confidentiality import disclosure, documents
from api.confidentiality.disclosure import ConsentSide, DisclosureLevel, Dossier
from api.core.errors import NotFoundError
from api.core.french import day, file_size, spaced
from api.partner_view.proposals import Proposal
from api.web.components.attachment import attachment
from api.web.components.facts import about_takeover
from api.web.components.forms import desk_page
from api.web.dependencies import EngineDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.rendering import see
from api.web.space.dependencies import SpaceDep
from api.web.visitors import PartnerDep, Visitor
from models.base import utc_now
from models.unit_of_work import UnitOfWork

router = APIRouter(route_class=DeskRoute, include_in_schema=False, prefix="/espace/dossiers")

DONE = {
    "accord": "Votre engagement est enregistré.",
    "retrait": "Votre accord est retiré. L’identité et les documents ne vous sont plus montrés.",
}
UNTICKED = "Cochez la case pour dire que vous vous y engagez."


@router.get("/{mark}")
def dossier(mark: str, visitor: PartnerDep, space: SpaceDep, unit: UnitDep, fait: str = "") -> Response:
    return _page(visitor, unit, _confidential(space.find(mark)), said=DONE.get(fait, ""))


@router.post("/{mark}")
def agree(
    mark: str,
    visitor: PartnerDep,
    space: SpaceDep,
    engine: EngineDep,
    unit: UnitDep,
    acte: Annotated[str, Form()] = "",
    engagement: Annotated[str, Form()] = "",
) -> Response:
    one, now = _confidential(space.find(mark)), utc_now()
    case, actor, account = one.card.opportunity_id, one.actor.id, visitor.account_id
    unit.end_reading()
    if acte == "retrait":
        disclosure.revoke_consent(engine, case, actor, ConsentSide.ACTOR, account_id=account, now=now)
    elif acte == "accord" and engagement:
        disclosure.grant_consent(engine, case, actor, ConsentSide.ACTOR, account_id=account, now=now)
    else:
        return _page(visitor, unit, one, problem=UNTICKED)
    return see(f"/espace/dossiers/{mark}?fait={acte}")


@router.get("/{mark}/documents/{document_id}")
def document(mark: str, document_id: str, visitor: PartnerDep, space: SpaceDep, unit: UnitDep) -> Response:
    one = _confidential(space.find(mark))
    found = documents.download(
        unit,
        one.card.opportunity_id,
        document_id,
        actor_id=one.actor.id,
        account_id=visitor.account_id,
        now=utc_now(),
    )
    return attachment(found)


def _confidential(one: Proposal) -> Proposal:
    if not one.teaser:
        raise NotFoundError("Ce dossier n’existe pas.")
    return one


def _page(visitor: Visitor, unit: UnitOfWork, one: Proposal, *, said: str = "", problem: str = "") -> Response:
    found = disclosure.open_dossier(
        unit, one.card.opportunity_id, one.actor.id, account_id=visitor.account_id, now=utc_now()
    )
    return desk_page(
        "espace_dossier.html",
        visitor,
        "/espace",
        422 if problem else 200,
        title=one.card.title,
        actor=one.actor.name,
        back=f"/espace/propositions/{one.mark}",
        action=f"/espace/dossiers/{one.mark}",
        level=int(found.level),
        mine=found.consents.actor,
        theirs=found.consents.holder,
        identity=_identity(found),
        documents=[
            {
                "address": f"/espace/dossiers/{one.mark}/documents/{line.id}",
                "name": line.name,
                "size": file_size(line.size),
            }
            for line in found.documents or ()
        ],
        may_download=found.level >= DisclosureLevel.DOCUMENTS,
        said=spaced(said),
        problem=spaced(problem),
    )


def _identity(found: Dossier) -> dict[str, Any] | None:
    one = found.identity
    if one is None:
        return None
    about = [
        ("Lieu", place(one.commune, one.department)),
        ("Échéance", day(one.deadline.isoformat()) if one.deadline else ""),
        ("SIREN", (one.takeover.holder_siren or "") if one.takeover else ""),
        *(about_takeover(one.takeover) if one.takeover else []),
    ]
    return {
        "title": one.title,
        "description": one.description or "",
        "url": one.url,
        "about": [(name, value) for name, value in about if value],
    }
