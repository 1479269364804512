"""Personal data, for administrators: export and erasure of one person's data. No e-mail address stands in a URL."""

import json
from dataclasses import dataclass

from starlette.responses import Response

from api.core.errors import ConflictError, InvalidError, NotFoundError
from api.privacy.personal_data import erase_person, export_person
from api.web.checked_router import CheckedRouter
from api.web.components.forms import desk_page
from api.web.dependencies import EngineDep, NowDep, SignerDep
from api.web.error_pages import DeskRoute
from api.web.fields import FormLine, FormWord
from api.web.rendering import HEADERS
from api.web.visitors import AdministratorDep, Visitor

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False)


@dataclass(frozen=True)
class PersonsView:
    """The forms that export or erase one person's data."""

    problem_text: str
    done_message: str


@router.api_route("/personnes", methods=["GET", "HEAD"])
def persons(visitor: AdministratorDep) -> Response:
    return _page(visitor)


@router.post("/personnes")
def act(
    engine: EngineDep,
    visitor: AdministratorDep,
    signer: SignerDep,
    now: NowDep,
    courriel: FormLine = "",
    acte: FormWord = "",
    encore: FormLine = "",
) -> Response:
    """Export a person's data as a file, or erase them: erasure is final, so the address must be written twice."""
    try:
        if acte == "exporter":
            personal_values = export_person(engine, signer, courriel, by=visitor.by, now=now)
            person_json = json.dumps(personal_values, ensure_ascii=False, indent=1)
            file_headers = HEADERS | {"Content-Disposition": 'attachment; filename="donnees-personnelles.json"'}
            return Response(person_json + "\n", media_type="application/json", headers=file_headers)
        if acte != "effacer":
            raise InvalidError([("acte", "inconnu")])
        if courriel.strip().lower() != encore.strip().lower():
            return _page(visitor, 422, problem_text="Les deux adresses ne sont pas les mêmes : rien n’est effacé.")
        erase_person(engine, courriel, by=visitor.by, now=now)
    except InvalidError:
        return _page(visitor, 422, problem_text="Cette adresse n’est pas valide.")
    except (NotFoundError, ConflictError) as refused_request:
        return _page(visitor, refused_request.status, problem_text=refused_request.detail)
    return _page(
        visitor, done_message="C’est effacé. Les sauvegardes d’avant gardent ces données jusqu’à leur propre fin."
    )


def _page(visitor: Visitor, status_code: int = 200, *, problem_text: str = "", done_message: str = "") -> Response:
    return desk_page("personnes.html", visitor, "/personnes", status_code, view=PersonsView(problem_text, done_message))
