"""Refusal of the character NUL in any text that enters: no word holds one, and PostgreSQL stores none."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute

from api.core.errors import InvalidError, NotFoundError

NULL = "\0"
REASON = "un caractère nul (U+0000) n’a pas sa place dans un texte"


async def refuse_null_characters(request: Request) -> None:
    """Raise InvalidError for a NUL in a field of an address, a form or a JSON body, NotFoundError for one in a path.

    Of every route, before its own work. A route that reads its form by itself looks by itself (`refuse_in`).
    """
    if any(isinstance(value, str) and NULL in value for value in request.path_params.values()):
        raise NotFoundError("Cette adresse ne mène à rien.")
    refuse_in(request.query_params.multi_items())
    route = request.scope.get("route")
    if not isinstance(route, APIRoute) or route.body_field is None:
        return
    # Both were read by FastAPI already, for this route takes them.
    if request.headers.get("content-type", "").startswith(("application/x-www-form-urlencoded", "multipart/")):
        refuse_in((await request.form()).multi_items())
    # Within JSON it can only be written so, in an encoding with zeros between (UTF-16) or without.
    elif b"\\u0000" in (await request.body()).replace(b"\0", b""):
        refuse_in(_texts(await request.json()))


def refuse_in(named_values: Iterable[tuple[str, Any]]) -> None:
    """Raise InvalidError for the first name or text that holds a NUL; the reason does not repeat it."""
    for name, value in named_values:
        if NULL in name or (isinstance(value, str) and NULL in value):
            raise InvalidError([(name.replace(NULL, ""), REASON)])


def _texts(content: Any) -> Iterator[tuple[str, str]]:
    """Yield each text of a JSON value, and each key, after its place."""
    waiting: list[tuple[str, Any]] = [("", content)]
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, Mapping):
            waiting += [(f"{place}.{key}" if place else key, inner) for key, inner in value.items()]
        elif isinstance(value, Sequence) and not isinstance(value, str):
            waiting += [(f"{place}.{number}" if place else str(number), inner) for number, inner in enumerate(value)]
        # A key that holds one is in the place of what it leads to.
        yield place, value if isinstance(value, str) else ""
