"""The ease with which actors work together: distance, common networks, and carriers beside their members."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from matcher.features import DEFAULT_REACH_KM
from matcher.types import CARRYING_KINDS, Actor, ActorKind, BoolArray, FloatArray

# Distance to the leader, and no network in common with it, each cost a partner at most this share of what it brings.
DISTANCE_COST = 0.1
STRANGER_COST = 0.1


def ease_together(
    actors: Sequence[Actor], km: FloatArray, networks: Sequence[frozenset[str]], unknown_nearness: float
) -> FloatArray:
    """Return the ease `(n, n)` in [0, 1] with which each column actor works under each row leader; 1 on the diagonal.

    km: `(n, n)`, NaN where unknown: then `unknown_nearness` counts. networks: of each actor.

    A carrier whose members are among the actors leads without them or stays out: skills and means are the same.
    """
    n = len(actors)
    near = np.exp(-km.astype(np.float64) / DEFAULT_REACH_KM)
    names = sorted(frozenset[str]().union(*networks))
    belongs = np.array([[name in own for name in names] for own in networks], np.float32).reshape(n, len(names))
    together = (belongs @ belongs.T) > 0
    ease = 1 - DISTANCE_COST * (1 - np.where(np.isnan(near), unknown_nearness, near)) - STRANGER_COST * ~together
    rows = {actor.id: row for row, actor in enumerate(actors)}
    for row, actor in enumerate(actors):
        if actor.kind not in CARRYING_KINDS:
            continue
        members = [rows[member.id] for member in actor.members if member.id in rows]
        if members:
            ease[:, row] = 0
            ease[row, members] = 0
    np.fill_diagonal(ease, 1)
    return ease


def networks_of(actors: Sequence[Actor]) -> dict[str, frozenset[str]]:
    """Return, by actor id, the ids of the networks that it is or belongs to; actors without a network are left out."""
    networks: dict[str, frozenset[str]] = {}
    for network in actors:
        if network.kind == ActorKind.NETWORK:
            for actor in (network, *network.members):
                networks[actor.id] = networks.get(actor.id, frozenset()) | {network.id}
    return networks


def represented_networks(actors: Sequence[Actor]) -> BoolArray:
    """Return which actors `(n,)` are networks with a member among the actors."""
    ids = {actor.id for actor in actors}
    return np.array(
        [actor.kind == ActorKind.NETWORK and any(member.id in ids for member in actor.members) for actor in actors],
        np.bool_,
    )
