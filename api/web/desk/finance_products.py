"""What an actor lends, guarantees or brings: a list, and a form that adds, changes or removes a product."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from api.catalogue import records
from api.catalogue.finance_products import (
    add_product,
    change_product,
    product_by_id,
    products_of,
    remove_product,
)
from api.core.errors import ConflictError, InvalidError
from api.core.french import sentence
from api.core.stale_forms import state_of
from api.entry.entry_fields import by_field
from api.entry.typed_form import TypedForm
from api.takeovers.roles.wording import ProductLine, product_line
from api.web.checked_router import CheckedRouter
from api.web.components.finance_form import FIELDS, read_product, shown_product
from api.web.components.forms import desk_page, stored_meanwhile
from api.web.components.shown_fields import ShownField, TypedFormDep, shown_fields
from api.web.dependencies import EngineDep, NowDep, TodayDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.fields import QueryWord
from api.web.rendering import see
from api.web.visitors import Visitor, VisitorDep
from models.database import writing
from models.finance_products import FinanceProduct
from models.unit_of_work import UnitOfWork

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False, prefix="/acteurs")

REMOVE = "retirer"
DONE = {"ajoute": "Le financement est ajouté.", "modifie": "C’est enregistré.", "retire": "Le financement est retiré."}
ProductId = Annotated[str, Query(max_length=36)]


@dataclass(frozen=True)
class ProductsView:
    """The products of an actor, and the form of one. product_id, seen: of the one that is changed, else empty."""

    actor_id: str
    name: str
    lines: Sequence[tuple[str, ProductLine]]
    fields: Sequence[ShownField]
    product_id: str
    seen: str
    done: str
    problem: str

    @property
    def is_wrong(self) -> bool:
        return bool(self.problem) or any(shown.problem for shown in self.fields)


@router.get("/{actor_id}/financements")
def products(
    actor_id: str, visitor: VisitorDep, unit: UnitDep, today: TodayDep, produit: ProductId = "", fait: QueryWord = ""
) -> Response:
    """produit: the one whose form is shown; fait: what was just done."""
    stored = product_by_id(unit.session, actor_id, produit) if produit else None
    return _page(visitor, unit, today, actor_id, shown_product(stored), stored=stored, done=DONE.get(fait, ""))


@router.post("/{actor_id}/financements")
def save(
    actor_id: str,
    visitor: VisitorDep,
    engine: EngineDep,
    unit: UnitDep,
    today: TodayDep,
    now: NowDep,
    typed: TypedFormDep,
) -> Response:
    """Add a product, change it, or remove it: `acte` says which. vu: the state that the form was made of."""
    records.read_actor(unit, actor_id, visitor.audience)
    product_id = typed.text("produit")[:36]
    stored = product_by_id(unit.session, actor_id, product_id) if product_id else None
    unit.end_reading()
    address = f"/acteurs/{actor_id}/financements"
    try:
        if typed.text("acte") == REMOVE and stored:
            with writing(engine, durable=True) as session:
                remove_product(session, actor_id, product_id, by=visitor.by, now=now)
            return see(f"{address}?fait=retire")
        product = read_product(typed)
        with writing(engine, durable=True) as session:
            if stored:
                seen = typed.text("vu")
                change_product(session, actor_id, product_id, product, seen=seen, by=visitor.by, now=now)
            else:
                add_product(session, actor_id, product, by=visitor.by, now=now)
    except InvalidError as refused:
        problems = by_field(refused.fields)
        return _page(visitor, unit, today, actor_id, typed, stored=stored, problems=problems, status=refused.status)
    except ConflictError as conflict:
        latest = product_by_id(unit.session, actor_id, product_id)
        problems = _changed_meanwhile(typed, latest)
        problem = sentence(conflict.detail)
        return _page(
            visitor, unit, today, actor_id, typed, stored=latest, problems=problems, problem=problem, status=409
        )
    return see(f"{address}?fait={'modifie' if stored else 'ajoute'}")


def _page(
    visitor: Visitor,
    unit: UnitOfWork,
    today: TodayDep,
    actor_id: str,
    typed: TypedForm,
    *,
    stored: FinanceProduct | None,
    problems: Mapping[str, str] | None = None,
    problem: str = "",
    done: str = "",
    status: int = 200,
) -> Response:
    name = records.read_actor(unit, actor_id, visitor.audience).actor.name
    problems = problems or {}
    own_names = {field.name for field in FIELDS}
    other_problem = next((why for field, why in problems.items() if field not in own_names), "")
    fields, folded = shown_fields(FIELDS, typed, problems)
    return desk_page(
        "financements.html",
        visitor,
        "/acteurs",
        status,
        view=ProductsView(
            actor_id=actor_id,
            name=name,
            lines=[
                (product.id, product_line(product, today))
                for product in products_of(unit.session, [actor_id]).get(actor_id, ())
            ],
            fields=[*fields, *folded],
            product_id=stored.id if stored else "",
            seen=state_of(stored) if stored else "",
            done=done,
            problem=problem or other_problem,
        ),
    )


def _changed_meanwhile(typed: TypedForm, stored: FinanceProduct) -> dict[str, str]:
    """Return, beside each field that was typed otherwise than it is stored now, what is stored."""
    now_stored = shown_product(stored)
    return {
        field.name: stored_meanwhile(now_stored.text(field.name))
        for field in FIELDS
        if typed.text(field.name) != now_stored.text(field.name)
    }
