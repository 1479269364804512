"""Who is at the door of the desk's pages: the session's cookie, and that a form was sent from our own pages."""

from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import Depends, Request
from fastapi.responses import RedirectResponse

from api.errors import ForbiddenError, UnauthorizedError
from api.journeys.accounts import ADMINISTRATOR, Visitor, visitor
from api.journeys.suggest import Audience
from api.settings import Settings
from models.base import utc_now

# Facilitators and administrators work on confidential cases.
AUDIENCE = Audience(confidential=True)


class SignInError(UnauthorizedError):
    """Nobody is signed in; `back` is where to go once somebody is."""

    def __init__(self, back: str) -> None:
        super().__init__("Connectez-vous pour voir cette page.")
        self.back = back


def cookie_name(options: Settings) -> str:
    """Browsers take a `__Host-` cookie over HTTPS only; a desk tried on one's own machine has none."""
    return "__Host-session" if _is_secure(options) else "session"


def keep_session(response: RedirectResponse, token: str, options: Settings) -> RedirectResponse:
    """Let a browser hold a session's token until it is closed; scripts and other sites never see it."""
    response.set_cookie(
        cookie_name(options), token, path="/", secure=_is_secure(options), httponly=True, samesite="lax"
    )
    return response


def forget_session(response: RedirectResponse, options: Settings) -> RedirectResponse:
    response.delete_cookie(cookie_name(options), path="/", secure=_is_secure(options), httponly=True, samesite="lax")
    return response


def local_path(back: str) -> str:
    """Return a path of this site, or its first page: a link may not send a visitor elsewhere once signed in."""
    parts = urlsplit(back)
    fine = back.startswith("/") and not back.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme
    return back if fine and back.isprintable() and "\\" not in back else "/"


def sign_in_path(back: str) -> str:
    return f"/connexion?retour={quote(back, safe='/')}"


def same_origin(request: Request) -> None:
    """Refuse a form that another site sent. Raises ForbiddenError.

    Browsers say where a request comes from (Fetch Metadata; older ones by Origin), and pages cannot change it.
    """
    if request.method in ("GET", "HEAD"):
        return
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        allowed = site == "same-origin"
    else:
        allowed = origin is not None and urlsplit(origin).netloc == request.headers.get("host")
    if not allowed:
        raise ForbiddenError("Ce formulaire ne vient pas d’une de nos pages : rechargez-la et recommencez.")


def session_token(request: Request) -> str | None:
    options: Settings = request.app.state.settings
    return request.cookies.get(cookie_name(options))


def signed_in(request: Request) -> Visitor:
    """Return who is signed in. Raises SignInError."""
    found = visitor(request.app.state.engine, session_token(request), now=utc_now())
    if found is None:
        raise SignInError(request.url.path if request.method == "GET" else "/")
    return found


def administrator(found: Annotated[Visitor, Depends(signed_in)]) -> Visitor:
    """Return who is signed in. Raises SignInError, ForbiddenError."""
    if found.role != ADMINISTRATOR:
        raise ForbiddenError("Cette page est réservée à l’administration.")
    return found


def _is_secure(options: Settings) -> bool:
    return options.public_url.startswith("https://")


VisitorDep = Annotated[Visitor, Depends(signed_in)]
AdministratorDep = Annotated[Visitor, Depends(administrator)]
