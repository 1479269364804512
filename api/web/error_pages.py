"""Errors as pages. The routes of each door carry its words for errors; routes of the API carry none."""

from collections.abc import Awaitable, Callable, Mapping

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Scope

from api.core.errors import BusyError, PoleSudError, TooManyError
from api.web.dependencies import SAFE_METHODS, moment_of, settings_of
from api.web.house_contact import HouseContact, house_contact
from api.web.problems import API_ADDRESSES, problem_of
from api.web.rendering import ErrorView, page
from api.web.visitors import Visitor, visitor_of
from models.database import LockedError, reading

# Status → heading, text.
Words = Mapping[int, tuple[str, str]]
Handler = Callable[[Request, Exception], Response | Awaitable[Response]]

INCIDENT = ("Une erreur est survenue", "L’incident a été noté. Réessayez dans quelques minutes.")
TOO_MANY = ("Trop de requêtes à la fois", "Attendez une minute, puis réessayez.")
STARTING = ("Le service démarre", "Réessayez dans quelques secondes.")
TOO_LARGE = ("Cet envoi est trop lourd", "Rien n’en a été gardé. Revenez à la page, et envoyez-en moins.")
BUSY = ("Le service est occupé", "Rien n’a été enregistré. Réessayez dans quelques secondes.")
# The same page for every missing thing: a forged link learns nothing from the difference.
LINK_WORDS: Words = {
    404: ("Ce lien ne mène à rien", "Il est incomplet, ou ce qu’il montrait n’existe plus."),
    400: ("Cet envoi est illisible", "Reprenez le lien reçu par courriel, et remplissez le formulaire à nouveau."),
    405: ("Cette page ne fait pas cela", "Reprenez le lien reçu par courriel."),
    413: TOO_LARGE,
    410: (
        "Ce lien a expiré",
        "Les liens de nos courriels ne servent qu’un temps. Le prochain courriel en aura d’autres.",
    ),
    422: ("Cet envoi est illisible", "Reprenez le lien reçu par courriel, et remplissez le formulaire à nouveau."),
    429: TOO_MANY,
    503: STARTING,
}
WRONG_ADDRESS = ("Cette adresse n’est pas valable", "Revenez à la page d’où vous venez, et suivez-y un lien.")
NO_PAGE = ("Cette page n’existe pas", "Elle a été retirée, ou son adresse est incomplète.")
DESK_WORDS: Words = {
    400: ("Cet envoi est illisible", "Revenez à la page, et remplissez le formulaire à nouveau."),
    403: ("Cette page n’est pas pour votre compte", "Votre rôle n’y donne pas accès."),
    404: NO_PAGE,
    405: ("Cette page ne fait pas cela", "Revenez au bureau, et recommencez."),
    409: ("Cela ne se peut pas en ce moment", "Quelque chose a changé entre-temps. Revenez à la page, et recommencez."),
    413: TOO_LARGE,
    410: (
        "Ce lien ne sert plus",
        "Il a déjà servi, ou a expiré. Demandez-en un autre par « Mot de passe oublié ? », sur la page de connexion.",
    ),
    422: ("Cet envoi est illisible", "Revenez à la page, et remplissez le formulaire à nouveau."),
    429: TOO_MANY,
    503: STARTING,
}
# A GET sends no form: an unreadable request then has a wrong address.
DESK_WORDS_READING: Words = {**DESK_WORDS, 400: WRONG_ADDRESS, 422: WRONG_ADDRESS}
LINK_WORDS_READING: Words = {**LINK_WORDS, 400: WRONG_ADDRESS, 422: WRONG_ADDRESS}


class LinkRoute(APIRoute):
    """A page behind the link of a mail: its reader has no account, and can go back to the mail."""

    def words(self, method: str) -> Words:
        """Return the words for errors of this route."""
        return LINK_WORDS_READING if method in SAFE_METHODS else LINK_WORDS


class DeskRoute(APIRoute):
    """A signed-in page, or the sign-in page itself."""

    def words(self, method: str) -> Words:
        """Return the words for errors of this route."""
        return DESK_WORDS_READING if method in SAFE_METHODS else DESK_WORDS


def install(app: FastAPI) -> None:
    """Render errors of pages as pages; errors of other routes are rendered as before."""
    for error_class in (PoleSudError, LockedError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(error_class, _by_door(app.exception_handlers[error_class]))


def too_many(scope: Scope, error: TooManyError) -> Response:
    """Return the answer to a request that no route has seen yet, in the words of its door."""
    request = Request(scope)
    if not request.url.path.startswith(API_ADDRESSES) and "text/html" in request.headers.get("accept", ""):
        return _page(DESK_WORDS, error, None, house_contact(settings_of(request)))
    return problem_of(error)


def _by_door(api_handler: Handler) -> Handler:
    async def handle(request: Request, error: Exception) -> Response:
        if isinstance(error, LockedError):
            error = BusyError(BUSY[1])
        route = request.scope.get("route")
        if isinstance(route, (LinkRoute, DeskRoute)):
            door_words = route.words(request.method)
            visitor = await run_in_threadpool(_visitor, request) if isinstance(route, DeskRoute) else None
        elif _is_unknown_to_a_browser(request):
            door_words, visitor = DESK_WORDS_READING, await run_in_threadpool(_visitor, request)
        else:
            api_answer = await run_in_threadpool(api_handler, request, error)
            assert isinstance(api_answer, Response)
            return api_answer
        return _page(door_words, error, visitor, house_contact(settings_of(request)))

    return handle


def _is_unknown_to_a_browser(request: Request) -> bool:
    """Return whether a browser asks for an address without a route."""
    if isinstance(request.scope.get("route"), APIRoute) or request.url.path.startswith(API_ADDRESSES):
        return False
    return "text/html" in request.headers.get("accept", "")


def _page(words: Words, error: Exception, visitor: Visitor | None, house: HouseContact) -> Response:
    status_code = 422 if isinstance(error, RequestValidationError) else 500
    status_code = getattr(error, "status", getattr(error, "status_code", status_code))
    heading, error_text = BUSY if isinstance(error, BusyError) else words.get(status_code, INCIDENT)
    error_view = ErrorView(heading, error_text)
    if visitor:
        error_page = page("desk_error.html", status_code, visitor=visitor, view=error_view, house=house)
    elif words in (LINK_WORDS, LINK_WORDS_READING) and not house:
        # Its reader has a mail of ours to answer.
        error_page = page("error.html", status_code, view=error_view)
    else:
        error_page = page("error.html", status_code, view=error_view, house=house)
    error_page.headers.update(getattr(error, "headers", None) or {})
    return error_page


def _visitor(request: Request) -> Visitor | None:
    """Return the visitor who sees the error, for the menu: read from the session unless the route did."""
    known_visitor: Visitor | None = getattr(request.state, "visitor", None)
    engine: Engine | None = getattr(request.app.state, "engine", None)
    if known_visitor or engine is None:
        return known_visitor
    try:
        with reading(engine) as session:
            return visitor_of(request, session, moment_of(request), settings_of(request))
    except SQLAlchemyError:
        # The database itself may have failed: the page then has no menu.
        return None
