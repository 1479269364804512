"""What a route of any door is given: the day, the engine, the signer, the writer, and whose key it is."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader
from sqlalchemy import Engine

from api.accounts.api_keys import FACILITATOR, authenticate
from api.accounts.audience import Audience
from api.core.clock import Clock, day_in_france
from api.core.errors import ForbiddenError
from api.core.settings import Settings
from api.mailing.links import Signer, open_signer
from models.grouping import GroupedWriter

KEY_HEADER = APIKeyHeader(name="X-API-Key", auto_error=False, description="Clé remise par Pôle Sud.")


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


def engine(request: Request) -> Engine:
    opened: Engine = request.app.state.engine
    return opened


def audience(request: Request, secret: Annotated[str | None, Security(KEY_HEADER)]) -> Audience:
    key = authenticate(engine(request), secret)
    return Audience(confidential=key.role == FACILITATOR, api_key_id=key.id)


def facilitator(asker: Annotated[Audience, Depends(audience)]) -> Audience:
    if not asker.confidential:
        raise ForbiddenError("Cette clé ne permet pas cela : il faut celle d’un·e animateur·rice.")
    return asker


EngineDep = Annotated[Engine, Depends(engine)]

AudienceDep = Annotated[Audience, Depends(audience)]

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
