"""What only a route of the house is given: the whole desk, as it is for one request.

Partners' routes import none of it.
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
from api.web.dependencies import UnitDep
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


async def _impressions(request: Request, unit: UnitDep) -> Impressions:
    # `Sec-Purpose` (Fetch Standard); `Purpose` and `X-Moz` are what older browsers send.
    purposes = [request.headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Moz")]
    ahead = any("prefetch" in purpose or "prerender" in purpose for purpose in map(str.lower, purposes))
    return Impressions(unit, request.method != "HEAD" and not ahead)


ImpressionsDep = Annotated[Impressions, Depends(_impressions)]
