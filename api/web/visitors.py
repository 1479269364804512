"""Who visits a page: the session's cookie, what it lets see, and that what is posted comes from our own pages."""

import time
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, FastAPI, Request
from sqlalchemy import Engine
from starlette.responses import RedirectResponse

from api.accounts.accounts import ADMINISTRATOR, PARTNER
from api.accounts.audience import Audience
from api.accounts.sessions import who
from api.brokerage.worklist import count_worklist
from api.core.clock import today_in_france
from api.core.errors import ForbiddenError
from api.core.settings import Settings
from api.web.cookie import Cookie
from api.web.dependencies import EngineDep
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


def signed_in(request: Request, engine: EngineDep) -> Visitor:
    """Return whoever is signed in, of the house or not."""
    options: Settings = request.app.state.settings
    found = who(engine, Cookie.of(options).read(request), now=utc_now(), options=options)
    if found is None:
        # What was posted is lost: one goes on where a page can be shown.
        asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        raise SignInNeededError(asked if request.method in ("GET", "HEAD") else HOME)
    audience = Audience(confidential=found.role != PARTNER, account_id=found.account_id)
    if found.role == PARTNER:
        return Visitor(found.account_id, found.name, found.role, audience)
    waiting = _waiting(request, engine, found.account_id, options.quiet_days)
    return Visitor(found.account_id, found.name, found.role, audience, waiting)


def visitor(request: Request, engine: EngineDep) -> Visitor:
    """Return who of the house is signed in. What a partner asks for is not looked at: 403 whatever it is."""
    found = signed_in(request, engine)
    if found.is_partner:
        raise ForbiddenError("Cette page est réservée à l’équipe de Pôle Sud.")
    return found


def partner(request: Request, engine: EngineDep) -> Visitor:
    found = signed_in(request, engine)
    if not found.is_partner:
        raise ForbiddenError("Cette page est réservée aux partenaires.")
    return found


def administrator(found: Annotated[Visitor, Depends(visitor)]) -> Visitor:
    if not found.is_administrator:
        raise ForbiddenError("Cette page est réservée à l’administration.")
    return found


def _waiting(request: Request, engine: Engine, account_id: str, quiet_days: int) -> int:
    """Return the count beside « Suivi »: counted anew on its own pages, elsewhere what was counted a moment ago."""
    known: dict[str, tuple[float, int]] = request.app.state.waiting
    moment = time.monotonic()
    if account_id in known and not request.url.path.startswith("/dossiers"):
        counted_at, count = known[account_id]
        if moment - counted_at < COUNT_SECONDS:
            return count
    count = count_worklist(engine, account_id, today=today_in_france(), quiet_days=quiet_days)
    known[account_id] = moment, count
    return count


SignedInDep = Annotated[Visitor, Depends(signed_in)]
VisitorDep = Annotated[Visitor, Depends(visitor)]
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
