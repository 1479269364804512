"""The session cookie."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import Request
from starlette.responses import Response

from api.core.settings import Settings


@dataclass(frozen=True)
class Cookie:
    """The session's cookie, as this service may set it."""

    name: str
    secure: bool

    @classmethod
    def of(cls, options: Settings) -> "Cookie":
        # The prefix has browsers hold a cookie to this very host over TLS. Without TLS (a demonstration on this
        # machine) they would take neither it nor `Secure`.
        is_https = urlsplit(options.public_url).scheme == "https"
        return cls("__Host-session" if is_https else "session", is_https)

    def read(self, request: Request) -> str | None:
        return request.cookies.get(self.name)

    def put(self, response: Response, token: str) -> None:
        response.set_cookie(self.name, token, path="/", secure=self.secure, httponly=True, samesite="lax")

    def clear(self, response: Response) -> None:
        """Have the browser forget the session, and the pages that it may still hold."""
        response.delete_cookie(self.name, path="/", secure=self.secure, httponly=True, samesite="lax")
        response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
