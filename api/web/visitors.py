"""Who visits a page: the session's cookie, what it lets see, and that what is posted comes from our own pages."""

import time
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, FastAPI, Request
from sqlmodel import Session
from starlette.responses import RedirectResponse

from api.accounts.accounts import ADMINISTRATOR, PARTNER
from api.accounts.audience import Audience
from api.accounts.sessions import note_use, who
from api.brokerage.worklist import count_worklist
from api.core.clock import today_in_france
from api.core.errors import ForbiddenError
from api.core.settings import Settings
from api.web.cookie import Cookie
from api.web.dependencies import SAFE_METHODS, UnitDep
from api.web.rendering import see
from api.web.same_origin import OwnPagesOnly
from models.base import utc_now

HOME = "/"
# With tens of thousands of answers it takes a tenth of a second, which not every page should pay for.
COUNT_SECONDS = 20.0


@dataclass(frozen=True)
class Visitor:
    """Somebody who is signed in. role: administrator, facilitator or partner."""

    account_id: str
    name: str
    role: str
    audience: Audience
    waiting: int = 0  # how many things wait for them today
    session_to_note: str | None = None  # whose last use is to be written

    @property
    def is_administrator(self) -> bool:
        return self.role == ADMINISTRATOR

    @property
    def is_partner(self) -> bool:
        return self.role == PARTNER

    @property
    def by(self) -> str:
        """How the journal names them."""
        return f"account:{self.account_id}"


class SignInNeededError(Exception):
    """Nobody is signed in. back: where to go on afterwards."""

    def __init__(self, back: str) -> None:
        super().__init__()
        self.back = back


def signed_in(request: Request, unit: UnitDep) -> Visitor:
    """Return whoever is signed in, of the house or not."""
    now = utc_now()
    found = visitor_of(request, unit.session, now)
    if found is None:
        # What was posted is lost: one goes on where a page can be shown.
        asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        raise SignInNeededError(asked if request.method in SAFE_METHODS else HOME)
    request.state.visitor = found
    if found.session_to_note:
        unit.later(partial(note_use, session_id=found.session_to_note, now=now))
    if request.method not in SAFE_METHODS:
        # What is about to change is read again afterwards.
        unit.end_reading()
    return found


def visitor_of(request: Request, session: Session, now: datetime) -> Visitor | None:
    """Return whose session a browser brings, None where it holds no more."""
    options: Settings = request.app.state.settings
    found = who(session, Cookie.of(options).read(request), now=now, options=options)
    if found is None:
        return None
    audience = Audience(confidential=found.role != PARTNER, account_id=found.account_id)
    waiting = 0 if found.role == PARTNER else _waiting(request, session, found.account_id, options.quiet_days)
    return Visitor(found.account_id, found.name, found.role, audience, waiting, found.session_id)


SignedInDep = Annotated[Visitor, Depends(signed_in)]


def visitor(found: SignedInDep) -> Visitor:
    """Return who of the house is signed in. What a partner asks for is not looked at: 403 whatever it is."""
    if found.is_partner:
        raise ForbiddenError("Cette page est réservée à l’équipe de Pôle Sud.")
    return found


async def partner(found: SignedInDep) -> Visitor:
    if not found.is_partner:
        raise ForbiddenError("Cette page est réservée aux partenaires.")
    return found


async def _visitor(found: SignedInDep) -> Visitor:
    # Not worth a thread.
    return visitor(found)


VisitorDep = Annotated[Visitor, Depends(_visitor)]


async def administrator(found: VisitorDep) -> Visitor:
    if not found.is_administrator:
        raise ForbiddenError("Cette page est réservée à l’administration.")
    return found


def _waiting(request: Request, session: Session, account_id: str, quiet_days: int) -> int:
    """Return the count beside « Suivi »: counted anew on its own pages, elsewhere what was counted a moment ago."""
    known: dict[str, tuple[float, int]] = request.app.state.waiting
    moment = time.monotonic()
    if account_id in known and not request.url.path.startswith("/dossiers"):
        counted_at, count = known[account_id]
        if moment - counted_at < COUNT_SECONDS:
            return count
    count = count_worklist(session, account_id, today=today_in_france(), quiet_days=quiet_days)
    known[account_id] = moment, count
    return count


PartnerDep = Annotated[Visitor, Depends(partner)]
AdministratorDep = Annotated[Visitor, Depends(administrator)]


def local(path: str) -> str:
    """Return a path of this site as it is, and the desk's for anything else."""
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path
    return path if plain else HOME


def install(app: FastAPI, options: Settings) -> None:
    """Send whoever must sign in to do so, and refuse what other sites have a browser post."""

    async def sign_in_first(_request: Request, error: Exception) -> RedirectResponse:
        assert isinstance(error, SignInNeededError)
        return see("/connexion" if error.back == HOME else f"/connexion?retour={quote(error.back, safe='/')}")

    app.state.waiting = {}
    app.add_exception_handler(SignInNeededError, sign_in_first)
    app.add_middleware(OwnPagesOnly, options=options)
