"""Refusal of a network that asks too much, before anything of its request is read."""

from starlette.types import ASGIApp, Receive, Scope, Send

from api.accounts.rate_limits import RateLimits
from api.core.errors import TooManyError
from api.web.error_pages import too_many

# What a supervisor asks, and what each page brings along.
EXEMPT, STATIC = ("/health", "/ready"), "/static/"


class NetworkLimit:
    """Counts each request of a client's address, and answers 429 beyond the limit."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_exempt = scope.get("path") in EXEMPT or scope.get("path", "").startswith(STATIC)
        if scope["type"] == "http" and scope.get("client") and not is_exempt:
            # None in an application that was not started.
            limits: RateLimits | None = getattr(scope["app"].state, "rate_limits", None)
            try:
                if limits:
                    limits.count_network(scope["client"][0])
            except TooManyError as error:
                await too_many(scope, error)(scope, receive, send)
                return
        await self._app(scope, receive, send)
