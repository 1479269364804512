"""Actors that are known by their public contracts alone: who they are, and which of them the desk ranks.

A holder comes from the published contracts (DECP), whatever it is; the desk serves the ESS. So a company that nothing
but a contract made known has a page and stands in its own list, but is no candidate, until it is known to be of the
ESS, or somebody else speaks of it: a register, or a person's file, takes its row over. Ranked by default, holders would
fill the first lines of every list, since what they won is the best evidence of what they do.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from sqlalchemy import ColumnElement, or_
from sqlmodel import col

from matcher.types import ESS_KINDS
from models.actors import Actor

# The source of published contracts. Any other source of actors knows more than it.
CONTRACTS_SOURCE = "decp"


class ActorStanding(Protocol):
    """Columns of an actor that say whether the desk ranks it."""

    source: str
    kind: str
    ess: bool | None
    esus: bool | None


def is_ranked(actor: ActorStanding) -> bool:
    """Return whether the desk ranks an actor."""
    return actor.source != CONTRACTS_SOURCE or actor.kind in ESS_KINDS or bool(actor.ess or actor.esus)


def ranked_condition() -> ColumnElement[bool]:
    """`is_ranked`, as a condition of a SELECT of actors."""
    is_ess = or_(
        col(Actor.kind).in_(sorted(kind.value for kind in ESS_KINDS)),
        col(Actor.ess).is_(True),
        col(Actor.esus).is_(True),
    )
    return or_(col(Actor.source) != CONTRACTS_SOURCE, is_ess)


def takes_over(stored: Mapping[str, Any], source: str) -> bool:
    """Return whether another source takes over a stored actor: its row then bears that source's name."""
    return bool(stored.get("siret")) and stored["source"] == CONTRACTS_SOURCE != source
