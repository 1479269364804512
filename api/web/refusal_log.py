"""A line for each request that was refused for what it is: no key or session, no right, a foreign form, too much,
another host, too many tries.

It holds the route, never the address as it was sent: that may be a token, or words of whoever sent it.
"""

import logging
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.web.error_pages import LinkRoute

logger = logging.getLogger(__name__)

REFUSALS = frozenset(
    {
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.MISDIRECTED_REQUEST,
        HTTPStatus.TOO_MANY_REQUESTS,
    }
)


class RefusalLog:
    """Logs refused requests: method, route, status, and the account or key, where it is known."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def look(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_refused(scope, message["status"]):
                route_path = getattr(scope.get("route"), "path", "an address without a route")
                logger.warning("refused: %s %s, %d, %s", _method(scope), route_path, message["status"], _asker(scope))
            await send(message)

        await self._app(scope, receive, look if scope["type"] == "http" else send)


def _is_refused(scope: Scope, status_code: int) -> bool:
    # A link that is none of ours leads nowhere: it was cut, or forged.
    is_forged = status_code == HTTPStatus.NOT_FOUND and isinstance(scope.get("route"), LinkRoute)
    return status_code in REFUSALS or is_forged


def _method(scope: Scope) -> str:
    method = str(scope["method"])
    return method if method.isascii() and method.isalpha() and len(method) <= 10 else "unknown method"


def _asker(scope: Scope) -> str:
    asker = scope.get("state", {}).get("visitor") or scope.get("state", {}).get("audience")
    return asker.by if asker else "nobody known"
