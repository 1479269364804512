"""The actors that stand on the desk, with their members, each made of its record when it is asked for."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import NamedTuple

from api.confidentiality.facts import StepValues, facts_of, step_values
from api.confidentiality.queries import PublicEstablishment
from api.confidentiality.teaser import establishment_key
from api.matching.actor_records import ActorRecord
from api.matching.answer import ActorCard
from api.matching.reading import Records
from api.matching.row_tables import FileRows, RowTable
from matcher.types import Actor

# Of so many carriers the actors are kept that were asked for last.
MOST_CARRIERS = 4096


class ActorChanges(NamedTuple):
    """What is on the desk now that came or changed since, and the ids of what went.

    cards: whether a card changed. establishments: ids of those of which something changed that counts where cases are
    described.
    """

    changed: Mapping[str, Actor]
    removed: frozenset[str]
    cards: bool
    establishments: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.changed or self.removed or self.cards or self.establishments)


@dataclass(frozen=True)
class Ties:
    """Who carries whom, whoever of them is on the desk: carrier → members; and member → carriers."""

    of_carrier: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, records: Records, others: Mapping[str, str]) -> "Ties":
        """others: rows that stand for another → that other."""
        members: dict[str, dict[str, None]] = {}
        for carrier_id, member_ids in records.members.items():
            carrier = others.get(carrier_id, carrier_id)
            own = members.setdefault(carrier, {})
            own.update(dict.fromkeys(member for each in member_ids if (member := others.get(each, each)) != carrier))
        return cls({carrier: tuple(own) for carrier, own in members.items() if own})

    @cached_property
    def of_member(self) -> Mapping[str, tuple[str, ...]]:
        carriers: dict[str, list[str]] = {}
        for carrier, members in self.of_carrier.items():
            for member in members:
                carriers.setdefault(member, []).append(carrier)
        return {member: tuple(own) for member, own in carriers.items()}

    def carriers_of(self, members: Collection[str]) -> set[str]:
        """Return who carries one of these."""
        return {carrier for member in members for carrier in self.of_member.get(member, ())}


class DeskActors(Mapping[str, Actor]):
    """The actors of the desk by id, in the order of their ids."""

    def __init__(
        self,
        records: Records,
        others: Mapping[str, str],
        off: frozenset[str],
        before: "DeskActors | None" = None,
    ) -> None:
        """others: rows that stand for another → that other. off: ids of rows that are not on the desk.

        before: the actors of an earlier state, of which is taken over what did not change.
        """
        self.records: RowTable[ActorRecord] = records.actors
        self.off = off
        self.confidential = records.marks.confidential
        self._sources = (records.members, others)
        if before and before._sources[0] is records.members and before._sources[1] == others:
            self._ties: Ties = before._ties
            touched = self._ties.carriers_of(
                _between(off, before.off)
                | _between(self.confidential, before.confidential)
                | self.records.changed_since(before.records)
            )
            kept = before._members
        else:
            self._ties = Ties.of(records, others)
            touched, kept = set(self._ties.of_carrier), {}
        self._members: Mapping[str, tuple[str, ...]] = self._members_with(kept, touched) if touched else kept
        self._carrier = lru_cache(MOST_CARRIERS)(self._with_members)

    def __getitem__(self, actor_id: str) -> Actor:
        if actor_id in self.off:
            raise KeyError(actor_id)
        return self._carrier(actor_id) if actor_id in self._members else self.records[actor_id].value

    def __contains__(self, actor_id: object) -> bool:
        return actor_id not in self.off and actor_id in self.records

    def __iter__(self) -> Iterator[str]:
        return (actor_id for actor_id in self.records if actor_id not in self.off)

    def __len__(self) -> int:
        return len(self.records) - sum(actor_id in self.records for actor_id in self.off)

    def changes_since(self, before: "DeskActors") -> ActorChanges:
        """Return what differs; what equals what it was is not among it."""
        touched = self.records.changed_since(before.records)
        carriers = self._ties.carriers_of(touched) | before._ties.carriers_of(touched)
        if self._members is not before._members:
            carriers |= {
                each
                for each in self._members.keys() | before._members.keys()
                if self._members.get(each) != before._members.get(each)
            }
        changed: dict[str, Actor] = {}
        removed: set[str] = set()
        establishments: set[str] = set()
        cards = False
        for actor_id in sorted(touched | carriers | _between(self.off, before.off)):
            now, then = self.get(actor_id), before.get(actor_id)
            if now is None:
                if then is not None:
                    removed.add(actor_id)
            elif now != then:
                changed[actor_id] = now
            else:
                cards |= self.records[actor_id].card != before.records[actor_id].card
            if _counted(self.establishment(actor_id)) != _counted(before.establishment(actor_id)):
                establishments.add(actor_id)
        return ActorChanges(changed, frozenset(removed), cards, frozenset(establishments))

    def establishment(self, actor_id: str) -> PublicEstablishment | None:
        """Return an actor of the desk as an establishment, None where it is confidential, or none."""
        if actor_id not in self or actor_id in self.confidential:
            return None
        return self.records[actor_id].establishment

    def first_establishment(self, key: str) -> PublicEstablishment | None:
        """Return the establishment that counts among those of a key: the first by id."""
        base, above = self.records.base, self.records.above
        of_base = (
            base.with_key(key)
            if isinstance(base, FileRows)
            else [row_id for row_id, record in base.items() if record.siret == key]
        )
        of_above = [row_id for row_id, record in above.items() if record and record.siret == key]
        for row_id in sorted({key, *of_base, *of_above}):
            row = self.establishment(row_id)
            if row and establishment_key(row) == key:
                return row
        return None

    def _members_with(
        self, kept: Mapping[str, tuple[str, ...]], touched: Collection[str]
    ) -> Mapping[str, tuple[str, ...]]:
        """Return the members that show of each carrier. kept: those of the carriers that were not touched."""
        rest = {carrier: own for carrier, own in kept.items() if carrier not in touched}
        return rest | {
            carrier: own
            for carrier in touched
            if (own := tuple(filter(self._shows_as_member, self._ties.of_carrier[carrier])))
        }

    def _shows_as_member(self, member: str) -> bool:
        # What a confidential member adds to its network would betray it to an outsider.
        return member in self and member not in self.confidential

    def _with_members(self, actor_id: str) -> Actor:
        members = tuple(self.records[member].value for member in self._members[actor_id])
        return replace(self.records[actor_id].value, members=members)


def _between(now: frozenset[str], then: frozenset[str]) -> frozenset[str]:
    """Return who is in one of the two alone; mostly both are the same object."""
    return frozenset() if now is then else now ^ then


def _counted(row: PublicEstablishment | None) -> tuple[str, StepValues] | None:
    """Return what counts of an establishment where cases are described."""
    return row and (establishment_key(row), step_values(facts_of(row, row.headcount, row.headcount_band)))


class ActorCards(Mapping[str, ActorCard]):
    """What readers are shown of the actors of the desk, by id."""

    def __init__(self, actors: DeskActors) -> None:
        self._actors = actors

    def __getitem__(self, actor_id: str) -> ActorCard:
        if actor_id not in self._actors:
            raise KeyError(actor_id)
        return self._actors.records[actor_id].card

    def __contains__(self, actor_id: object) -> bool:
        return actor_id in self._actors

    def __iter__(self) -> Iterator[str]:
        return iter(self._actors)

    def __len__(self) -> int:
        return len(self._actors)
