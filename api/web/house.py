"""What only a route of the house is given: the whole desk, as it is for one request.

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
from api.matching.impressions import note_shown
from api.matching.snapshot import Desk, Snapshot
from api.web.dependencies import LookedAtDep, UnitDep
from matcher.embedding import Encoder
from models.unit_of_work import UnitOfWork


def desk(request: Request) -> Desk:
    found: Desk | None = getattr(request.app.state, "desk", None)
    if found is None:
        raise NotReadyError("Le service démarre : réessayez dans quelques secondes.")
    return found


DeskDep = Annotated[Desk, Depends(desk)]


def _snapshot(desk: DeskDep, unit: UnitDep) -> Snapshot:
    """Return the desk as it is for the whole request: nothing else asks for it."""
    return desk.snapshot(unit.session)


SnapshotDep = Annotated[Snapshot, Depends(_snapshot)]


async def _encoder(desk: DeskDep) -> Encoder:
    return desk.encoder


EncoderDep = Annotated[Encoder, Depends(_encoder)]


@dataclass(frozen=True)
class Impressions:
    """Has written what a request shows, unless nobody looks at it: a browser that fetches ahead, a HEAD."""

    unit: UnitOfWork
    is_looked_at: bool

    def note(self, snapshot: Snapshot, answers: Sequence[Answer], audience: Audience, *, day: date) -> None:
        if self.is_looked_at:
            note_shown(self.unit, snapshot, answers, audience, day=day)


async def _impressions(unit: UnitDep, is_looked_at: LookedAtDep) -> Impressions:
    return Impressions(unit, is_looked_at)


ImpressionsDep = Annotated[Impressions, Depends(_impressions)]
