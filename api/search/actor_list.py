"""The list of actors: narrowed by what they do, where, how big they are and what they seek; and put in an order."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from api.accounts.audience import Audience
from api.core.text import folded
from api.matching.answer import ActorCard
from api.matching.snapshot import Snapshot
from api.search.meaning import SAME_TRADE, Meaning
from api.search.words import words_of
from matcher.embedding import Encoder
from matcher.geography import great_circle_km
from matcher.types import Actor, Point, Seeking

UNKNOWN = float("inf")


class Order(StrEnum):
    """What a list is sorted by."""

    NAME = "nom"
    TRADE = "metier"
    DISTANCE = "distance"
    SIZE = "taille"
    LAST_CONTACT = "contact"


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


@dataclass(frozen=True)
class ActorLine:
    """An actor of the list. km: to the place that was asked; nearness: of its trade to that which was asked."""

    card: ActorCard
    actor: Actor
    km: float | None
    nearness: float
    last_contact: date | None


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

    last_contacts: of those with whom there was any, the day of the last.
    """
    meaning = Meaning(snapshot, encoder, filters.trade) if filters.trade else None
    near = meaning.near(SAME_TRADE) if meaning else {}
    members = _members(snapshot, filters.network) if filters.network else None
    text, trade = folded(filters.text), frozenset(words_of(filters.trade))
    lines = []
    for actor in snapshot.actors.actors:
        card = snapshot.actor_cards[actor.id]
        last_contact = last_contacts.get(actor.id)
        if (
            (audience.confidential or actor.id not in snapshot.confidential)
            and (not text or text in folded(actor.name))
            and _fits(actor, card, filters)
            and (members is None or actor.id in members)
            and not (filters.quiet_since and last_contact and last_contact >= filters.quiet_since)
            and (not trade or actor.id in near or _says(actor, trade))
        ):
            km = _km(actor.point, filters.points)
            if filters.radius_km is None or not filters.points or (km is not None and km <= filters.radius_km):
                nearness = near.get(actor.id, SAME_TRADE if trade else 0.0)
                lines.append(ActorLine(card, actor, km, nearness, last_contact))
    lines.sort(key=lambda line: (*_rank(line, filters.order), folded(line.card.name), line.card.id))
    return ActorList(lines, meaning)


def _fits(actor: Actor, card: ActorCard, filters: ActorFilters) -> bool:
    if filters.size:
        least, below = SIZES[filters.size]
        if actor.headcount is None or not least <= actor.headcount < below:
            return False
    return (
        (not filters.kind or card.kind == filters.kind)
        and (not filters.department or card.department == filters.department)
        and (not filters.approval or filters.approval in actor.approvals)
        and (filters.seeks is None or filters.seeks in actor.seeks)
    )


def _says(actor: Actor, trade: Collection[str]) -> bool:
    """Return whether an actor names a trade in these very words."""
    return set(trade) <= set(words_of(" ".join(actor.activities)))


def _km(point: Point | None, asked: Sequence[Point]) -> float | None:
    if point is None or not asked:
        return None
    return min(float(great_circle_km(point.lat, point.lon, place.lat, place.lon)) for place in asked)


def _rank(line: ActorLine, order: Order) -> tuple[float, ...]:
    """Return what comes first in an order: the nearest, the biggest, the longest without contact."""
    if order is Order.TRADE:
        return (-line.nearness,)
    if order is Order.DISTANCE:
        return (UNKNOWN if line.km is None else line.km,)
    if order is Order.SIZE:
        return (UNKNOWN if line.actor.headcount is None else -line.actor.headcount,)
    if order is Order.LAST_CONTACT:
        return (line.last_contact.toordinal() if line.last_contact else 0,)
    return ()


def _members(snapshot: Snapshot, carrier_id: str) -> frozenset[str]:
    carrier = next((actor for actor in snapshot.actors.actors if actor.id == carrier_id), None)
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
    actors = [
        actor for actor in snapshot.actors.actors if audience.confidential or actor.id not in snapshot.confidential
    ]
    networks = sorted(((actor.name, actor.id) for actor in actors if actor.members), key=lambda pair: folded(pair[0]))
    return ActorChoices(
        frozenset(actor.kind for actor in actors),
        frozenset(actor.department for actor in actors if actor.department),
        frozenset().union(*{actor.approvals for actor in actors}),
        [(carrier_id, name) for name, carrier_id in networks],
    )
