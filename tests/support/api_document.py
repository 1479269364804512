"""The application without a database, and what it says of its API: made once for all test modules that are read."""

from copy import deepcopy
from functools import cache
from typing import Any

from fastapi import FastAPI

from api.app import create_app
from api.core.settings import Settings


@cache
def bare_app() -> FastAPI:
    """Return an application that nobody asks anything: for its routes."""
    return create_app(Settings(database_url="sqlite://"))


def api_document() -> dict[str, Any]:
    """Return the document that clients generate code from; the caller's own."""
    return deepcopy(_document())


@cache
def _document() -> dict[str, Any]:
    return bare_app().openapi()
