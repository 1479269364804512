"""Whether a product of finance fits a case: its limits beside the price, the people and the place."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from models.finance_products import FinanceProduct


@dataclass(frozen=True)
class CaseSize:
    """What limits of products are compared with; None is unknown, and contradicts nothing."""

    price_eur: float | None
    headcount: float | None
    department: str | None


class Misfit(StrEnum):
    """Why a product may not do."""

    ABOVE_CEILING = "above_ceiling"
    BELOW_FLOOR = "below_floor"
    TOO_MANY_PEOPLE = "too_many_people"
    OUTSIDE_TERRITORY = "outside_territory"


@dataclass(frozen=True)
class FittedProduct:
    product: FinanceProduct
    misfits: Sequence[Misfit]


def fitted(products: Sequence[FinanceProduct], size: CaseSize) -> list[FittedProduct]:
    """Return products with what speaks against each, those without anything first."""
    with_misfits = [FittedProduct(product, misfits_of(product, size)) for product in products]
    return sorted(with_misfits, key=lambda one: (len(one.misfits), one.product.name))


def misfits_of(product: FinanceProduct, size: CaseSize) -> list[Misfit]:
    """Return what speaks against a product; above its ceiling it can only be a part of the plan."""
    found = []
    if size.price_eur is not None:
        if product.most_eur is not None and size.price_eur > product.most_eur:
            found.append(Misfit.ABOVE_CEILING)
        if product.least_eur is not None and size.price_eur < product.least_eur:
            found.append(Misfit.BELOW_FLOOR)
    if product.most_heads is not None and size.headcount is not None and size.headcount > product.most_heads:
        found.append(Misfit.TOO_MANY_PEOPLE)
    if product.departments and size.department and size.department not in product.departments:
        found.append(Misfit.OUTSIDE_TERRITORY)
    return found
