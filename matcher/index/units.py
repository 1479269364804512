"""What is compared of an actor: itself, and itself through each member whose skill it carries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from matcher.types import CARRIED_KINDS, CARRYING_KINDS, Actor


@dataclass(frozen=True)
class Unit:
    """What is compared: an actor by itself, or through one of its members whose skill it carries."""

    actor: Actor
    member: Actor | None = None


def units_of(actor: Actor) -> Iterator[Unit]:
    """Yield the units of an actor: one, or one more than its members where it carries them."""
    if actor.kind not in CARRYING_KINDS or not actor.members:
        yield Unit(actor)
        return
    together = (actor, *actor.members)
    headcount = _sum(actor.headcount for actor in together)
    turnover = _sum(actor.turnover_eur for actor in together)
    yield Unit(replace(actor, headcount=headcount, turnover_eur=turnover))
    for member in sorted(actor.members, key=lambda member: member.id):
        through = replace(
            member,
            id=actor.id,
            point=member.point or actor.point,
            department=member.department or actor.department,
            commune=member.commune or actor.commune,
            radius_km=actor.radius_km if member.radius_km is None else member.radius_km,
            area_departments=member.area_departments or actor.area_departments,
            area_communes=member.area_communes or actor.area_communes,
            headcount=_of_the_trade(member, actor.members) if member.kind in CARRIED_KINDS else headcount,
            turnover_eur=turnover,
            approvals=member.approvals | actor.approvals,
            seeks=actor.seeks or member.seeks,
            siren=actor.siren,
            informed_on=actor.informed_on or member.informed_on,
            members=(),
        )
        yield Unit(through, member)


def _of_the_trade(entrepreneur: Actor, members: Iterable[Actor]) -> float:
    """Return how many people of a carrier do an entrepreneur's trade: those who share a NAF class with it, and itself.

    The carrier signs, so its turnover counts whole; but its hundred other people do other trades.
    """
    own = frozenset(entrepreneur.naf)
    peers = [member for member in members if member.id == entrepreneur.id or own & frozenset(member.naf)]
    return sum(1.0 if member.headcount is None else member.headcount for member in peers)


def _sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
