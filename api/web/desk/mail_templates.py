"""The mail templates of the house: written, corrected, removed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from fastapi import Depends
from sqlalchemy import Engine
from starlette.responses import Response

from api.core.errors import ChangedMeanwhileError, ConflictError, InvalidError, NotFoundError
from api.core.french import sentence
from api.core.stale_forms import state_of
from api.interactions import queries
from api.interactions.mail_templates import (
    BODY_LENGTH,
    NAME_LENGTH,
    SUBJECT_LENGTH,
    Draft,
    add_examples,
    draft_of,
    remove_template,
    save_template,
)
from api.interactions.placeholders import PLACEHOLDERS
from api.web.checked_router import CheckedRouter
from api.web.components.forms import desk_page, stored_meanwhile
from api.web.dependencies import EngineDep, NowDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.fields import FormLine, FormText, FormWord, QueryWord
from api.web.rendering import see
from api.web.visitors import Visitor, VisitorDep
from models.interactions import MailTemplate
from models.unit_of_work import UnitOfWork

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False, prefix="/modeles")

DONE = {
    "enregistre": "Le modèle est enregistré.",
    "supprime": "Le modèle est supprimé. Les mails déjà écrits avec lui restent.",
    "exemples": "Deux modèles sont ajoutés : relisez-les, et mettez-y vos mots.",
}


@dataclass(frozen=True)
class TemplatesView:
    """All templates, and a form for one of them or for a new one. problems: by field.

    seen: the `state_of` the template that the form shows, empty for a new one.
    """

    templates: Sequence[MailTemplate]
    chosen_id: str
    draft: Draft
    seen: str
    done_message: str
    placeholders: Mapping[str, str]
    lengths: Mapping[str, int]
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"/modeles/{self.chosen_id}" if self.chosen_id else "/modeles"


@dataclass(frozen=True)
class TypedTemplate:
    """What was sent: what to do (`supprimer`, `exemples`, else to save), the draft, and the state that it shows."""

    act: str
    draft: Draft
    seen: str


async def _typed_template(
    acte: FormWord = "", nom: FormLine = "", sujet: FormLine = "", texte: FormText = "", vu: FormWord = ""
) -> TypedTemplate:
    return TypedTemplate(acte, Draft(sujet, texte, nom), vu)


TypedTemplateDep = Annotated[TypedTemplate, Depends(_typed_template)]


@router.get("")
def templates(visitor: VisitorDep, unit: UnitDep, fait: QueryWord = "") -> Response:
    return _page(visitor, unit, Draft("", ""), done_message=DONE.get(fait, ""))


@router.post("")
def add(visitor: VisitorDep, unit: UnitDep, engine: EngineDep, now: NowDep, typed: TypedTemplateDep) -> Response:
    if typed.act == "exemples":
        add_examples(engine, by=visitor.by, now=now)
        return see("/modeles?fait=exemples")
    return _save(visitor, unit, engine, now, typed)


@router.get("/{template_id}")
def template(template_id: str, visitor: VisitorDep, unit: UnitDep) -> Response:
    chosen = _stored(unit, template_id)
    return _page(visitor, unit, draft_of(chosen), template_id, seen=state_of(chosen))


@router.post("/{template_id}")
def change(
    template_id: str, visitor: VisitorDep, unit: UnitDep, engine: EngineDep, now: NowDep, typed: TypedTemplateDep
) -> Response:
    if typed.act == "supprimer":
        remove_template(engine, template_id, by=visitor.by, now=now)
        return see("/modeles?fait=supprime")
    return _save(visitor, unit, engine, now, typed, template_id)


def _save(
    visitor: Visitor, unit: UnitOfWork, engine: Engine, now: datetime, typed: TypedTemplate, template_id: str = ""
) -> Response:
    draft, seen = typed.draft, typed.seen
    try:
        save_template(engine, template_id or None, draft, by=visitor.by, now=now, seen=seen)
    except InvalidError as error:
        return _page(visitor, unit, draft, template_id, 422, dict(error.fields), seen=seen)
    except ChangedMeanwhileError as stale:
        stored = _stored(unit, template_id)
        problems = _stored_meanwhile(draft_of(stored), draft.normalized())
        return _page(visitor, unit, draft, template_id, stale.status, problems, seen=state_of(stored))
    except ConflictError as error:
        return _page(visitor, unit, draft, template_id, 409, {"nom": error.detail}, seen=seen)
    return see("/modeles?fait=enregistre")


def _stored(unit: UnitOfWork, template_id: str) -> MailTemplate:
    stored = unit.session.get(MailTemplate, template_id)
    if stored is None:
        raise NotFoundError("Ce modèle n’existe pas, ou plus.")
    return stored


def _stored_meanwhile(stored: Draft, typed: Draft) -> dict[str, str]:
    """Return what somebody else stored, by the fields in which it is not what was typed."""
    sides = {
        "nom": (stored.name, typed.name),
        "sujet": (stored.subject, typed.subject),
        "texte": (stored.body, typed.body),
    }
    return {name: stored_meanwhile(theirs) for name, (theirs, own) in sides.items() if theirs != own}


def _page(
    visitor: Visitor,
    unit: UnitOfWork,
    draft: Draft,
    chosen_id: str = "",
    status_code: int = 200,
    problems: Mapping[str, str] | None = None,
    *,
    seen: str = "",
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
            seen,
            done_message,
            PLACEHOLDERS,
            {"nom": NAME_LENGTH, "sujet": SUBJECT_LENGTH, "texte": BODY_LENGTH},
            {name: sentence(why) for name, why in (problems or {}).items()},
        ),
    )
