"""Who visits a page: the session's cookie, what it lets see, and that what is posted comes from our own pages."""

import time
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import Depends, FastAPI, Request
from sqlalchemy import Engine
from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import ForbiddenError
from api.journeys.accounts import ADMINISTRATOR, PARTNER
from api.journeys.sessions import who
from api.journeys.suggest import Audience, today_in_france
from api.journeys.waiting import count_waiting
from api.pages.rendering import EngineDep, page, see
from api.settings import Settings
from models.base import utc_now

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
# The API takes no cookie, only keys; mail programs post to the other by themselves (RFC 8058).
EXEMPT = ("/api/", "/desinscription/")
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


@dataclass(frozen=True)
class Cookie:
    """The session's cookie, as this service may set it."""

    name: str
    secure: bool

    @classmethod
    def of(cls, options: Settings) -> "Cookie":
        # The prefix has browsers hold a cookie to this very host over TLS. Without TLS (a demonstration on this
        # machine) they would take neither it nor `Secure`.
        secure = urlsplit(options.public_url).scheme == "https"
        return cls("__Host-session" if secure else "session", secure)

    def read(self, request: Request) -> str | None:
        return request.cookies.get(self.name)

    def put(self, response: Response, token: str) -> None:
        response.set_cookie(self.name, token, path="/", secure=self.secure, httponly=True, samesite="lax")

    def clear(self, response: Response) -> None:
        response.delete_cookie(self.name, path="/", secure=self.secure, httponly=True, samesite="lax")


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
    count = count_waiting(engine, account_id, today=today_in_france(), quiet_days=quiet_days)
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


class OwnPagesOnly:
    """Refuses a request that changes something unless it comes from a page of this service.

    Browsers say where it comes from (Sec-Fetch-Site, or else Origin). What says neither is no browser of today: it is
    let through only as long as it brings no session.
    """

    def __init__(self, app: ASGIApp, options: Settings) -> None:
        self._app = app
        self._cookie = Cookie.of(options)
        public = urlsplit(options.public_url)
        self._scheme, self._own = public.scheme, f"{public.scheme}://{public.netloc}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        harmless = scope["type"] != "http" or scope["method"] in SAFE or scope["path"].startswith(EXEMPT)
        if harmless or self._is_own(scope):
            await self._app(scope, receive, send)
        else:
            refused = page(
                "error.html",
                403,
                heading="Cet envoi ne vient pas de nos pages",
                text="Il n’a rien changé. Ouvrez la page vous-même, et recommencez.",
            )
            await refused(scope, receive, send)

    def _is_own(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        if (site := headers.get("sec-fetch-site")) is not None:
            return site in ("same-origin", "none")
        if (origin := headers.get("origin")) is not None:
            return origin in (self._own, f"{self._scheme}://{headers.get('host', '')}")
        return f"{self._cookie.name}=" not in headers.get("cookie", "")
