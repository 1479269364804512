"""Dependencies of routes of any door: unit of work, settings, moment, signer, writer, owner of the key."""

from collections.abc import AsyncIterator
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import anyio
from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader
from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool

from api.accounts import rate_limits
from api.accounts.account_keys import AccountKeys
from api.accounts.api_keys import FACILITATOR, authenticate
from api.accounts.audience import Audience
from api.accounts.hashing_pool import HashingPool
from api.accounts.rate_limits import RateLimits
from api.catalogue.places.book import PlacesBook
from api.core.clock import Clock, day_in_france
from api.core.errors import ForbiddenError
from api.core.settings import Settings
from api.mailing.links import Signer, open_signer
from api.web.computing_turns import ComputingTurns
from models.background import BackgroundWriter
from models.group_commit import GroupedWriter
from models.unit_of_work import UnitOfWork

KEY_HEADER = APIKeyHeader(name="X-API-Key", auto_error=False, description="Clé remise par Pôle Sud.")


# Requests that change nothing and may be repeated.
SAFE_METHODS = ("GET", "HEAD")


def settings_of(request: Request) -> Settings:
    """Return the settings of the app that answers: where no dependency is resolved."""
    options: Settings = request.app.state.settings
    return options


def moment_of(request: Request) -> datetime:
    """Return the present moment by the clock of the app that answers: where no dependency is resolved."""
    clock: Clock = request.app.state.clock
    return clock()


async def _settings(request: Request) -> Settings:
    return settings_of(request)


async def _now(request: Request) -> datetime:
    return moment_of(request)


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


async def _account_keys(signer: SignerDep) -> AccountKeys:
    return AccountKeys.of(signer)


AccountKeysDep = Annotated[AccountKeys, Depends(_account_keys)]


async def _hashing(request: Request) -> HashingPool:
    pool: HashingPool = request.app.state.hashing
    return pool


HashingDep = Annotated[HashingPool, Depends(_hashing)]


async def _rate_limits(request: Request) -> RateLimits:
    limits: RateLimits = request.app.state.rate_limits
    return limits


RateLimitsDep = Annotated[RateLimits, Depends(_rate_limits)]


async def _writer(request: Request) -> GroupedWriter:
    opened: GroupedWriter = request.app.state.writer
    return opened


WriterDep = Annotated[GroupedWriter, Depends(_writer)]


async def _background(request: Request) -> BackgroundWriter:
    opened: BackgroundWriter = request.app.state.background
    return opened


BackgroundDep = Annotated[BackgroundWriter, Depends(_background)]


async def _places(request: Request) -> PlacesBook:
    book: PlacesBook = request.app.state.places
    return book


PlacesDep = Annotated[PlacesBook, Depends(_places)]


def engine(request: Request) -> Engine:
    opened: Engine = request.app.state.engine
    return opened


async def _unit_of_work(request: Request) -> AsyncIterator[UnitOfWork]:
    # A request that waits here holds neither a thread nor a connection.
    readers: anyio.Semaphore = request.app.state.readers
    turns: ComputingTurns = request.app.state.turns
    async with readers:
        unit = UnitOfWork(request.app.state.engine, request.app.state.background)
        try:
            async with turns.taken():
                yield unit
                if not unit.waits_for_writers:
                    await run_in_threadpool(unit.finish)
                    return
        except BaseException:
            await run_in_threadpool(unit.end_reading)
            raise
        # Whoever waits for the tables' lock computes nothing: pages go on.
        await run_in_threadpool(unit.finish)


# It ends with the route's function: noted rows are written before the answer leaves.
UnitDep = Annotated[UnitOfWork, Depends(_unit_of_work, scope="function")]


async def _engine(request: Request) -> Engine:
    return engine(request)


EngineDep = Annotated[Engine, Depends(_engine)]


async def _is_looked_at(request: Request) -> bool:
    """Return whether somebody looks at the answer; false for a HEAD and for a browser's prefetch."""
    # `Sec-Purpose` (Fetch Standard); `Purpose` and `X-Moz` are what older browsers send.
    purposes = [request.headers.get(header_name, "") for header_name in ("Sec-Purpose", "Purpose", "X-Moz")]
    fetched_ahead = any("prefetch" in purpose or "prerender" in purpose for purpose in map(str.lower, purposes))
    return request.method != "HEAD" and not fetched_ahead


LookedAtDep = Annotated[bool, Depends(_is_looked_at)]


def audience(
    unit: UnitDep, now: NowDep, limits: RateLimitsDep, secret: Annotated[str | None, Security(KEY_HEADER)]
) -> Audience:
    api_key = authenticate(unit.session, secret, now=now)
    limits.count(rate_limits.KEY, api_key.id)
    if api_key.last_used_on != now.date():
        limits.note_key(api_key.id, now.date())
    return Audience(confidential=api_key.role == FACILITATOR, api_key_id=api_key.id)


AudienceDep = Annotated[Audience, Depends(audience)]


def facilitator(request: Request, asker: AudienceDep, unit: UnitDep) -> Audience:
    request.state.audience = asker
    if not asker.confidential:
        raise ForbiddenError("Cette clé ne permet pas cela : il faut celle d’un·e animateur·rice.")
    if request.method not in SAFE_METHODS:
        # What an earlier answer showed may be what this one is about; rows read before the change are read again.
        unit.settle(settings_of(request).write_wait_s)
    return asker


FacilitatorDep = Annotated[Audience, Depends(facilitator)]


class Signers:
    """The signer of the settings, opened again when the file of keys changes, without a restart."""

    def __init__(self, options: Settings) -> None:
        self._options = options
        self._stamp: object = None
        self._signer: Signer | None = None

    def newest(self) -> Signer:
        keys_stamp = self._read_stamp()
        if self._signer is None or keys_stamp != self._stamp:
            # The stamp read before the keys: a change in between is seen the next time.
            self._signer, self._stamp = open_signer(self._options), keys_stamp
        return self._signer

    def _read_stamp(self) -> object:
        try:
            file_stat = Path(self._options.link_keys).stat()
        except FileNotFoundError:
            return None
        return file_stat.st_ino, file_stat.st_mtime_ns
