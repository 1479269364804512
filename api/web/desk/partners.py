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
    return _page(request, visitor, unit, actor_id, said=DONE.get(fait, ""))


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
    here = f"/acteurs/{actor_id}/partenaires"
    if acte == "retirer":
        partner_accounts.take_actor(engine, compte, actor_id, by=visitor.by, now=now)
        return see(f"{here}?fait=retire")
    try:
        link = partner_accounts.invite_partner(
            engine, courriel, actor_id, name=nom, by=visitor.by, now=now, options=options
        )
    except (InvalidError, ConflictError) as refused:
        problem = refused.detail
        if isinstance(refused, InvalidError):
            problem = PROBLEMS.get(refused.fields[0][0], refused.detail)
        given = {"courriel": courriel, "nom": nom}
        return _page(request, visitor, unit, actor_id, problem=problem, given=given, status=refused.status)
    if link is None:
        return see(f"{here}?fait=lie")
    return _page(request, visitor, unit, actor_id, link=link, link_for=courriel.strip())


def _page(
    request: Request,
    visitor: Visitor,
    unit: UnitOfWork,
    actor_id: str,
    *,
    said: str = "",
    problem: str = "",
    link: str = "",
    link_for: str = "",
    given: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    options: Settings = request.app.state.settings
    return desk_page(
        "partenaires.html",
        visitor,
        "/acteurs",
        status,
        actor=records.read_actor(unit, actor_id, visitor.audience).actor,
        rows=partner_accounts.partners_of(unit.session, actor_id),
        said=spaced(said),
        problem=spaced(problem),
        link=link,
        link_for=link_for,
        link_days=options.invitation_days,
        given=given or {"courriel": "", "nom": ""},
    )
