"""What the actors of the desk lend, guarantee or bring that a plan could count on."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from api.takeovers.roles.finance_fit import CaseSize, Misfit, misfits_of
from models.actors import Actor
from models.finance_products import FinanceProduct

# It can be a part of the plan all the same.
STILL_OFFERED = {Misfit.ABOVE_CEILING}
MOST_OFFERED = 40


@dataclass(frozen=True)
class OfferedProduct:
    """A product, whose it is, and what speaks against it."""

    actor_id: str
    actor_name: str
    product: FinanceProduct
    misfits: Sequence[Misfit]


def offered_products(session: Session, size: CaseSize) -> list[OfferedProduct]:
    """Return the products that a case of this size may have, by form and actor; of no actor in the archive."""
    question = select(FinanceProduct, Actor.name).join(Actor, col(Actor.id) == FinanceProduct.actor_id)
    question = question.where(~col(FinanceProduct.removed), col(Actor.archived_at).is_(None))
    by_form = question.order_by(FinanceProduct.form, Actor.name, FinanceProduct.name, FinanceProduct.id)
    offered = [
        OfferedProduct(product.actor_id, name, product, misfits_of(product, size))
        for product, name in session.exec(by_form)
    ]
    return [one for one in offered if STILL_OFFERED.issuperset(one.misfits)][:MOST_OFFERED]
