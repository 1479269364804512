"""Who accompanies those who take over: networks of creation and takeover, the union of Scop, a CAE for a small case."""

from __future__ import annotations

from matcher.roles.sayings import is_named, saying, says
from matcher.types import ADAPTED_KINDS, SIAE_KINDS, Actor, ActorKind

# A network works over a département or a region.
REACH_KM = 120.0
# A CAE houses people one by one: this many come without a company of their own.
CAE_HEADS = 4.0
# Who says that it serves small companies.
SMALL_HEADS = 5.0
SAYS_TAKEOVER, SAYS_CREATION, NETWORK = 0.9, 0.7, 0.4
# A CAE of any trade, and one for the trades of one branch only.
CAE, SPECIAL_CAE = 0.85, 0.3
# Who says nothing of it, by NAF: consultants, chambers and unions, accountants.
_BY_NAF = {"94.11Z": 0.5, "94.12Z": 0.4, "70.22Z": 0.3, "69.20Z": 0.3, "94.99Z": 0.1}
# Kinds whose own trade is another: what they say of it counts less. An insertion structure accompanies people.
_BESIDES = frozenset({ActorKind.SCOP, ActorKind.COMPANY, ActorKind.ESUS, ActorKind.FOUNDATION, ActorKind.MUTUAL})
_NEVER = frozenset({*SIAE_KINDS, *ADAPTED_KINDS, ActorKind.GEIQ, ActorKind.EMPLOYEE_GROUP, ActorKind.ENTREPRENEUR})

_TAKEOVER = (
    saying("accompagn|appui|conseil|aide|mise en relation|formation", r"\brepr(is|en)|transmission|transmettre|cedant"),
    saying(r"\brepris|transmission", "entreprise|scop|salarie", "accompagn|appui|conseil"),
)
_CREATION = (
    saying("accompagn|appui|conseil|aide|formation", "creat|entrepreneu|cooperativ|porteur|gestion"),
    saying("hebergement juridique|incubat|couveuse"),
)
_SMALL = (saying("petites entreprises|micro.?entrepr|microcredit"),)
_BRANCH = (saying("(pour les|des) metiers|du batiment|agricole|artistique|culturel"),)
_NAMES = (
    saying(r"\b(bge|cra|cma|cci)\b"),
    saying("chambre (de |d.)(commerce|metiers|agriculture)"),
    saying("reseau entreprendre|initiative|cedants et repreneurs"),
    saying("union (regionale|nationale)? ?des (scop|scic)|urscop|les scop\\b"),
)
_SCOP_UNION = (
    saying(r"union (regionale |nationale )?des (scop|scic|cooperatives)"),
    saying(r"\b(ur ?scop|cg ?scop|les scop)\b"),
)


def vocation(actor: Actor) -> float:
    if actor.kind in _NEVER:
        return 0.0
    if actor.kind == ActorKind.CAE:
        return SPECIAL_CAE if own_branch_only(actor) else CAE
    if scop_union(actor):
        return 1.0
    factor = 0.6 if actor.kind in _BESIDES else 1.0
    spoken = SAYS_TAKEOVER if says(actor, _TAKEOVER) else SAYS_CREATION if says(actor, _CREATION) else 0.0
    named = SAYS_CREATION if is_named(actor, _NAMES) else 0.0
    by_kind = NETWORK if actor.kind == ActorKind.NETWORK else 0.0
    by_code = max((_BY_NAF.get(code, 0.0) for code in actor.naf), default=0.0)
    return max(factor * spoken, named, by_kind, by_code)


def own_branch_only(actor: Actor) -> bool:
    """Return whether it is a CAE for the trades of one branch: what is of none of them, it does not accompany."""
    return actor.kind == ActorKind.CAE and bool(says(actor, _BRANCH))


def most_heads(actor: Actor) -> float | None:
    """Return the most people of a case that it accompanies; None where it sets no limit."""
    if actor.kind == ActorKind.CAE:
        return CAE_HEADS
    return SMALL_HEADS if says(actor, _SMALL) else None


def scop_union(actor: Actor) -> bool:
    """Return whether it is a union of Scop, whose trade it is to help employees to take over."""
    return actor.kind in (ActorKind.ASSOCIATION, ActorKind.NETWORK) and is_named(actor, _SCOP_UNION)


def quoted(actor: Actor) -> str:
    return says(actor, _TAKEOVER) or says(actor, _CREATION)
