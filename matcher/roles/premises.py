"""Who has premises or land for a case that needs some: a land company, a business nursery, a commune."""

from __future__ import annotations

from matcher.roles.sayings import is_named, saying, says
from matcher.types import Actor

REACH_KM = 120.0
_SAYS, _PROPERTY_NAF, _COMMUNE_NAF = 1.0, 0.4, 0.6

_PREMISES = (
    saying("fonciere"),
    saying("pepiniere|hotel|village", "d.entreprises"),
    saying("locaux|local|ateliers?|bureaux|murs|batiments?|terres|terrains?", "louer|location|a vendre|a disposition"),
    saying("location|achat|mise a disposition", "locaux|murs|ateliers|bureaux|terres|terrains"),
    saying("ateliers? relais|tiers.lieu|friche"),
)
_FARM_LAND = (
    saying("terres? (agricole|nourrici)|fermes?\\b|paysan|agricol"),
    saying("terre de liens|terres? en commun"),
)


def vocation(actor: Actor) -> float:
    if says(actor, _PREMISES) or is_named(actor, (saying("fonciere|terre de liens"),)):
        return _SAYS
    if any(code[:5] == "84.11" for code in actor.naf):
        return _COMMUNE_NAF
    return _PROPERTY_NAF if any(code[:5] in ("68.10", "68.20") for code in actor.naf) else 0.0


def farm_land(actor: Actor) -> bool:
    """Return whether what it has is land for farms."""
    return bool(says(actor, _FARM_LAND)) or is_named(actor, _FARM_LAND)


def quoted(actor: Actor) -> str:
    return says(actor, _PREMISES)
