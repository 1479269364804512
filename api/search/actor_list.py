"""The list of actors: narrowed by what they do, where, how big they are and what they seek; and put in an order."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from api.accounts.audience import Audience
from api.catalogue.wording import kind_in_words
from api.core.text import folded
from api.matching.answer import ActorCard
from api.matching.snapshot import Snapshot
from api.search.meaning import SAME_TRADE, Meaning
from api.search.ordering import Comparable, in_order
from api.search.words import words_of
from matcher.embedding import Encoder
from matcher.geography import great_circle_km
from matcher.types import Actor, Point, Seeking

UNKNOWN = float("inf")


class Order(StrEnum):
    """What a list is sorted by."""

    NAME = "nom"
    KIND = "type"
    PLACE = "commune"
    TRADE = "metier"
    DISTANCE = "distance"
    SIZE = "taille"
    LAST_CONTACT = "contact"


# Of these, what is largest or nearest in meaning comes first.
LARGEST_FIRST = frozenset({Order.TRADE, Order.SIZE})


class Size(StrEnum):
    """People at an actor; the value stands in addresses."""

    VERY_SMALL = "moins-de-10"
    SMALL = "10-a-49"
    MEDIUM = "50-a-249"
    LARGE = "250-et-plus"


SIZES: Mapping[Size, tuple[float, float]] = {
    Size.VERY_SMALL: (0, 10),
    Size.SMALL: (10, 50),
    Size.MEDIUM: (50, 250),
    Size.LARGE: (250, UNKNOWN),
}


@dataclass(frozen=True)
class ActorFilters:
    """What the reader narrows the list to; empty leaves all, and unknown values fit no filter.

    trade: in any words. points: the place that was asked, several where its name is no single place's. network: the id
    of a carrier, whose members are listed. quiet_since: only actors without any contact since that day.
    is_turned: the order is turned round.
    """

    text: str = ""
    trade: str = ""
    points: Sequence[Point] = ()
    radius_km: float | None = None
    kind: str = ""
    department: str = ""
    size: Size | None = None
    approval: str = ""
    seeks: Seeking | None = None
    network: str = ""
    quiet_since: date | None = None
    order: Order = Order.NAME
    is_turned: bool = False


class ActorLine(NamedTuple):
    """An actor of the list. km: to the place that was asked; nearness: of its trade to that which was asked."""

    card: ActorCard
    actor: Actor
    km: float | None
    nearness: float


@dataclass(frozen=True)
class ActorList:
    """The lines, and how to say what a line does that is near the trade asked."""

    lines: Sequence[ActorLine]
    meaning: Meaning | None = field(default=None, repr=False)

    def nearest_trade(self, line: ActorLine) -> str:
        """Return what an actor does that is nearest to the trade asked, as it is shown; else its first trade."""
        if self.meaning:
            return self.meaning.closest(line.card.id)
        return next(iter(line.actor.activities), "")


def list_actors(
    snapshot: Snapshot,
    encoder: Encoder,
    filters: ActorFilters,
    audience: Audience,
    last_contacts: Mapping[str, date],
) -> ActorList:
    """Return the actors that fit the filters and that the reader may see, in the order asked.

    last_contacts: of those with whom there was any, the day of the last; for `quiet_since` and `Order.LAST_CONTACT`.
    """
    meaning = Meaning(snapshot, encoder, filters.trade) if filters.trade else None
    near = meaning.near(SAME_TRADE) if meaning else {}
    actors: Sequence[Actor] = snapshot.actors_by_name
    for fits in _conditions(snapshot, filters, audience, near, last_contacts):
        actors = tuple(filter(fits, actors))
    elsewhere = SAME_TRADE if filters.trade else 0.0
    lines = [
        ActorLine(snapshot.actor_cards[actor.id], actor, km, near.get(actor.id, elsewhere))
        for actor, km in zip(actors, _distances(actors, filters.points), strict=True)
    ]
    if filters.radius_km is not None and filters.points:
        lines = [line for line in lines if line.km is not None and line.km <= filters.radius_km]
    if filters.order is Order.NAME:
        return ActorList(lines[::-1] if filters.is_turned else lines, meaning)
    descending = (filters.order in LARGEST_FIRST) != filters.is_turned
    lines = in_order(lines, lambda line: _value(line, filters.order, last_contacts), descending=descending)
    return ActorList(lines, meaning)


def _conditions(
    snapshot: Snapshot,
    filters: ActorFilters,
    audience: Audience,
    near: Collection[str],
    last_contacts: Mapping[str, date],
) -> Iterator[Callable[[Actor], bool]]:
    """Yield what an actor of the list must fulfil: only what is asked, for thousands are looked through."""
    if not audience.confidential:
        yield lambda actor: actor.id not in snapshot.confidential
    if filters.kind:
        yield lambda actor: actor.kind == filters.kind
    if filters.department:
        yield lambda actor: actor.department == filters.department
    if filters.approval:
        yield lambda actor: filters.approval in actor.approvals
    if seeks := filters.seeks:
        yield lambda actor: seeks in actor.seeks
    if filters.size:
        least, below = SIZES[filters.size]
        yield lambda actor: actor.headcount is not None and least <= actor.headcount < below
    if filters.network:
        members = _members(snapshot, filters.network)
        yield lambda actor: actor.id in members
    if quiet_since := filters.quiet_since:
        yield lambda actor: last_contacts.get(actor.id, date.min) < quiet_since
    if text := folded(filters.text):
        yield lambda actor: text in folded(actor.name)
    if words := frozenset(words_of(filters.trade)):
        yield lambda actor: actor.id in near or _says(actor, words)


def _says(actor: Actor, trade: Collection[str]) -> bool:
    """Return whether an actor names a trade in these very words."""
    text = " ".join(actor.activities)
    said = folded(text)
    # Most actors have none of the letters: their words are not looked for.
    return all(word in said for word in trade) and set(trade) <= set(words_of(text))


def _distances(actors: Sequence[Actor], asked: Sequence[Point]) -> Sequence[float | None]:
    """Return the kilometres from each actor to the nearest of some points; None where either is unknown."""
    if not asked:
        return [None] * len(actors)
    lat = np.array([actor.point.lat if actor.point else np.nan for actor in actors], np.float64)
    lon = np.array([actor.point.lon if actor.point else np.nan for actor in actors], np.float64)
    nearest = np.minimum.reduce([great_circle_km(lat, lon, point.lat, point.lon) for point in asked])
    return [None if km != km else km for km in nearest.tolist()]


def _value(line: ActorLine, order: Order, last_contacts: Mapping[str, date]) -> Comparable | None:
    """Return what an actor is sorted by in an order, None where it is unknown."""
    if order is Order.TRADE:
        return line.nearness
    if order is Order.DISTANCE:
        return line.km
    if order is Order.SIZE:
        return line.actor.headcount
    if order is Order.KIND:
        return folded(kind_in_words(line.card.kind))
    if order is Order.PLACE:
        return folded(line.card.commune or "") or None
    # Who was never spoken with waits longest.
    return last_contacts.get(line.card.id, date.min)


def _members(snapshot: Snapshot, carrier_id: str) -> frozenset[str]:
    carrier = snapshot.actor_of(carrier_id)
    return frozenset(member.id for member in carrier.members) if carrier else frozenset()


@dataclass(frozen=True)
class ActorChoices:
    """What the actors of a snapshot may be narrowed to. networks: ids and names of those with members, by name."""

    kinds: frozenset[str]
    departments: frozenset[str]
    approvals: frozenset[str]
    networks: Sequence[tuple[str, str]]


def read_choices(snapshot: Snapshot, audience: Audience) -> ActorChoices:
    """Return what the reader may choose."""
    index = snapshot.actors
    seen = np.ones(index.actor_count, np.bool_) if audience.confidential else snapshot.public_actors
    carriers = [index.actors[place] for place in np.flatnonzero(index.has_members & seen).tolist()]
    networks = sorted(((actor.name, actor.id) for actor in carriers), key=lambda pair: folded(pair[0]))
    return ActorChoices(
        frozenset(np.unique(index.kinds[seen]).tolist()),
        frozenset(np.unique(index.departments[seen]).tolist()) - {""},
        snapshot.declared_approvals
        if audience.confidential
        else frozenset().union(*{index.actors[place].approvals for place in np.flatnonzero(seen).tolist()}),
        [(carrier_id, name) for name, carrier_id in networks],
    )
