"""Which partners' accounts speak for an actor: facilitators invite them, and take the actor from them again."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from api.accounts import partner_accounts
from api.catalogue import records
from api.core.errors import ConflictError, InvalidError
from api.core.french import spaced
from api.core.settings import Settings
from api.web.admin.accounts import PROBLEMS
from api.web.components.forms import desk_page
from api.web.dependencies import EngineDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.rendering import see
from api.web.visitors import Visitor, VisitorDep
from models.base import utc_now
from models.unit_of_work import UnitOfWork

router = APIRouter(route_class=DeskRoute, include_in_schema=False, prefix="/acteurs/{actor_id}/partenaires")

DONE = {
    "lie": "Ce compte partenaire existait déjà : il voit maintenant aussi cet acteur.",
    "retire": "Ce compte ne voit plus cet acteur.",
}


@router.get("")
def partners(actor_id: str, request: Request, visitor: VisitorDep, unit: UnitDep, fait: str = "") -> Response:
    return _page(request, visitor, unit, actor_id, done_message=DONE.get(fait, ""))


@router.post("")
def change(
    actor_id: str,
    request: Request,
    visitor: VisitorDep,
    engine: EngineDep,
    unit: UnitDep,
    acte: Annotated[str, Form()] = "",
    compte: Annotated[str, Form()] = "",
    courriel: Annotated[str, Form()] = "",
    nom: Annotated[str, Form()] = "",
) -> Response:
    """The link is shown in the answer, once, as on the page of accounts."""
    now, options = utc_now(), request.app.state.settings
    page_address = f"/acteurs/{actor_id}/partenaires"
    if acte == "retirer":
        partner_accounts.take_actor(engine, compte, actor_id, by=visitor.by, now=now)
        return see(f"{page_address}?fait=retire")
    try:
        invitation_link = partner_accounts.invite_partner(
            engine, courriel, actor_id, name=nom, by=visitor.by, now=now, options=options
        )
    except (InvalidError, ConflictError) as refused_invitation:
        problem_text = refused_invitation.detail
        if isinstance(refused_invitation, InvalidError):
            problem_text = PROBLEMS.get(refused_invitation.fields[0][0], refused_invitation.detail)
        given_fields = {"courriel": courriel, "nom": nom}
        return _page(
            request,
            visitor,
            unit,
            actor_id,
            problem_text=problem_text,
            given_fields=given_fields,
            status_code=refused_invitation.status,
        )
    if invitation_link is None:
        return see(f"{page_address}?fait=lie")
    return _page(request, visitor, unit, actor_id, invitation_link=invitation_link, link_for=courriel.strip())


def _page(
    request: Request,
    visitor: Visitor,
    unit: UnitOfWork,
    actor_id: str,
    *,
    done_message: str = "",
    problem_text: str = "",
    invitation_link: str = "",
    link_for: str = "",
    given_fields: dict[str, str] | None = None,
    status_code: int = 200,
) -> Response:
    options: Settings = request.app.state.settings
    return desk_page(
        "partenaires.html",
        visitor,
        "/acteurs",
        status_code,
        actor=records.read_actor(unit, actor_id, visitor.audience).actor,
        rows=partner_accounts.partners_of(unit.session, actor_id),
        said=spaced(done_message),
        problem=spaced(problem_text),
        link=invitation_link,
        link_for=link_for,
        link_days=options.invitation_days,
        given=given_fields or {"courriel": "", "nom": ""},
    )
