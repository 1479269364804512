"""The vocations of what is compared: an actor by itself, or through a member whose skill it carries."""

from __future__ import annotations

from dataclasses import dataclass

from matcher.roles import accompany, finance, keep_work, premises, take_over
from matcher.types import CARRYING_KINDS, Actor, ActorKind, Role

_QUOTED = {
    Role.ACCOMPANY: accompany.quoted,
    Role.FINANCE: finance.quoted,
    Role.PREMISES: premises.quoted,
    Role.KEEP_WORK: keep_work.quoted,
}


@dataclass(frozen=True, slots=True)
class Vocations:
    """How much an actor plays each role, in [0, 1], and what limits it.

    own_trade_only: it takes over in its very trade only. employees: they are those of one company. own_branch_only: it
    accompanies in its trades only. farm_land: its premises are land for farms. scop_union: it helps employees to take
    over. heads: by role, the least and the most people of a case, where it is limited. ceiling_eur: the most that it
    says it brings.
    """

    by_role: dict[Role, float]
    own_trade_only: bool
    employees: bool
    own_branch_only: bool
    farm_land: bool
    scop_union: bool
    heads: dict[Role, tuple[float | None, float | None]]
    ceiling_eur: float | None


def vocations_of(carrier: Actor, actor: Actor | None = None) -> Vocations:
    """Return the vocations of an actor by itself, or (`actor`) as it is compared through one of its members."""
    cae = carrier.kind == ActorKind.CAE
    if actor is not None and carrier.kind in CARRYING_KINDS:
        by_role = {
            Role.TAKE_OVER: take_over.BY_KIND[ActorKind.CAE] if cae else 0.0,
            Role.KEEP_WORK: keep_work.vocation(carrier),
        }
    else:
        accompanies, finances = accompany.vocation(carrier), finance.vocation(carrier)
        by_role = {
            Role.TAKE_OVER: take_over.vocation(carrier, max(accompanies, finances)),
            Role.ACCOMPANY: accompanies,
            Role.FINANCE: finances,
            Role.PREMISES: premises.vocation(carrier),
            Role.KEEP_WORK: keep_work.vocation(carrier),
        }
    # Employees who plan to take over their company do not exist yet: they answer no market.
    by_role[Role.SUPPLY] = float(carrier.kind != ActorKind.EMPLOYEE_GROUP)
    heads: dict[Role, tuple[float | None, float | None]] = {
        Role.TAKE_OVER: (None, take_over.CAE_HEADS if cae else None),
        Role.ACCOMPANY: (None, accompany.most_heads(carrier)),
        Role.FINANCE: finance.heads(carrier),
    }
    return Vocations(
        by_role={role: by_role.get(role, 0.0) for role in Role},
        own_trade_only=carrier.kind in take_over.OWN_TRADE_ONLY,
        employees=carrier.kind == ActorKind.EMPLOYEE_GROUP,
        own_branch_only=accompany.own_branch_only(carrier),
        farm_land=premises.farm_land(carrier),
        scop_union=accompany.scop_union(carrier),
        heads=heads,
        ceiling_eur=finance.ceiling_eur(carrier),
    )


def quoted(role: Role, actor: Actor) -> str:
    """Return the activity that shows that an actor plays a role, as it was written; "" where its kind or code does."""
    return _QUOTED[role](actor) if role in _QUOTED else ""
