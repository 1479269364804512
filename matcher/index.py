"""Actors and opportunities as arrays: built once, compared exactly, in process.

At ten thousand actors an exact comparison takes a few milliseconds; an approximate index would only add error.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from matcher import text_fields
from matcher.columns import Encode, Membership, PhraseTable, Places, column, days, padded, padded_texts
from matcher.geography import department_of
from matcher.lexical import spelling_rows, word_rows
from matcher.nomenclature import affinity, naf_columns, naf_positions, reach_km
from matcher.types import (
    ADAPTED_KINDS,
    CARRIED_KINDS,
    CARRYING_KINDS,
    ESS_KINDS,
    SIAE_KINDS,
    Actor,
    ActorKind,
    BoolArray,
    FloatArray,
    IntArray,
    Opportunity,
    Phrase,
    Reservation,
    Seeking,
    StrArray,
)


@dataclass(frozen=True)
class Unit:
    """What is compared: an actor by itself, or through one of its members whose skill it carries."""

    actor: Actor
    owner: int
    member: Actor | None = None


@dataclass(frozen=True)
class ActorIndex:
    """Actors as arrays, a row per unit; `owner` `(n_units,)` tells which of `actors` a unit belongs to."""

    actors: tuple[Actor, ...]
    units: tuple[Unit, ...]
    owner: IntArray
    phrases: PhraseTable
    words: sparse.csr_matrix
    spelling: sparse.csr_matrix
    naf: IntArray  # (n_units, most codes of one unit), -1 pads
    places: Places
    radius_km: FloatArray
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
    sirens: StrArray  # (n_units, 2): its own, and that of the member it is looked at through; "" pads

    @classmethod
    def build(cls, actors: Iterable[Actor], encode: Encode) -> ActorIndex:
        """Index actors; their order does not matter, they are sorted by id."""
        ordered = tuple(sorted(actors, key=lambda actor: actor.id))
        units = tuple(unit for owner, actor in enumerate(ordered) for unit in _units(actor, owner))
        rows = [unit.actor for unit in units]
        return cls(
            actors=ordered,
            units=units,
            owner=np.array([unit.owner for unit in units], np.int64),
            phrases=PhraseTable.build([text_fields.actor_phrases(row) or (Phrase("", ""),) for row in rows], encode),
            words=word_rows([text_fields.actor_words(row) for row in rows]),
            spelling=spelling_rows([text_fields.actor_spelling(row) for row in rows]),
            naf=padded([naf_columns(row.naf) for row in rows]),
            places=Places.build(rows),
            radius_km=column(row.radius_km for row in rows),
            reach_km=column(reach_km(row.naf) if row.radius_km is None else row.radius_km for row in rows),
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
            sirens=padded_texts(
                [[unit.actor.siren or "", unit.member.siren or "" if unit.member else ""] for unit in units]
            ),
        )

    def __len__(self) -> int:
        return len(self.units)

    def unit(self, row: int) -> ActorIndex:
        """Return one unit as an index of its own."""
        one = slice(row, row + 1)
        return ActorIndex(
            actors=self.actors,
            units=self.units[one],
            owner=self.owner[one],
            phrases=self.phrases.take(row),
            words=self.words[one],
            spelling=self.spelling[one],
            naf=self.naf[one],
            places=Places(self.places.lat[one], self.places.lon[one], self.places.exact[one]),
            radius_km=self.radius_km[one],
            reach_km=self.reach_km[one],
            headcount=self.headcount[one],
            turnover_eur=self.turnover_eur[one],
            seeks=self.seeks[one],
            informed_on=self.informed_on[one],
            carried=self.carried[one],
            qualifies=self.qualifies[one],
            approvals=self.approvals.take(row),
            approvals_known=self.approvals_known[one],
            area_departments=self.area_departments.take(row),
            area_communes=self.area_communes.take(row),
            commune_departments=self.commune_departments.take(row),
            sirens=self.sirens[one],
        )


@dataclass(frozen=True)
class OpportunityIndex:
    """Opportunities (or lots) as arrays, a row each."""

    opportunities: tuple[Opportunity, ...]
    kinds: StrArray
    phrases: PhraseTable
    words: sparse.csr_matrix
    spelling: sparse.csr_matrix
    affinity: FloatArray  # (n, 732): how well each NAF class suits; a row of NaN without a code
    places: Places
    amount_eur: FloatArray
    headcount: FloatArray
    published_on: FloatArray  # proleptic ordinal of the day
    deadline: FloatArray  # same
    open: BoolArray
    reserved: BoolArray  # (n, len(Reservation))
    own_sirens: StrArray  # (n, most of one row), "" pads

    @classmethod
    def build(cls, opportunities: Iterable[Opportunity], encode: Encode) -> OpportunityIndex:
        """Index opportunities; their order does not matter, they are sorted by id."""
        rows = tuple(sorted(opportunities, key=lambda row: row.id))
        unknown = np.full(len(naf_positions()), np.nan, np.float32)
        affinities = [affinity(row.naf, row.cpv) for row in rows]
        return cls(
            opportunities=rows,
            kinds=np.array([row.kind for row in rows], np.str_),
            phrases=PhraseTable.build([text_fields.opportunity_phrases(row) for row in rows], encode),
            words=word_rows([text_fields.opportunity_words(row) for row in rows]),
            spelling=spelling_rows([text_fields.opportunity_words(row) for row in rows]),
            affinity=np.array([unknown if a is None else a for a in affinities], np.float32).reshape(
                len(rows), len(unknown)
            ),
            places=Places.build(rows),
            amount_eur=column(row.amount_eur for row in rows),
            headcount=column(row.headcount for row in rows),
            published_on=days(row.published_on for row in rows),
            deadline=days(row.deadline for row in rows),
            open=np.array([row.open for row in rows], np.bool_),
            reserved=np.array([[r in row.reserved for r in Reservation] for row in rows], np.bool_).reshape(
                len(rows), len(Reservation)
            ),
            own_sirens=padded_texts([sorted(row.own_sirens) for row in rows]),
        )

    def __len__(self) -> int:
        return len(self.opportunities)

    def row(self, position: int) -> OpportunityIndex:
        """Return one opportunity as an index of its own."""
        one = slice(position, position + 1)
        return OpportunityIndex(
            opportunities=self.opportunities[one],
            kinds=self.kinds[one],
            phrases=self.phrases.take(position),
            words=self.words[one],
            spelling=self.spelling[one],
            affinity=self.affinity[one],
            places=Places(self.places.lat[one], self.places.lon[one], self.places.exact[one]),
            amount_eur=self.amount_eur[one],
            headcount=self.headcount[one],
            published_on=self.published_on[one],
            deadline=self.deadline[one],
            open=self.open[one],
            reserved=self.reserved[one],
            own_sirens=self.own_sirens[one],
        )

    def reopened(self) -> OpportunityIndex:
        """Return the same as if none were closed: who would have suited a past contract?"""
        return replace(self, open=np.ones_like(self.open), deadline=np.full_like(self.deadline, np.nan))


def _units(actor: Actor, owner: int) -> Iterable[Unit]:
    if actor.kind not in CARRYING_KINDS or not actor.members:
        yield Unit(actor, owner)
        return
    together = (actor, *actor.members)
    headcount = _sum(one.headcount for one in together)
    turnover = _sum(one.turnover_eur for one in together)
    yield Unit(replace(actor, headcount=headcount, turnover_eur=turnover), owner)
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
            headcount=headcount,
            turnover_eur=turnover,
            approvals=member.approvals | actor.approvals,
            seeks=actor.seeks or member.seeks,
            siren=actor.siren,
            informed_on=actor.informed_on or member.informed_on,
            members=(),
        )
        yield Unit(through, owner, member)


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


def _sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
