"""A limit on what a request may send, before anybody knows who sends it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict

from fastapi import Request
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.core.digits import is_digits


class FormLimits(TypedDict, total=False):
    """How much of a form FastAPI reads by itself."""

    max_fields: int
    max_files: int
    max_part_size: int


# Of a form: files are named by the routes that take one.
FORM_LIMITS: FormLimits = {"max_fields": 100, "max_files": 1}
# More than any disk holds.
MOST_DECLARED = 10**15
_SCOPE_KEY = "polesud.body"


class BodyTooLargeError(HTTPException):
    """A body over the limit of its route; FastAPI lets an HTTPException pass that is raised while it reads a body."""

    def __init__(self, most_bytes: int) -> None:
        super().__init__(413, detail=f"au plus {most_bytes // 1000} ko")


@dataclass
class _Allowance:
    most_bytes: int


class BodyLimit:
    """Refuses a body as soon as its declared length, or what came of it, is over the limit; no more of it is read.

    Every route has the same small limit. One that takes files raises it by `allow_body`, once it knows who is there.
    """

    def __init__(self, app: ASGIApp, most_bytes: int) -> None:
        self._app, self._most_bytes = app, most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        allowance = scope[_SCOPE_KEY] = _Allowance(self._most_bytes)
        declared = declared_length(Headers(scope=scope)) or 0
        received = 0

        async def receive_some() -> Message:
            nonlocal received
            if declared > allowance.most_bytes:
                raise BodyTooLargeError(allowance.most_bytes)
            message = await receive()
            received += len(message.get("body", b""))
            if received > allowance.most_bytes:
                raise BodyTooLargeError(allowance.most_bytes)
            return message

        await self._app(scope, receive_some, send)


def declared_length(headers: Mapping[str, str]) -> int | None:
    """Return how many bytes a request says that it sends, MOST_DECLARED at most; None where it says no number."""
    digits = headers.get("content-length", "").lstrip("0") or headers.get("content-length", "")
    if not is_digits(digits):
        return None
    # Python makes no number of thousands of digits.
    return int(digits) if len(digits) < len(str(MOST_DECLARED)) else MOST_DECLARED


def allow_body(request: Request, most_bytes: int) -> None:
    """Let a request send so much; the caller has checked who sends it, and has read nothing yet."""
    request.scope[_SCOPE_KEY].most_bytes = most_bytes
