"""Queries about what is typed: rows that may be the same thing, and what is stored about a company."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, or_, select, union_all
from sqlmodel import Session, col

from models.actors import Actor
from models.opportunities import Opportunity, TakeoverCase

# What a person types has this source.
TYPED_SOURCE = "saisie"
# Establishments of one company that are looked at.
MOST_ESTABLISHMENTS = 50


def actors_of_company(session: Session, siren: str) -> Sequence[Actor]:
    """Actors of one company (9 digits), by SIRET."""
    is_of_company = col(Actor.siret).between(f"{siren}00000", f"{siren}99999")
    question = (
        select(Actor).where(is_of_company).order_by(col(Actor.siret).nulls_first(), Actor.id).limit(MOST_ESTABLISHMENTS)
    )
    return session.execute(question).scalars().all()


def actor_names(session: Session, department: str | None) -> Sequence[Row[Any]]:
    """(id, name, siret, commune_code, commune_name, department) of the actors of a département, or of all."""
    question = select(
        *(col(Actor.id), col(Actor.name), col(Actor.siret)),
        *(col(Actor.commune_code), col(Actor.commune_name), col(Actor.department)),
    )
    if department:
        question = question.where(or_(col(Actor.department) == department, col(Actor.department).is_(None)))
    return session.execute(question.order_by(col(Actor.id))).all()


def opportunity_titles(session: Session, kind: str, department: str | None) -> Sequence[Row[Any]]:
    """(id, title, buyer_name, commune_code, commune_name, department, deadline) of what is open or expected."""
    question = select(
        *(col(Opportunity.id), col(Opportunity.title), col(Opportunity.buyer_name)),
        *(col(Opportunity.commune_code), col(Opportunity.commune_name), col(Opportunity.department)),
        col(Opportunity.deadline),
    ).where(col(Opportunity.kind) == kind, col(Opportunity.status).in_(("open", "expected")))
    if department:
        question = question.where(or_(col(Opportunity.department) == department, col(Opportunity.department).is_(None)))
    return session.execute(question.order_by(col(Opportunity.id))).all()


def cases_of_company(session: Session, siren: str) -> Sequence[Opportunity]:
    """Takeover cases of the company of this SIREN, open or not."""
    question = select(Opportunity).join(TakeoverCase, col(TakeoverCase.opportunity_id) == col(Opportunity.id))
    question = question.where(col(TakeoverCase.holder_siren) == siren).order_by(col(Opportunity.id))
    return session.execute(question.limit(MOST_ESTABLISHMENTS)).scalars().all()


def typed_row(session: Session, model: type[Actor | Opportunity], reference: str) -> str | None:
    """Return the id of the row that a form made, None where it has made none. reference: of the form."""
    question = select(col(model.id)).where(col(model.source_id) == reference, col(model.source) == TYPED_SOURCE)
    return session.execute(question).scalar()


def is_secret_company(session: Session, siren: str) -> bool:
    """Return whether a confidential row is about this company: asking a public service about it would tell."""
    is_of_company = col(Actor.siret).between(f"{siren}00000", f"{siren}99999")
    actors = select(col(Actor.id)).where(is_of_company, col(Actor.confidential))
    cases = (
        select(col(Opportunity.id))
        .join(TakeoverCase, col(TakeoverCase.opportunity_id) == col(Opportunity.id))
        .where(col(TakeoverCase.holder_siren) == siren, col(Opportunity.confidential))
    )
    return session.execute(union_all(actors, cases).limit(1)).first() is not None
