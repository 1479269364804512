"""Refusal of requests that name another host than this service's."""

from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from api.core.hosts import is_loopback
from api.core.settings import MailSettings
from api.web.problems import MEDIA_TYPE, Problem

# What a supervisor on this machine asks; they tell nothing.
FOR_ANY_HOST = ("/health", "/ready")


class KnownHosts:
    """Answers requests for the host of the public address alone, whatever the port.

    A service whose public address is this machine's (a demonstration) is asked under any name.
    """

    def __init__(self, app: ASGIApp, options: MailSettings) -> None:
        self._app = app
        host = urlsplit(options.public_url).hostname or ""
        self._host = None if is_loopback(host) else host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._host is None or scope["path"] in FOR_ANY_HOST or self._is_own(scope):
            await self._app(scope, receive, send)
            return
        refusal = Problem(title="Requête mal adressée", status=HTTPStatus.MISDIRECTED_REQUEST)
        answer = JSONResponse(refusal.model_dump(), status_code=refusal.status, media_type=MEDIA_TYPE)
        await answer(scope, receive, send)

    def _is_own(self, scope: Scope) -> bool:
        names = Headers(scope=scope).getlist("host")
        try:
            # What is no host has none: « user@host », « host, host ».
            return len(names) == 1 and "@" not in names[0] and urlsplit(f"//{names[0]}").hostname == self._host
        except ValueError:
            return False
