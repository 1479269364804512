"""Who may hear of a row, and what it is: made confidential freely, made public by a person who says why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Form
from sqlalchemy import Engine
from sqlmodel import Session
from starlette.responses import Response

from api.accounts.accounts import account_names
from api.catalogue import records
from api.catalogue.confidentiality_acts import LEAST_REASON, acts_about, change_confidentiality
from api.catalogue.places.book import PlacesBook
from api.catalogue.schemas import RecordKind
from api.catalogue.wording import KINDS, OPPORTUNITY_KINDS
from api.core.errors import ConflictError, InvalidError
from api.web.checked_router import CheckedRouter
from api.web.components.forms import desk_page, refusal_in_words
from api.web.components.journal import actor_in_words, moment_in_words
from api.web.components.row_edits import ADDRESSES
from api.web.dependencies import EngineDep, NowDep, PlacesDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.rendering import see
from api.web.visitors import Visitor, VisitorDep
from models.imports import ConfidentialityAct
from models.tables import Actor, Opportunity
from models.unit_of_work import UnitOfWork

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False)


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


@dataclass(frozen=True)
class TypedVisibility:
    """What was sent: `confidentielle` or `publique`, the kind that a confidential row is one of, and why."""

    visibility: str = ""
    new_kind: str = ""
    reason: str = ""


async def _typed_visibility(
    diffusion: Annotated[str, Form(max_length=20)] = "",
    type: Annotated[str, Form(max_length=30)] = "",
    motif: Annotated[str, Form(max_length=1000)] = "",
) -> TypedVisibility:
    return TypedVisibility(diffusion, type, motif)


TypedVisibilityDep = Annotated[TypedVisibility, Depends(_typed_visibility)]
_NOTHING_TYPED = TypedVisibility()


@router.post("/opportunites/{opportunity_id}/diffusion")
def change_opportunity(
    opportunity_id: str,
    visitor: VisitorDep,
    engine: EngineDep,
    unit: UnitDep,
    places: PlacesDep,
    now: NowDep,
    typed: TypedVisibilityDep,
) -> Response:
    return _change(visitor, engine, unit, places, now, _opportunity(unit, opportunity_id, visitor), typed)


@router.post("/acteurs/{actor_id}/diffusion")
def change_actor(
    actor_id: str,
    visitor: VisitorDep,
    engine: EngineDep,
    unit: UnitDep,
    places: PlacesDep,
    now: NowDep,
    typed: TypedVisibilityDep,
) -> Response:
    return _change(visitor, engine, unit, places, now, _actor(unit, actor_id, visitor), typed)


def _opportunity(unit: UnitOfWork, opportunity_id: str, visitor: Visitor) -> Opportunity:
    return records.read_opportunity(unit, opportunity_id, visitor.audience).opportunity


def _actor(unit: UnitOfWork, actor_id: str, visitor: Visitor) -> Actor:
    return records.read_actor(unit, actor_id, visitor.audience).actor


def _change(
    visitor: Visitor,
    engine: Engine,
    unit: UnitOfWork,
    places: PlacesBook,
    now: datetime,
    row: Actor | Opportunity,
    typed: TypedVisibility,
) -> Response:
    kind: RecordKind = "actors" if isinstance(row, Actor) else "opportunities"
    unit.end_reading()
    try:
        if typed.visibility not in ("confidentielle", "publique"):
            raise InvalidError([("diffusion", "dites si la fiche est confidentielle ou publique")])
        change_confidentiality(
            engine,
            kind,
            row.id,
            confidential=typed.visibility == "confidentielle",
            new_kind=typed.new_kind or row.kind,
            reason=typed.reason,
            by=visitor.by,
            now=now,
            places=places,
        )
    except (ConflictError, InvalidError) as problem:
        return _page(visitor, unit.session, row, problem, typed)
    return see(f"{ADDRESSES[kind]}/{row.id}")


def _page(
    visitor: Visitor,
    session: Session,
    row: Actor | Opportunity,
    problem: ConflictError | InvalidError | None = None,
    typed: TypedVisibility = _NOTHING_TYPED,
) -> Response:
    is_actor = isinstance(row, Actor)
    kinds, names = KINDS if is_actor else OPPORTUNITY_KINDS, account_names(session)
    return desk_page(
        "diffusion.html",
        visitor,
        "/acteurs" if is_actor else "/opportunites",
        problem.status if problem is not None else 200,
        view=VisibilityView(
            name=row.name if isinstance(row, Actor) else row.title,
            address=f"/{'acteurs' if is_actor else 'opportunites'}/{row.id}",
            confidential=row.confidential,
            chosen_visibility=typed.visibility or ("confidentielle" if row.confidential else "publique"),
            chosen_kind=typed.new_kind or row.kind,
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
            reason=typed.reason,
            problem_text=refusal_in_words(problem) if problem is not None else "",
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
