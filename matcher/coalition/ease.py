"""The ease with which actors work together: distance, common networks, and carriers beside their members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matcher.features import DEFAULT_REACH_KM
from matcher.geography import great_circle_km
from matcher.index import ActorIndex
from matcher.types import CARRYING_KINDS, Actor, ActorKind, BoolArray, FloatArray, IntArray

# Distance to the leader, and no network in common with it, each cost a partner at most this share of what it brings.
DISTANCE_COST = 0.1
STRANGER_COST = 0.1


@dataclass(frozen=True)
class Together:
    """How easily n actors work together, a leader at a time: there are n² pairs, of which few are asked for.

    places: `(2, n_places)`, latitudes and longitudes; at: `(n,)`, the place of each actor. networks: `(n,)`, ids of
    those that each actor is or belongs to; in_network: network → rows of who is in it. members: carrier → its members
    among the actors, all by row; a carrier leads without them or stays out, for skills and means are the same.
    unknown_nearness: counts where a distance is not known.
    """

    places: FloatArray
    at: IntArray
    networks: Sequence[frozenset[str]]
    in_network: Mapping[str, Sequence[int]]
    members: Mapping[int, tuple[int, ...]]
    unknown_nearness: float

    @classmethod
    def of(
        cls, actors: Sequence[Actor], points: FloatArray, networks: Sequence[frozenset[str]], unknown_nearness: float
    ) -> Together:
        """points: `(2, n)`, latitudes and longitudes, NaN where unknown. networks: of each actor."""
        # Many share a commune: distances are measured between places.
        places, at = np.unique(points, axis=1, return_inverse=True)
        in_network: dict[str, list[int]] = {}
        for row, own_networks in enumerate(networks):
            for network in own_networks:
                in_network.setdefault(network, []).append(row)
        rows = {actor.id: row for row, actor in enumerate(actors)}
        members = {
            row: tuple(rows[member.id] for member in actor.members if member.id in rows)
            for row, actor in enumerate(actors)
            if actor.kind in CARRYING_KINDS
        }
        carrying = {row: own for row, own in members.items() if own}
        return cls(places, at, networks, in_network, carrying, unknown_nearness)

    def km(self, leader: int) -> FloatArray:
        """Return the distances `(n,)` from a leader; NaN where a place is unknown."""
        return self._km_of_places(leader)[self.at]

    def _km_of_places(self, leader: int) -> FloatArray:
        lat, lon = self.places
        here = self.at[leader]
        return great_circle_km(lat[here], lon[here], lat, lon)

    def under(self, leader: int) -> FloatArray:
        """Return the ease `(n,)` in [0, 1] with which each actor works under a leader; 1 for itself."""
        near = np.exp(-self._km_of_places(leader).astype(np.float64) / DEFAULT_REACH_KM)
        far = DISTANCE_COST * (1 - np.where(np.isnan(near), self.unknown_nearness, near))
        strangers = np.ones(len(self.at), np.bool_)
        for network in self.networks[leader]:
            strangers[self.in_network[network]] = False
        ease: FloatArray = (1 - far)[self.at] - STRANGER_COST * strangers
        ease[[*self.members, *self.members.get(leader, ())]] = 0
        ease[leader] = 1
        return ease


def networks_of(actors: Sequence[Actor]) -> dict[str, frozenset[str]]:
    """Return, by actor id, the ids of the networks that it is or belongs to; actors without a network are left out."""
    networks: dict[str, frozenset[str]] = {}
    for network in actors:
        if network.kind == ActorKind.NETWORK:
            for actor in (network, *network.members):
                networks[actor.id] = networks.get(actor.id, frozenset()) | {network.id}
    return networks


def represented_networks(actors: ActorIndex) -> BoolArray:
    """Return which actors `(n_actors,)` are networks with a member among the actors."""
    represented = np.zeros(len(actors.actors), np.bool_)
    represented[[row for row in actors.members if actors.actors[row].kind == ActorKind.NETWORK]] = True
    return represented
