"""Personal data, for administrators: what is kept of somebody is given, or forgotten. No address stands in a URL."""

import json
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import Response

from api.core.errors import ConflictError, InvalidError, NotFoundError
from api.privacy.personal_data import erase_person, export_person
from api.web.components.forms import desk_page
from api.web.dependencies import EngineDep
from api.web.error_pages import DeskRoute
from api.web.rendering import HEADERS
from api.web.visitors import AdministratorDep, Visitor
from models.base import utc_now

router = APIRouter(route_class=DeskRoute, include_in_schema=False)


@router.api_route("/personnes", methods=["GET", "HEAD"])
def persons(visitor: AdministratorDep) -> Response:
    return _page(visitor)


@router.post("/personnes")
def act(
    engine: EngineDep,
    visitor: AdministratorDep,
    courriel: Annotated[str, Form()] = "",
    acte: Annotated[str, Form()] = "",
    encore: Annotated[str, Form()] = "",
) -> Response:
    """Give a file, or forget: the address must then be written twice, since nothing brings it back."""
    now = utc_now()
    try:
        if acte == "exporter":
            told = json.dumps(export_person(engine, courriel, by=visitor.by, now=now), ensure_ascii=False, indent=1)
            headers = HEADERS | {"Content-Disposition": 'attachment; filename="donnees-personnelles.json"'}
            return Response(told + "\n", media_type="application/json", headers=headers)
        if acte != "effacer":
            raise InvalidError([("acte", "inconnu")])
        if courriel.strip().lower() != encore.strip().lower():
            return _page(visitor, 422, problem="Les deux adresses ne sont pas les mêmes : rien n’est effacé.")
        erase_person(engine, courriel, by=visitor.by, now=now)
    except InvalidError:
        return _page(visitor, 422, problem="Cette adresse n’est pas valide.")
    except (NotFoundError, ConflictError) as refused:
        return _page(visitor, refused.status, problem=refused.detail)
    return _page(visitor, said="C’est effacé. Les sauvegardes d’avant gardent ces données jusqu’à leur propre fin.")


def _page(visitor: Visitor, status: int = 200, *, problem: str = "", said: str = "") -> Response:
    return desk_page("personnes.html", visitor, "/comptes", status, problem=problem, said=said)
