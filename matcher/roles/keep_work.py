"""Who keeps the work of a company in a network: a group of local companies, through a member or as a whole."""

from __future__ import annotations

from matcher.roles.sayings import saying, says
from matcher.types import Actor, ActorKind

_SAYS, _NETWORK = 1.0, 0.6
_KEEPS = (
    saying("sous.traitance|groupement|grappe|pole d|pole de|cluster|mutualis"),
    saying("reprise d.activites|maintien|relocalis"),
)


def vocation(actor: Actor) -> float:
    if actor.kind != ActorKind.NETWORK:
        return 0.0
    return _SAYS if says(actor, _KEEPS) else _NETWORK


def quoted(actor: Actor) -> str:
    return says(actor, _KEEPS) if actor.kind == ActorKind.NETWORK else ""
