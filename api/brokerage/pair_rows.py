"""An opportunity and who it was proposed to, as queries of cases, steps and answers read them."""

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, or_
from sqlalchemy.orm import load_only
from sqlmodel import col

from models.actors import Actor
from models.opportunities import Lot, Opportunity
from models.partners import Subscription
from models.suggestions import Suggestion


class PairRow(NamedTuple):
    """A suggestion and its two sides. actor: None for a followed search; search: its words, if it still exists.

    lot: None without a lot, or if it is gone.
    """

    suggestion: Suggestion
    opportunity: Opportunity
    lot: Lot | None
    actor: Actor | None
    search: str | None


class NamedOpportunity(NamedTuple):
    """What of an opportunity a list of cases says."""

    id: str
    kind: str
    title: str
    confidential: bool


class NamedLot(NamedTuple):
    """What of a lot a list of cases says."""

    id: str
    number: str
    title: str


class NamedActor(NamedTuple):
    """What of an actor a list of cases says."""

    id: str
    name: str
    confidential: bool


class NamedPair(NamedTuple):
    """What of a `PairRow` a list of cases says: plain values, for there may be thousands of lines."""

    opportunity: NamedOpportunity
    lot: NamedLot | None
    actor: NamedActor | None
    search: str | None


PAIR_COLUMNS: tuple[Any, ...] = (Suggestion, Opportunity, Lot, Actor, Subscription.search)

# For long lists: of a pair only what names it, for most of the rest is JSON. Reading more of such a row is an error.
NAMES = (
    load_only(Opportunity.id, Opportunity.kind, Opportunity.title, Opportunity.confidential, raiseload=True),  # type: ignore[arg-type]
    load_only(Lot.id, Lot.number, Lot.title, raiseload=True),  # type: ignore[arg-type]
    load_only(Actor.id, Actor.name, Actor.confidential, raiseload=True),  # type: ignore[arg-type]
)
_NAMED: tuple[tuple[Any, ...], ...] = tuple(
    tuple(getattr(model, name) for name in named._fields)
    for model, named in ((Opportunity, NamedOpportunity), (Lot, NamedLot), (Actor, NamedActor))
)
NAMED_COLUMNS: tuple[Any, ...] = (*(column for columns in _NAMED for column in columns), Subscription.search)


def join_pair(question: Any) -> Any:
    """Return a question about suggestions, with the two sides of each."""
    return (
        question.join(Opportunity, col(Opportunity.id) == Suggestion.opportunity_id)
        .join(Lot, col(Lot.id) == Suggestion.lot_id, isouter=True)
        .join(Actor, col(Actor.id) == Suggestion.actor_id, isouter=True)
        .join(Subscription, col(Subscription.id) == Suggestion.subscription_id, isouter=True)
    )


def named_pair(row: Any) -> NamedPair:
    """Return what a row of NAMED_COLUMNS says."""
    opportunity, lot, actor = NamedOpportunity(*row[:4]), NamedLot(*row[4:7]), NamedActor(*row[7:10])
    return NamedPair(opportunity, None if lot.id is None else lot, None if actor.id is None else actor, row[10])


def seen_by(confidential: bool) -> list[ColumnElement[bool]]:
    """Return the conditions of pairs of which no side is confidential; none where the reader may see those too."""
    is_public_actor = or_(col(Actor.id).is_(None), ~col(Actor.confidential))
    return [] if confidential else [~col(Opportunity.confidential), is_public_actor]
