"""The mail templates of the house: written, corrected, removed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fastapi import APIRouter
from sqlalchemy import Engine
from starlette.responses import Response

from api.core.errors import ConflictError, InvalidError, NotFoundError
from api.interactions import queries
from api.interactions.mail_templates import (
    BODY_LENGTH,
    NAME_LENGTH,
    SUBJECT_LENGTH,
    Draft,
    add_examples,
    remove_template,
    save_template,
)
from api.interactions.placeholders import PLACEHOLDERS
from api.web.components.forms import desk_page
from api.web.dependencies import EngineDep, NowDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.fields import FormLine, FormText, FormWord, QueryWord
from api.web.rendering import see
from api.web.visitors import Visitor, VisitorDep
from models.interactions import MailTemplate
from models.unit_of_work import UnitOfWork

router = APIRouter(route_class=DeskRoute, include_in_schema=False, prefix="/modeles")

DONE = {
    "enregistre": "Le modèle est enregistré.",
    "supprime": "Le modèle est supprimé. Les mails déjà écrits avec lui restent.",
    "exemples": "Deux modèles sont ajoutés : relisez-les, et mettez-y vos mots.",
}


@dataclass(frozen=True)
class TemplatesView:
    """All templates, and a form for one of them or for a new one. problems: by field."""

    templates: Sequence[MailTemplate]
    chosen_id: str
    draft: Draft
    done_message: str
    placeholders: Mapping[str, str]
    lengths: Mapping[str, int]
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"/modeles/{self.chosen_id}" if self.chosen_id else "/modeles"


@router.get("")
def templates(visitor: VisitorDep, unit: UnitDep, fait: QueryWord = "") -> Response:
    return _page(visitor, unit, Draft("", ""), done_message=DONE.get(fait, ""))


@router.post("")
def add(
    visitor: VisitorDep,
    unit: UnitDep,
    engine: EngineDep,
    now: NowDep,
    acte: FormWord = "",
    nom: FormLine = "",
    sujet: FormLine = "",
    texte: FormText = "",
) -> Response:
    if acte == "exemples":
        add_examples(engine, by=visitor.by, now=now)
        return see("/modeles?fait=exemples")
    return _save(visitor, unit, engine, now, Draft(sujet, texte, nom))


@router.get("/{template_id}")
def template(template_id: str, visitor: VisitorDep, unit: UnitDep) -> Response:
    chosen = unit.session.get(MailTemplate, template_id)
    if chosen is None:
        raise NotFoundError("Ce modèle n’existe pas, ou plus.")
    return _page(visitor, unit, Draft(chosen.subject, chosen.body, chosen.name), template_id)


@router.post("/{template_id}")
def change(
    template_id: str,
    visitor: VisitorDep,
    unit: UnitDep,
    engine: EngineDep,
    now: NowDep,
    acte: FormWord = "",
    nom: FormLine = "",
    sujet: FormLine = "",
    texte: FormText = "",
) -> Response:
    if acte == "supprimer":
        remove_template(engine, template_id, by=visitor.by, now=now)
        return see("/modeles?fait=supprime")
    return _save(visitor, unit, engine, now, Draft(sujet, texte, nom), template_id)


def _save(
    visitor: Visitor, unit: UnitOfWork, engine: Engine, now: datetime, draft: Draft, template_id: str = ""
) -> Response:
    try:
        save_template(engine, template_id or None, draft, by=visitor.by, now=now)
    except InvalidError as error:
        return _page(visitor, unit, draft, template_id, 422, dict(error.fields))
    except ConflictError as error:
        return _page(visitor, unit, draft, template_id, 409, {"nom": error.detail})
    return see("/modeles?fait=enregistre")


def _page(
    visitor: Visitor,
    unit: UnitOfWork,
    draft: Draft,
    chosen_id: str = "",
    status_code: int = 200,
    problems: Mapping[str, str] | None = None,
    *,
    done_message: str = "",
) -> Response:
    return desk_page(
        "modeles.html",
        visitor,
        "/courriers",
        status_code,
        view=TemplatesView(
            queries.templates(unit.session),
            chosen_id,
            draft,
            done_message,
            PLACEHOLDERS,
            {"nom": NAME_LENGTH, "sujet": SUBJECT_LENGTH, "texte": BODY_LENGTH},
            {name: f"{why[:1].upper()}{why[1:]}".rstrip(".") + "." for name, why in (problems or {}).items()},
        ),
    )
