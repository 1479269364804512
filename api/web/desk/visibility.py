"""Who may hear of a row, and what it is: made confidential freely, made public by a person who says why."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form
from sqlmodel import Session
from starlette.responses import Response

from api.accounts.accounts import account_names
from api.catalogue import records
from api.catalogue.confidentiality_acts import LEAST_REASON, acts_about, change_confidentiality
from api.catalogue.schemas import RecordKind
from api.catalogue.wording import KINDS, OPPORTUNITY_KINDS
from api.core.errors import ConflictError, InvalidError
from api.web.components.forms import desk_page
from api.web.components.journal import actor_in_words, moment_in_words
from api.web.dependencies import EngineDep, NowDep, PlacesDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.rendering import see
from api.web.visitors import Visitor, VisitorDep
from models.imports import ConfidentialityAct
from models.tables import Actor, Opportunity
from models.unit_of_work import UnitOfWork

router = APIRouter(route_class=DeskRoute, include_in_schema=False)


@dataclass(frozen=True)
class VisibilityView:
    """A row, whether it is confidential, and the kinds that it may be of.

    chosen_visibility, chosen_kind: what the form holds. acts: (when, who, what, why) of before.
    """

    name: str
    address: str
    confidential: bool
    kind_words: str
    chosen_visibility: str
    chosen_kind: str
    kinds: Sequence[tuple[str, str]]
    acts: Sequence[tuple[str, str, str, str]]
    least: int
    reason: str
    problem_text: str


@router.get("/opportunites/{opportunity_id}/diffusion")
def opportunity_form(opportunity_id: str, visitor: VisitorDep, unit: UnitDep) -> Response:
    return _page(visitor, unit.session, _opportunity(unit, opportunity_id, visitor))


@router.get("/acteurs/{actor_id}/diffusion")
def actor_form(actor_id: str, visitor: VisitorDep, unit: UnitDep) -> Response:
    return _page(visitor, unit.session, _actor(unit, actor_id, visitor))


@router.post("/opportunites/{opportunity_id}/diffusion")
def change_opportunity(
    opportunity_id: str,
    visitor: VisitorDep,
    engine: EngineDep,
    unit: UnitDep,
    places: PlacesDep,
    now: NowDep,
    diffusion: Annotated[str, Form(max_length=20)] = "",
    type: Annotated[str, Form(max_length=30)] = "",
    motif: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    row = _opportunity(unit, opportunity_id, visitor)
    unit.end_reading()
    try:
        _change(engine, "opportunities", row, visitor, places, now, diffusion, type, motif)
    except (ConflictError, InvalidError) as problem:
        return _page(visitor, unit.session, row, problem, diffusion, type, motif)
    return see(f"/opportunites/{opportunity_id}")


@router.post("/acteurs/{actor_id}/diffusion")
def change_actor(
    actor_id: str,
    visitor: VisitorDep,
    engine: EngineDep,
    unit: UnitDep,
    places: PlacesDep,
    now: NowDep,
    diffusion: Annotated[str, Form(max_length=20)] = "",
    type: Annotated[str, Form(max_length=30)] = "",
    motif: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    row = _actor(unit, actor_id, visitor)
    unit.end_reading()
    try:
        _change(engine, "actors", row, visitor, places, now, diffusion, type, motif)
    except (ConflictError, InvalidError) as problem:
        return _page(visitor, unit.session, row, problem, diffusion, type, motif)
    return see(f"/acteurs/{actor_id}")


def _opportunity(unit: UnitOfWork, opportunity_id: str, visitor: Visitor) -> Opportunity:
    return records.read_opportunity(unit, opportunity_id, visitor.audience).opportunity


def _actor(unit: UnitOfWork, actor_id: str, visitor: Visitor) -> Actor:
    return records.read_actor(unit, actor_id, visitor.audience).actor


def _change(
    engine: EngineDep,
    kind: RecordKind,
    row: Actor | Opportunity,
    visitor: Visitor,
    places: PlacesDep,
    now: NowDep,
    visibility: str,
    new_kind: str,
    reason: str,
) -> None:
    if visibility not in ("confidentielle", "publique"):
        raise InvalidError([("diffusion", "dites si la fiche est confidentielle ou publique")])
    change_confidentiality(
        engine,
        kind,
        row.id,
        confidential=visibility == "confidentielle",
        new_kind=new_kind or row.kind,
        reason=reason,
        by=visitor.by,
        now=now,
        places=places,
    )


def _page(
    visitor: Visitor,
    session: Session,
    row: Actor | Opportunity,
    problem: ConflictError | InvalidError | None = None,
    visibility: str = "",
    new_kind: str = "",
    reason: str = "",
) -> Response:
    is_actor = isinstance(row, Actor)
    kinds, names = KINDS if is_actor else OPPORTUNITY_KINDS, account_names(session)
    problem_text = ""
    if problem is not None:
        why = problem.fields[0][1] if isinstance(problem, InvalidError) else problem.detail.rstrip(".")
        problem_text = f"{why[:1].upper()}{why[1:]}."
    return desk_page(
        "diffusion.html",
        visitor,
        "/acteurs" if is_actor else "/opportunites",
        problem.status if problem is not None else 200,
        view=VisibilityView(
            name=row.name if isinstance(row, Actor) else row.title,
            address=f"/{'acteurs' if is_actor else 'opportunites'}/{row.id}",
            confidential=row.confidential,
            chosen_visibility=visibility or ("confidentielle" if row.confidential else "publique"),
            chosen_kind=new_kind or row.kind,
            kind_words=kinds.get(row.kind, row.kind),
            kinds=[(kind, words[:1].upper() + words[1:]) for kind, words in kinds.items()],
            acts=[
                (
                    moment_in_words(act.decided_at.isoformat()),
                    actor_in_words(act.decided_by, names),
                    _act_in_words(act),
                    act.reason,
                )
                for act in acts_about(session, row.id)
            ],
            least=LEAST_REASON,
            reason=reason,
            problem_text=problem_text,
        ),
    )


def _act_in_words(act: ConfidentialityAct) -> str:
    """Return what an act changed, e.g. « confidentielle → publique, reprise → débouché »."""
    parts = []
    if act.before["confidential"] != act.after["confidential"]:
        parts.append("confidentielle → publique" if act.before["confidential"] else "publique → confidentielle")
    if act.before["kind"] != act.after["kind"]:
        words = KINDS | OPPORTUNITY_KINDS
        parts.append(" → ".join(words.get(side["kind"], side["kind"]) for side in (act.before, act.after)))
    if act.before.get("teaser") != act.after.get("teaser"):
        parts.append("diffusée de nouveau" if act.after.get("teaser") else "plus diffusée")
    return ", ".join(parts)
