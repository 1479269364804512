"""What may be stated, where it stands, and how that reads."""

from enum import StrEnum

from matcher.types import OpportunityKind


class StatedKind(StrEnum):
    """TAKEOVER: an owner who thinks of leaving the company. It is confidential from the start, and stays so."""

    NEED = "need"
    SUBCONTRACT = "subcontract"
    TAKEOVER = "takeover"


class StatedStatus(StrEnum):
    """UNCONFIRMED: its sender has not followed the mailed link yet, and nobody of the house sees it.

    WITHDRAWN: nothing of what was typed is left.
    """

    UNCONFIRMED = "unconfirmed"
    WAITING = "waiting"
    IN_PROGRESS = "in_progress"
    PUBLISHED = "published"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


# What waits for a facilitator, and what its sender may take back.
OPEN = (StatedStatus.WAITING, StatedStatus.IN_PROGRESS)

KINDS = {
    StatedKind.NEED: "besoin",
    StatedKind.SUBCONTRACT: "sous-traitance",
    StatedKind.TAKEOVER: "projet de cession",
}
STATES = {
    StatedStatus.UNCONFIRMED: "à confirmer",
    StatedStatus.WAITING: "reçu",
    StatedStatus.IN_PROGRESS: "en cours",
    StatedStatus.PUBLISHED: "publié",
    StatedStatus.CLOSED: "clos",
    StatedStatus.WITHDRAWN: "retiré",
}


def state_for_sender(kind: str, status: str) -> StatedStatus:
    """Return where a need stands, as its sender reads it: the same whatever it is.

    A case is never published: it is in progress until it is over.
    """
    if kind == StatedKind.TAKEOVER and status == StatedStatus.PUBLISHED:
        return StatedStatus.IN_PROGRESS
    return StatedStatus(status)


def opportunity_kind(kind: str) -> str:
    """Return the kind of opportunity that is made of it."""
    return (OpportunityKind.TAKEOVER if kind == StatedKind.TAKEOVER else OpportunityKind.MARKET).value
