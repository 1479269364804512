"""What a route of any door is given: its unit of work, the moment, the signer, the writer, and whose key it is."""

from collections.abc import AsyncIterator
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import anyio
from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader
from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool

from api.accounts.api_keys import FACILITATOR, authenticate
from api.accounts.audience import Audience
from api.catalogue.places.book import PlacesBook
from api.core.clock import Clock, day_in_france
from api.core.errors import ForbiddenError
from api.core.settings import Settings
from api.mailing.links import Signer, open_signer
from models.grouping import GroupedWriter
from models.unit_of_work import UnitOfWork

KEY_HEADER = APIKeyHeader(name="X-API-Key", auto_error=False, description="Clé remise par Pôle Sud.")


# What does not change anything, and may be repeated.
SAFE_METHODS = ("GET", "HEAD")


async def _settings(request: Request) -> Settings:
    options: Settings = request.app.state.settings
    return options


async def _now(request: Request) -> datetime:
    clock: Clock = request.app.state.clock
    return clock()


SettingsDep = Annotated[Settings, Depends(_settings)]

# The moment of the request, the same all through it.
NowDep = Annotated[datetime, Depends(_now)]


async def _today(now: NowDep) -> date:
    return day_in_france(now)


TodayDep = Annotated[date, Depends(_today)]


async def _signer(request: Request) -> Signer:
    signers: Signers = request.app.state.signers
    return signers.newest()


SignerDep = Annotated[Signer, Depends(_signer)]


async def _writer(request: Request) -> GroupedWriter:
    opened: GroupedWriter = request.app.state.writer
    return opened


WriterDep = Annotated[GroupedWriter, Depends(_writer)]


async def _places(request: Request) -> PlacesBook:
    book: PlacesBook = request.app.state.places
    return book


PlacesDep = Annotated[PlacesBook, Depends(_places)]


def engine(request: Request) -> Engine:
    opened: Engine = request.app.state.engine
    return opened


async def _unit_of_work(request: Request) -> AsyncIterator[UnitOfWork]:
    # Those that wait here hold neither a thread nor a connection.
    readers: anyio.Semaphore = request.app.state.readers
    async with readers:
        unit = UnitOfWork(request.app.state.engine)
        try:
            yield unit
        except BaseException:
            await run_in_threadpool(unit.end_reading)
            raise
        await run_in_threadpool(unit.finish)


# It ends with the function of the route: what is noted is written before the answer leaves.
UnitDep = Annotated[UnitOfWork, Depends(_unit_of_work, scope="function")]


async def _engine(request: Request) -> Engine:
    return engine(request)


EngineDep = Annotated[Engine, Depends(_engine)]


async def _is_looked_at(request: Request) -> bool:
    """Return whether somebody looks at the answer: not at a HEAD's, nor at what a browser fetches ahead."""
    # `Sec-Purpose` (Fetch Standard); `Purpose` and `X-Moz` are what older browsers send.
    purposes = [request.headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Moz")]
    ahead = any("prefetch" in purpose or "prerender" in purpose for purpose in map(str.lower, purposes))
    return request.method != "HEAD" and not ahead


LookedAtDep = Annotated[bool, Depends(_is_looked_at)]


def audience(unit: UnitDep, secret: Annotated[str | None, Security(KEY_HEADER)]) -> Audience:
    key = authenticate(unit.session, secret)
    return Audience(confidential=key.role == FACILITATOR, api_key_id=key.id)


AudienceDep = Annotated[Audience, Depends(audience)]


def facilitator(request: Request, asker: AudienceDep, unit: UnitDep) -> Audience:
    if not asker.confidential:
        raise ForbiddenError("Cette clé ne permet pas cela : il faut celle d’un·e animateur·rice.")
    if request.method not in SAFE_METHODS:
        # What is about to change is read again afterwards.
        unit.end_reading()
    return asker


FacilitatorDep = Annotated[Audience, Depends(facilitator)]


class Signers:
    """The signer of the settings, opened again when its keys change: a service need not restart for them."""

    def __init__(self, options: Settings) -> None:
        self._options = options
        self._stamp: object = None
        self._signer: Signer | None = None

    def newest(self) -> Signer:
        stamp = self._read_stamp()
        if self._signer is None or stamp != self._stamp:
            # The stamp read before the keys: a change in between is seen the next time.
            self._signer, self._stamp = open_signer(self._options), stamp
        return self._signer

    def _read_stamp(self) -> object:
        try:
            found = Path(self._options.link_keys).stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_mtime_ns
