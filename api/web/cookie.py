"""The cookies: that of the session, and that by which an account knows a browser again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from fastapi import Request
from starlette.responses import Response

from api.accounts import devices
from api.accounts.account_keys import AccountKeys
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
        # Not « cookies »: the browser stays known (`DeviceCookie`).
        response.headers["Clear-Site-Data"] = '"cache", "storage"'


@dataclass(frozen=True)
class DeviceCookie:
    """The cookie that tells a browser which signed in before; it opens nothing (`api.accounts.devices`)."""

    keys: Sequence[bytes]
    secure: bool
    days: int

    @classmethod
    def of(cls, options: Settings, keys: AccountKeys) -> "DeviceCookie":
        return cls(keys.devices, Cookie.of(options).secure, options.device_days)

    def read(self, request: Request, email: str, now: datetime) -> str | None:
        """Return the random name of the browser, None for one that the account of an e-mail does not know."""
        return devices.known_device(
            self.keys,
            email.strip().lower(),
            {name.removeprefix(self.prefix): value for name, value in request.cookies.items()},
            today=now.date(),
            device_days=self.days,
        )

    @property
    def prefix(self) -> str:
        """Have browsers hold the cookie to this very host, where they can."""
        return "__Host-" if self.secure else ""

    def put(self, response: Response, email: str, now: datetime) -> None:
        response.set_cookie(
            self.prefix + devices.cookie_name(self.keys, email),
            devices.new_cookie(self.keys, email, today=now.date()),
            max_age=self.days * 86_400,
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="lax",
        )
