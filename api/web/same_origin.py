"""Refusal of forms that another site posts."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.core.settings import Settings
from api.web.cookie import Cookie
from api.web.rendering import ErrorView, page

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


# The API takes keys, no cookies; mail programs post the unsubscription themselves (RFC 8058).
EXEMPT = ("/api/", "/desinscription/")


class OwnPagesOnly:
    """Refuses a request that changes something unless it comes from a page of this service.

    Browsers say where it comes from (Sec-Fetch-Site, or else Origin). What says neither is no browser of today: it is
    let through only as long as it brings no session.
    """

    def __init__(self, app: ASGIApp, options: Settings) -> None:
        self._app = app
        self._cookie = Cookie.of(options)
        public_url = urlsplit(options.public_url)
        self._scheme, self._own = public_url.scheme, f"{public_url.scheme}://{public_url.netloc}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_harmless = scope["type"] != "http" or scope["method"] in SAFE or scope["path"].startswith(EXEMPT)
        if is_harmless or self._is_own(scope):
            await self._app(scope, receive, send)
        else:
            refusal_page = page(
                "error.html",
                403,
                view=ErrorView(
                    "Cet envoi ne vient pas de nos pages",
                    "Il n’a rien changé. Ouvrez la page vous-même, et recommencez.",
                ),
            )
            await refusal_page(scope, receive, send)

    def _is_own(self, scope: Scope) -> bool:
        request_headers = Headers(scope=scope)
        if (fetch_site := request_headers.get("sec-fetch-site")) is not None:
            return fetch_site in ("same-origin", "none")
        if (sent_origin := request_headers.get("origin")) is not None:
            return sent_origin in (self._own, f"{self._scheme}://{request_headers.get('host', '')}")
        return f"{self._cookie.name}=" not in request_headers.get("cookie", "")
