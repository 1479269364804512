"""Errors as pages. Each door has words of its own, which its routes carry; routes of the API carry none."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.core.errors import PoleSudError
from api.web.problems import API_ADDRESSES
from api.web.rendering import page
from api.web.visitors import Visitor, visitor_of
from models.base import utc_now
from models.database import reading

# Status → heading, text.
Words = Mapping[int, tuple[str, str]]
Handler = Callable[[Request, Exception], Response | Awaitable[Response]]

INCIDENT = ("Une erreur est survenue", "L’incident a été noté. Réessayez dans quelques minutes.")
STARTING = ("Le service démarre", "Réessayez dans quelques secondes.")
# One page for whatever is not there: a forged link learns nothing from the difference.
LINK_WORDS: Words = {
    404: ("Ce lien ne mène à rien", "Il est incomplet, ou ce qu’il montrait n’existe plus."),
    400: ("Cet envoi est illisible", "Reprenez le lien reçu par courriel, et remplissez le formulaire à nouveau."),
    405: ("Cette page ne fait pas cela", "Reprenez le lien reçu par courriel."),
    410: (
        "Ce lien a expiré",
        "Les liens de nos courriels ne servent qu’un temps. Le prochain courriel en aura d’autres.",
    ),
    422: ("Cet envoi est illisible", "Reprenez le lien reçu par courriel, et remplissez le formulaire à nouveau."),
    503: STARTING,
}
NO_PAGE = ("Cette page n’existe pas", "Elle a été retirée, ou son adresse est incomplète.")
DESK_WORDS: Words = {
    400: ("Cet envoi est illisible", "Revenez à la page, et remplissez le formulaire à nouveau."),
    403: ("Cette page n’est pas pour votre compte", "Votre rôle n’y donne pas accès."),
    404: NO_PAGE,
    405: ("Cette page ne fait pas cela", "Revenez au bureau, et recommencez."),
    409: ("Cela ne se peut pas en ce moment", "Quelque chose a changé entre-temps. Revenez à la page, et recommencez."),
    410: ("Ce lien ne sert plus", "Il a déjà servi, ou a expiré. Demandez-en un autre à qui administre l’outil."),
    422: ("Cet envoi est illisible", "Revenez à la page, et remplissez le formulaire à nouveau."),
    503: STARTING,
}
# A page that is only asked for sends no form: what cannot be read is its address.
DESK_WORDS_READING: Words = {**DESK_WORDS, 422: NO_PAGE}


class LinkRoute(APIRoute):
    """A page behind the link of a mail: its reader has that mail to go back to, and no account."""

    def words(self, _method: str) -> Words:
        """Return what is said of errors of this route."""
        return LINK_WORDS


class DeskRoute(APIRoute):
    """A page of those who sign in, or the door before it."""

    def words(self, method: str) -> Words:
        """Return what is said of errors of this route."""
        return DESK_WORDS_READING if method in ("GET", "HEAD") else DESK_WORDS


def install(app: FastAPI) -> None:
    """Have errors of pages leave as pages; all others leave as before."""
    for kind in (PoleSudError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, _by_door(app.exception_handlers[kind]))


def _by_door(otherwise: Handler) -> Handler:
    async def handle(request: Request, error: Exception) -> Response:
        route = request.scope.get("route")
        if isinstance(route, (LinkRoute, DeskRoute)):
            words = route.words(request.method)
            visitor = await run_in_threadpool(_visitor, request) if isinstance(route, DeskRoute) else None
        elif _is_unknown_to_a_browser(request):
            words, visitor = DESK_WORDS_READING, await run_in_threadpool(_visitor, request)
        else:
            answer = await run_in_threadpool(otherwise, request, error)
            assert isinstance(answer, Response)
            return answer
        return _page(words, error, visitor)

    return handle


def _is_unknown_to_a_browser(request: Request) -> bool:
    """Return whether somebody looks for a page where there is no route at all."""
    if isinstance(request.scope.get("route"), APIRoute) or request.url.path.startswith(API_ADDRESSES):
        return False
    return "text/html" in request.headers.get("accept", "")


def _page(words: Words, error: Exception, visitor: Visitor | None) -> Response:
    status = 422 if isinstance(error, RequestValidationError) else 500
    status = getattr(error, "status", getattr(error, "status_code", status))
    heading, text = words.get(status, INCIDENT)
    content: dict[str, Any] = {"heading": heading, "text": text}
    if visitor:
        answer = page("desk_error.html", status, visitor=visitor, **content)
    else:
        answer = page("error.html", status, **content)
    answer.headers.update(getattr(error, "headers", None) or {})
    return answer


def _visitor(request: Request) -> Visitor | None:
    """Return who sees the error, for the menu: known already, unless no route asked who it is."""
    known: Visitor | None = getattr(request.state, "visitor", None)
    engine: Engine | None = getattr(request.app.state, "engine", None)
    if known or engine is None:
        return known
    try:
        with reading(engine) as session:
            return visitor_of(request, session, utc_now())
    except SQLAlchemyError:
        # The database may be what failed: the page then goes without a menu.
        return None
