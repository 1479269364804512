"""The full desk, for the house's pages and the API; a partner's pages may not import this."""

from typing import Annotated

from fastapi import Depends, Request

from api.core.errors import NotReadyError
from api.matching.snapshot import Desk


def desk(request: Request) -> Desk:
    found: Desk | None = getattr(request.app.state, "desk", None)
    if found is None:
        raise NotReadyError("Le service démarre : réessayez dans quelques secondes.")
    return found


DeskDep = Annotated[Desk, Depends(desk)]
