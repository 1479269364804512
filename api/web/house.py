"""Dependencies of the house's routes alone: the whole desk, one snapshot a request.

Import rule 4 keeps partners' pages from importing this.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import Depends, Request

from api.accounts.audience import Audience
from api.core.errors import NotReadyError
from api.matching.answer import Answer
from api.matching.desk import Desk
from api.matching.impressions import note_shown
from api.matching.snapshot import Snapshot
from api.web.dependencies import AudienceDep, LookedAtDep, UnitDep
from api.web.visitors import SignedInDep
from matcher.embedding import Encoder
from models.unit_of_work import UnitOfWork


def desk(request: Request) -> Desk:
    opened_desk: Desk | None = getattr(request.app.state, "desk", None)
    if opened_desk is None:
        raise NotReadyError("Le service démarre : réessayez dans quelques secondes.")
    return opened_desk


DeskDep = Annotated[Desk, Depends(desk)]


def _visitors_snapshot(desk: DeskDep, unit: UnitDep, visitor: SignedInDep) -> Snapshot:
    """Return the snapshot of the whole request: no route asks for another.

    A visitor of the house sees what was written before; outsiders are not kept waiting, and get no secret.
    """
    return desk.snapshot_for(visitor.audience, unit.session)


def _keys_snapshot(desk: DeskDep, unit: UnitDep, audience: AudienceDep) -> Snapshot:
    """Return the same for whoever brings an API key."""
    return desk.snapshot_for(audience, unit.session)


# For a page, and for a route of the JSON API.
SnapshotDep = Annotated[Snapshot, Depends(_visitors_snapshot)]
KeySnapshotDep = Annotated[Snapshot, Depends(_keys_snapshot)]


async def _encoder(desk: DeskDep) -> Encoder:
    return desk.encoder


EncoderDep = Annotated[Encoder, Depends(_encoder)]


@dataclass(frozen=True)
class Impressions:
    """Notes the suggestions that a request shows, unless nobody looks at them (prefetch, HEAD)."""

    unit: UnitOfWork
    is_looked_at: bool

    def note(self, snapshot: Snapshot, answers: Sequence[Answer], audience: Audience, *, day: date) -> None:
        if self.is_looked_at:
            note_shown(self.unit, snapshot, answers, audience, day=day)


async def _impressions(unit: UnitDep, is_looked_at: LookedAtDep) -> Impressions:
    return Impressions(unit, is_looked_at)


ImpressionsDep = Annotated[Impressions, Depends(_impressions)]
