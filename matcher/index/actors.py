"""Actors as arrays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from matcher import text_fields
from matcher.columns import Encode, Membership, PhraseTable, Places, column, days, padded, padded_texts, padded_values
from matcher.geography import department_of
from matcher.index.families import families_of
from matcher.index.trades import trades_of
from matcher.index.units import Unit, units_of
from matcher.lexical import spelling_rows, word_rows
from matcher.nomenclature import local_reach_km, reach_km
from matcher.retrieval import Exact, Retrieval
from matcher.roles import vocations_of
from matcher.splicing import Splice
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

# Reach in km of a local actor that declared none, unless its trade goes less far (docs/prior.md).
LOCAL_REACH_KM = 60.0


@dataclass(frozen=True)
class ActorIndex:
    """Actors as arrays, a row per unit; `owner` `(n_units,)` tells which of `actors` a unit belongs to."""

    actors: tuple[Actor, ...]
    units: tuple[Unit, ...]
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
            actors=ordered,
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
    def members(self) -> Mapping[int, frozenset[int]]:
        """Return, by position among `actors`, the positions of the members of those that carry members listed here."""
        position = {actor.id: i for i, actor in enumerate(self.actors)}
        carried = {
            i: frozenset(position[member.id] for member in actor.members if member.id in position)
            for i, actor in enumerate(self.actors)
            if actor.members
        }
        return {carrier: own_members for carrier, own_members in carried.items() if own_members}

    @cached_property
    def families(self) -> IntArray:
        """Return which family `(n_actors,)` each actor is of (`families_of`), -1 alone."""
        return families_of(len(self.actors), self.members)

    @cached_property
    def members_of_units(self) -> Mapping[int, int]:
        """Return row → the position of the member that the unit is looked at through, -1 if it is not listed."""
        position = {actor.id: i for i, actor in enumerate(self.actors)}
        return {row: position.get(unit.member.id, -1) for row, unit in enumerate(self.units) if unit.member}

    def updated(self, changed: Iterable[Actor], removed: Iterable[str], encode: Encode) -> ActorIndex:
        """Return what `build` would return, bit for bit, where some actors changed or came, and others went.

        removed: ids. Only texts that are new to the index are encoded.
        """
        fresh = ActorIndex.build(changed, self.phrases.recalling(encode))
        by_actor = Splice.of([actor.id for actor in self.actors], [actor.id for actor in fresh.actors], removed)
        rows = by_actor.within(self._bounds(), fresh._bounds())
        units_each = by_actor.array(np.diff(self._bounds()), np.diff(fresh._bounds()))
        updated = ActorIndex(
            actors=by_actor.tuple(self.actors, fresh.actors),
            units=rows.tuple(self.units, fresh.units),
            owner=np.repeat(np.arange(len(units_each)), units_each),
            phrases=self.phrases.spliced(fresh.phrases, rows),
            words=rows.matrix(self.words, fresh.words),
            spelling=rows.matrix(self.spelling, fresh.spelling),
            own_phrases=rows.array(self.own_phrases, fresh.own_phrases),
            naf=rows.padded(self.naf, fresh.naf, -1),
            naf_sure=rows.padded(self.naf_sure, fresh.naf_sure, 0),
            places=self.places.spliced(fresh.places, rows),
            radius_km=rows.array(self.radius_km, fresh.radius_km),
            local_km=rows.array(self.local_km, fresh.local_km),
            reach_km=rows.array(self.reach_km, fresh.reach_km),
            headcount=rows.array(self.headcount, fresh.headcount),
            turnover_eur=rows.array(self.turnover_eur, fresh.turnover_eur),
            seeks=rows.array(self.seeks, fresh.seeks),
            informed_on=rows.array(self.informed_on, fresh.informed_on),
            carried=rows.array(self.carried, fresh.carried),
            qualifies=rows.array(self.qualifies, fresh.qualifies),
            approvals=self.approvals.spliced(fresh.approvals, rows),
            approvals_known=rows.array(self.approvals_known, fresh.approvals_known),
            area_departments=self.area_departments.spliced(fresh.area_departments, rows),
            area_communes=self.area_communes.spliced(fresh.area_communes, rows),
            commune_departments=self.commune_departments.spliced(fresh.commune_departments, rows),
            vocations=rows.array(self.vocations, fresh.vocations),
            role_heads=rows.array(self.role_heads, fresh.role_heads),
            ceiling_eur=rows.array(self.ceiling_eur, fresh.ceiling_eur),
            traits=rows.array(self.traits, fresh.traits),
            sirens=rows.array(self.sirens, fresh.sirens),
        )
        updated._follow(self, rows)
        return updated

    @cached_property
    def retrieval(self) -> Retrieval:
        """What a first look at all units reads. `updated` hands it on."""
        return self.looked_at_anew()

    def looked_at_anew(self) -> Retrieval:
        """Return what a first look reads, made of all units as they are now."""
        texts = (self.phrases, self.own_phrases, self.words, self.spelling)
        return Retrieval.build(Exact(*texts, self.naf, self.naf_sure, self.places))

    def _follow(self, before: ActorIndex, rows: Splice) -> None:
        """Take over what a first look reads from the state before, of which these are the rows."""
        known = vars(before).get("retrieval")
        if known is not None:
            kept, kept_then = rows.unchanged(len(before))
            followed = known.following(kept, kept_then)
            if followed is not None:
                vars(self)["retrieval"] = followed

    def _bounds(self) -> IntArray:
        """Return where each actor's units begin, and the last one's end `(n_actors + 1,)`."""
        return np.searchsorted(self.owner, np.arange(len(self.actors) + 1))

    def __len__(self) -> int:
        return len(self.units)

    def unit(self, row: int) -> ActorIndex:
        """Return one unit as an index of its own."""
        own_row = slice(row, row + 1)
        return ActorIndex(
            actors=self.actors,
            units=self.units[own_row],
            owner=self.owner[own_row],
            phrases=self.phrases.take(row),
            words=self.words[own_row],
            spelling=self.spelling[own_row],
            own_phrases=self.own_phrases[own_row],
            naf=self.naf[own_row],
            naf_sure=self.naf_sure[own_row],
            places=Places(self.places.lat[own_row], self.places.lon[own_row], self.places.exact[own_row]),
            radius_km=self.radius_km[own_row],
            local_km=self.local_km[own_row],
            reach_km=self.reach_km[own_row],
            headcount=self.headcount[own_row],
            turnover_eur=self.turnover_eur[own_row],
            seeks=self.seeks[own_row],
            informed_on=self.informed_on[own_row],
            carried=self.carried[own_row],
            qualifies=self.qualifies[own_row],
            approvals=self.approvals.take(row),
            approvals_known=self.approvals_known[own_row],
            area_departments=self.area_departments.take(row),
            area_communes=self.area_communes.take(row),
            commune_departments=self.commune_departments.take(row),
            vocations=self.vocations[own_row],
            role_heads=self.role_heads[own_row],
            ceiling_eur=self.ceiling_eur[own_row],
            traits=self.traits[own_row],
            sirens=self.sirens[own_row],
        )


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
