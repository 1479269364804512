"""What an actor lends, guarantees or brings: its products, each with its limits, where it was read and how surely."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints, model_validator
from sqlmodel import Session, col, select

from api.audit import log
from api.catalogue.schemas import DepartmentCode, Distinct, Euros, Headcount, PlausibleDate, Schema
from api.core.errors import NotFoundError
from api.core.stale_forms import refuse_stale, state_of
from models.finance_products import FinanceProduct


class FinanceForm(StrEnum):
    """What kind of money it is."""

    LOAN = "loan"
    HONOUR_LOAN = "honour_loan"
    GUARANTEE = "guarantee"
    EQUITY = "equity"
    GRANT = "grant"


class FinanceAudience(StrEnum):
    """Who may have it."""

    ANYONE = "anyone"
    PERSON = "person"
    COOPERATIVE = "cooperative"
    ESS = "ess"
    COMMUNE = "commune"


class Grade(StrEnum):
    """How surely it is known: from the body's or the State's own page, from others, or typed by a person."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    PERSON = ""


class FinanceProductIn(Schema):
    """A product as it is typed, or as the list of reference actors has it."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    form: FinanceForm
    least_eur: Euros | None = None
    most_eur: Euros | None = None
    most_heads: Headcount | None = None
    departments: Distinct[DepartmentCode] = Field(default_factory=list)
    audience: FinanceAudience = FinanceAudience.ANYONE
    terms: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""
    source: Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)] = ""
    read_on: PlausibleDate | None = None
    grade: Grade = Grade.PERSON

    @model_validator(mode="after")
    def _floor_is_below_ceiling(self) -> Self:
        if self.least_eur is not None and self.most_eur is not None and self.least_eur > self.most_eur:
            raise ValueError("le minimum dépasse le maximum")
        return self


def products_of(session: Session, actor_ids: Collection[str]) -> dict[str, Sequence[FinanceProduct]]:
    """Return the products of some actors, by actor, in the order of their names."""
    question = select(FinanceProduct).where(
        col(FinanceProduct.actor_id).in_(list(actor_ids)), ~col(FinanceProduct.removed)
    )
    by_actor: dict[str, list[FinanceProduct]] = {}
    for product in session.exec(question.order_by(FinanceProduct.name, FinanceProduct.id)):
        by_actor.setdefault(product.actor_id, []).append(product)
    return dict(by_actor)


def product_by_id(session: Session, actor_id: str, product_id: str) -> FinanceProduct:
    """Return a product of an actor. Raises NotFoundError."""
    product = session.get(FinanceProduct, product_id)
    if product is None or product.actor_id != actor_id or product.removed:
        raise NotFoundError("Ce financement n’existe pas, ou n’existe plus.")
    return product


def add_product(session: Session, actor_id: str, typed: FinanceProductIn, *, by: str, now: datetime) -> FinanceProduct:
    """Add a product to an actor, in the caller's unit of work."""
    product = FinanceProduct(
        id=str(uuid.uuid4()), actor_id=actor_id, created_at=now, updated_at=now, **columns_of_product(typed)
    )
    session.add(product)
    log.note(session, by=by, action="actor.finance_added", kind="actor", of=actor_id, now=now)
    return product


def change_product(
    session: Session, actor_id: str, product_id: str, typed: FinanceProductIn, *, seen: str, by: str, now: datetime
) -> None:
    """Change a product. seen: the state that the form was made of. Raises NotFoundError, ChangedMeanwhileError."""
    product = product_by_id(session, actor_id, product_id)
    refuse_stale(seen, state_of(product), "Ce financement a changé entre-temps : relisez-le, puis enregistrez.")
    values = columns_of_product(typed)
    changed = sorted(name for name, value in values.items() if getattr(product, name) != value)
    if not changed:
        return
    for name in changed:
        setattr(product, name, values[name])
    product.updated_at = now
    session.add(product)
    detail: Mapping[str, Any] = {"fields": changed}
    log.note(session, by=by, action="actor.finance_changed", kind="actor", of=actor_id, detail=detail, now=now)


def remove_product(session: Session, actor_id: str, product_id: str, *, by: str, now: datetime) -> None:
    """Remove a product; one of the list of reference actors stays as a mark that it must not come back."""
    product = product_by_id(session, actor_id, product_id)
    if product.reference:
        product.removed, product.updated_at = True, now
        session.add(product)
    else:
        session.delete(product)
    log.note(session, by=by, action="actor.finance_removed", kind="actor", of=actor_id, now=now)


def columns_of_product(typed: FinanceProductIn) -> dict[str, Any]:
    """Return a valid product as the columns of its row."""
    return typed.model_dump()


def is_old(read_on: date | None, today: date) -> bool:
    """Return whether what was read is to be read again: nobody says when, or more than a year ago."""
    return read_on is None or (today - read_on).days > 365
