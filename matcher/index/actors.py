"""Actors as arrays."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from matcher import text_fields
from matcher.columns import Encode, Membership, PhraseTable, Places, column, days, padded, padded_texts, padded_values
from matcher.geography import department_of
from matcher.index.ties import MembersByCarrier, Ties
from matcher.index.trades import trades_of
from matcher.index.units import Unit, units_of
from matcher.lexical import spelling_rows, word_rows
from matcher.nomenclature import local_reach_km, reach_km
from matcher.retrieval import Exact, RoughColumns
from matcher.roles import vocations_of
from matcher.splicing import Unchanged
from matcher.types import (
    ADAPTED_KINDS,
    CARRIED_KINDS,
    ESS_KINDS,
    LOCAL_KINDS,
    SIAE_KINDS,
    Actor,
    ActorKind,
    BoolArray,
    FloatArray,
    IntArray,
    Phrase,
    Reservation,
    Role,
    Seeking,
    StrArray,
)

_KIND_TYPE = np.dtype(f"U{max(map(len, ActorKind))}")
_DEPARTMENT_TYPE = np.dtype("U3")
# Reach in km of a local actor that declared none, unless its trade goes less far (docs/prior.md).
LOCAL_REACH_KM = 60.0
# No member through which a unit is looked at.
OWN_UNIT = -2


class KnownRows(NamedTuple):
    """An index of an older state, and which rows of its actors and of today's are the same; None: all."""

    actors: ActorIndex
    unchanged: Unchanged | None


