"""Who takes over a company: one that can sign, employ and go on with the trade."""

from __future__ import annotations

from matcher.types import Actor, ActorKind

# People whom a CAE can take in at once as salaried entrepreneurs.
CAE_HEADS = 3.0
# Scop and cooperatives buy to last; an insertion company (EI) of the trade can, a workshop (ACI) or an AI hardly can,
# who places people (ETTI, GEIQ) still less. Entrepreneurs of a CAE count through it.
BY_KIND = {
    ActorKind.SCOP: 1.0,
    ActorKind.SCIC: 1.0,
    ActorKind.COOPERATIVE: 1.0,
    ActorKind.EMPLOYEE_GROUP: 1.0,
    ActorKind.ESUS: 0.9,
    ActorKind.COMPANY: 0.9,
    ActorKind.ASSOCIATION: 0.75,
    ActorKind.EA: 0.75,
    ActorKind.EI: 0.7,
    ActorKind.MUTUAL: 0.7,
    ActorKind.CAE: 0.4,
    ActorKind.EITI: 0.3,
    ActorKind.ESAT: 0.5,
    ActorKind.EATT: 0.3,
    ActorKind.ACI: 0.3,
    ActorKind.AI: 0.2,
    ActorKind.ETTI: 0.1,
    ActorKind.GEIQ: 0.1,
}
# These are buyers in their very trade only: employees of their own company, a mutual insurer of what it runs itself.
OWN_TRADE_ONLY = frozenset({ActorKind.EMPLOYEE_GROUP, ActorKind.MUTUAL})
# NAF divisions of who serves companies as a network, a financier or an authority, and buys none.
_SERVING = ("64", "66", "84", "94")
_SERVES = 0.7


def vocation(actor: Actor, serves: float) -> float:
    """Return the vocation; serves: its highest vocation to accompany or finance, which excludes that of a buyer."""
    divisions = {code[:2] for code in actor.naf}
    if serves >= _SERVES and actor.kind != ActorKind.CAE and divisions <= {*_SERVING}:
        return 0.0
    return BY_KIND.get(actor.kind, 0.0)
