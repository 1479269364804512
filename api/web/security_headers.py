"""Headers of every answer, whatever made it: a page, JSON, a file, a redirect, an error that nobody handled."""

from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.core.settings import MailSettings

# What an answer that says no policy of its own may do in a browser: nothing.
NOTHING = "default-src 'none'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
ALWAYS = {
    # What a key or a session opened must not stay in a shared cache.
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "X-Frame-Options": "DENY",
    # Not `no-referrer`: forms would then be sent from the origin « null ».
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}
# Two years, as the lists that browsers ship ask for.
OVER_TLS = {"Strict-Transport-Security": "max-age=63072000; includeSubDomains"}


class SecurityHeaders:
    """The outermost part of the application: outside even of what answers errors that nobody handled."""

    def __init__(self, app: ASGIApp, options: MailSettings) -> None:
        self._app = app
        self._headers = ALWAYS | (OVER_TLS if urlsplit(options.public_url).scheme == "https" else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_begun = False

        async def send_protected(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                answer_headers = MutableHeaders(scope=message)
                answer_headers.update(self._headers)
                answer_headers.setdefault("Content-Security-Policy", NOTHING)
            await send(message)

        try:
            await self._app(scope, receive, send_protected)
        except Exception:
            # The server would answer without our headers.
            if not has_begun:
                plain_text = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
                await send_protected({"type": "http.response.start", "status": 500, "headers": plain_text})
                await send_protected({"type": "http.response.body", "body": b"Erreur interne"})
            raise