@dataclass(frozen=True)
class ActorIndex:
    """Actors as arrays, a row per unit; `owner` `(n_units,)` tells which of `actors` a unit belongs to."""

    actors: Sequence[Actor]
    units: Sequence[Unit]
    ids: StrArray  # (n_actors,)
    kinds: StrArray  # same
    departments: StrArray  # same, "" where unknown
    has_members: BoolArray  # same
    owner: IntArray
    phrases: PhraseTable
    words: sparse.csr_matrix
    spelling: sparse.csr_matrix
    own_phrases: IntArray  # how many of a row's phrases, the first ones, are its own words
    naf: IntArray  # (n_units, most classes of one unit), -1 pads
    naf_sure: FloatArray  # same shape: 1 where a code says the class, less where the actor's words do, 0 pads
    places: Places
    radius_km: FloatArray
    local_km: FloatArray  # how far a local actor goes for its trade; NaN for others
    reach_km: FloatArray  # what nearness is measured by: the radius, else what the trade usually goes
    headcount: FloatArray
    turnover_eur: FloatArray
    seeks: FloatArray  # (n_units, len(Seeking)): 1 sought, 0 not, NaN unknown
    informed_on: FloatArray  # proleptic ordinal of the day
    carried: BoolArray  # cannot sign alone
    qualifies: BoolArray  # (n_units, len(Reservation)): may answer a market that is reserved so
    approvals: Membership
    approvals_known: BoolArray  # it declared at least one
    area_departments: Membership
    area_communes: Membership
    commune_departments: Membership  # those of area_communes
    vocations: FloatArray  # (n_units, len(Role)): how much it plays each role
    role_heads: FloatArray  # (n_units, len(Role), 2): least and most people of a case in a role, NaN without a limit
    ceiling_eur: FloatArray  # the most that it says it brings
    # (n_units, 5): takes over in its very trade only; has farm land; is a union of Scop; accompanies no other trade;
    # employees of one company
    traits: BoolArray
    sirens: StrArray  # (n_units, 2): its own, and that of the member it is looked at through; "" pads

    @classmethod
    def build(cls, actors: Iterable[Actor], encode: Encode) -> ActorIndex:
        """Index actors; their order does not matter, they are sorted by id."""
        ordered = tuple(sorted(actors, key=lambda actor: actor.id))
        owned = [tuple(units_of(actor)) for actor in ordered]
        units = tuple(unit for own in owned for unit in own)
        rows = [unit.actor for unit in units]
        phrases = PhraseTable.build([phrases_of(row) for row in rows], encode)
        classes = [trades_of(row, phrases.take(position)) for position, row in enumerate(rows)]
        roles = [
            vocations_of(actor, unit.actor if unit.member else None)
            for actor, own in zip(ordered, owned, strict=True)
            for unit in own
        ]
        heads = [[row.heads.get(role, (None, None)) for role in Role] for row in roles]
        return cls(
            **columns_by_actor(ordered),
            units=units,
            owner=np.repeat(np.arange(len(ordered)), [len(own) for own in owned]),
            phrases=phrases,
            words=word_rows([text_fields.actor_words(row) for row in rows]),
            spelling=spelling_rows([text_fields.actor_spelling(row) for row in rows]),
            own_phrases=np.array([text_fields.own_phrases(row) for row in rows], np.int64),
            naf=padded([list(own) for own in classes]),
            naf_sure=padded_values([list(own.values()) for own in classes]),
            places=Places.build(rows),
            radius_km=column(row.radius_km for row in rows),
            local_km=column(_local_km(row) for row in rows),
            reach_km=column(_reach_km(row) for row in rows),
            headcount=column(row.headcount for row in rows),
            turnover_eur=column(row.turnover_eur for row in rows),
            seeks=np.array(
                [[float(s in row.seeks) if row.seeks else np.nan for s in Seeking] for row in rows], np.float32
            ).reshape(len(rows), len(Seeking)),
            informed_on=days(row.informed_on for row in rows),
            carried=np.array([unit.member is None and unit.actor.kind in CARRIED_KINDS for unit in units], np.bool_),
            qualifies=np.array(
                [[_qualifies(row, reservation) for reservation in Reservation] for row in rows], np.bool_
            ).reshape(len(rows), len(Reservation)),
            approvals=Membership.build([row.approvals | _approvals_of_kind(row) for row in rows]),
            approvals_known=np.array([bool(row.approvals) for row in rows], np.bool_),
            area_departments=Membership.build([row.area_departments for row in rows]),
            area_communes=Membership.build([row.area_communes for row in rows]),
            commune_departments=Membership.build(
                [frozenset(department_of(commune) for commune in row.area_communes) for row in rows]
            ),
            vocations=np.array([[row.by_role[role] for role in Role] for row in roles], np.float32).reshape(
                len(rows), len(Role)
            ),
            role_heads=np.array(heads, np.float32).reshape(len(rows), len(Role), 2),
            ceiling_eur=column(row.ceiling_eur for row in roles),
            traits=np.array(
                [
                    [row.own_trade_only, row.farm_land, row.scop_union, row.own_branch_only, row.employees]
                    for row in roles
                ],
                np.bool_,
            ).reshape(len(rows), 5),
            sirens=padded_texts(
                [[unit.actor.siren or "", unit.member.siren or "" if unit.member else ""] for unit in units], least=2
            ),
        )

    @cached_property
    def ties(self) -> Ties:
        """Who carries whom."""
        carriers = np.flatnonzero(self.has_members)
        ties = Ties.build(carriers, map(self.actors.__getitem__, carriers.tolist()))
        return replace(ties, members=self.positions(ties.member_ids.tolist()))

    @cached_property
    def members(self) -> Mapping[int, frozenset[int]]:
        """Return, by position among `actors`, the positions of the members of those that carry members listed here."""
        return MembersByCarrier(self.ties)

    @cached_property
    def families(self) -> IntArray:
        """Return which family `(n_actors,)` each actor is of (`Ties.families`), -1 alone."""
        return self.ties.families(self.actor_count)

    @cached_property
    def through(self) -> IntArray:
        """The position of the member that each unit `(n_units,)` is looked at through, -1 if it is not listed.

        OWN_UNIT: a unit of an actor by itself.
        """
        through = np.full(len(self), OWN_UNIT)
        ties, bounds = self.ties, self.bounds
        # Its own unit comes before those of its members, which come by id (`units_of`).
        rows = bounds[ties.carriers] + 1 + ties.places()
        looked_through = bounds[ties.carriers + 1] - bounds[ties.carriers] > 1
        through[rows[looked_through]] = ties.members[looked_through]
        return through

    @property
    def members_of_units(self) -> Mapping[int, int]:
        """Return row → the position of the member that the unit is looked at through, -1 if it is not listed."""
        rows = np.flatnonzero(self.through != OWN_UNIT)
        return dict(zip(rows.tolist(), self.through[rows].tolist(), strict=True))

    @property
    def actor_count(self) -> int:
        """How many actors there are."""
        return len(self.ids)

    def position(self, actor_id: str) -> int:
        """Return the position of an actor among `actors`, -1 where it is not there."""
        return int(self.positions([actor_id])[0])

    def positions(self, actor_ids: Collection[str]) -> IntArray:
        """Return `position` of each `(n,)`."""
        # A text that is longer than all would make a copy of the whole column.
        width = max(1, self.ids.dtype.itemsize // 4)
        asked = np.array([actor_id if len(actor_id) <= width else "" for actor_id in actor_ids], self.ids.dtype)
        if not len(self.ids):
            return np.full(len(asked), -1)
        places = np.minimum(self.ids.searchsorted(asked), len(self.ids) - 1)
        return np.where(self.ids[places] == asked, places, -1)

    def units_of(self, position: int) -> IntArray:
        """Return the rows of the units of an actor, by its position."""
        return np.arange(self.bounds[position], self.bounds[position + 1])

    def count_units(self, actor_ids: Collection[str]) -> int:
        """Return how many units some actors have; those that are not there have none."""
        places = self.positions(actor_ids)
        return self.units_at(places[places >= 0])

    def units_at(self, places: IntArray) -> int:
        """Return how many units the actors of some positions `(n,)` have."""
        return int((self.bounds[places + 1] - self.bounds[places]).sum())

    def having(self, column: str, values: Collection[str]) -> BoolArray:
        """Return which actors `(n_actors,)` have one of some values in a column of a row an actor."""
        return np.isin(getattr(self, column), sorted(values))

    @cached_property
    def retrieval(self) -> RoughColumns:
        """What a first look at all units reads."""
        texts = (self.phrases, self.own_phrases, self.words, self.spelling)
        return RoughColumns.build(Exact(*texts, self.naf, self.naf_sure, self.places))

    @cached_property
    def bounds(self) -> IntArray:
        """Where each actor's units begin, and the last one's end `(n_actors + 1,)`."""
        return np.searchsorted(self.owner, np.arange(self.actor_count + 1))

    @property
    def known(self) -> KnownRows:
        """The index of which `retrieval` is, and which of its actors are which of these, as they were."""
        return KnownRows(self, None)

    def recalling(self, encode: Encode) -> Encode:
        """Return an encoder that finds the texts of this index in it, and asks `encode` for the others only."""
        return self.phrases.recalling(encode)

    def __len__(self) -> int:
        return len(self.units)


def columns_by_actor(ordered: tuple[Actor, ...]) -> dict[str, Any]:
    """Return the columns of an index that have a row an actor, by name."""
    return {
        "actors": ordered,
        "ids": np.array([actor.id for actor in ordered], np.str_),
        "kinds": np.array([actor.kind for actor in ordered], _KIND_TYPE),
        "departments": np.array([actor.department or "" for actor in ordered], _DEPARTMENT_TYPE),
        "has_members": np.array([bool(actor.members) for actor in ordered], np.bool_),
    }


def phrases_of(actor: Actor) -> tuple[Phrase, ...]:
    """Return an actor's phrases, one that is empty where it says nothing."""
    return text_fields.actor_phrases(actor) or (Phrase("", ""),)


def _local_km(actor: Actor) -> float | None:
    """Return how far a local actor goes: its declared radius, else its trade's local reach."""
    if actor.kind not in LOCAL_KINDS:
        return None
    return local_reach_km(actor.naf) if actor.radius_km is None else max(actor.radius_km, 1.0)


def _reach_km(actor: Actor) -> float | None:
    """Return the declared radius, else what its trade usually goes, and a local actor no farther than its kind."""
    if actor.radius_km is not None:
        return actor.radius_km
    usual = reach_km(actor.naf)
    if actor.kind not in LOCAL_KINDS:
        return usual
    return LOCAL_REACH_KM if usual is None else min(usual, LOCAL_REACH_KM)


def _qualifies(actor: Actor, reservation: Reservation) -> bool:
    """Code de la commande publique: L2113-12 (EA, ESAT), L2113-13 (SIAE), L2113-15 (companies of the ESS)."""
    if reservation == Reservation.EA_ESAT:
        return actor.kind in ADAPTED_KINDS
    if reservation == Reservation.SIAE:
        return actor.kind in SIAE_KINDS
    return actor.kind in ESS_KINDS or bool(actor.ess)


def _approvals_of_kind(actor: Actor) -> frozenset[str]:
    """What an actor is by its kind, it need not declare."""
    named = {
        "siae": SIAE_KINDS,
        "ea": {ActorKind.EA, ActorKind.EATT},
        "esat": {ActorKind.ESAT},
        "esus": {ActorKind.ESUS},
    }
    return frozenset(name for name, kinds in named.items() if actor.kind in kinds)
