"""The router of every page and route of this application."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Depends
from fastapi.params import Depends as Dependency

from api.web.null_characters import refuse_null_characters


class CheckedRouter(APIRouter):
    """A router whose routes refuse the character NUL before their own work.

    It says so itself, so that its routes are served as they stand: of routers that are included in another one FastAPI
    makes each route a second time, at the first request.
    """

    def __init__(self, *, dependencies: Sequence[Dependency] = (), **options: Any) -> None:
        """dependencies, options: as of `APIRouter`."""
        super().__init__(dependencies=[Depends(refuse_null_characters), *dependencies], **options)
