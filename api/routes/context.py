"""What a route is given: the desk, and who asks."""

from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader
from sqlalchemy import Engine

from api.auth import FACILITATOR, authenticate
from api.errors import ForbiddenError, NotReadyError
from api.journeys.desk import Desk
from api.journeys.suggest import Audience

KEY_HEADER = APIKeyHeader(name="X-API-Key", auto_error=False, description="Clé remise par Pôle Sud.")


def desk(request: Request) -> Desk:
    found: Desk | None = getattr(request.app.state, "desk", None)
    if found is None:
        raise NotReadyError("Le service démarre : réessayez dans quelques secondes.")
    return found


def engine(request: Request) -> Engine:
    opened: Engine = request.app.state.engine
    return opened


def audience(request: Request, secret: Annotated[str | None, Security(KEY_HEADER)]) -> Audience:
    key = authenticate(engine(request), secret)
    return Audience(confidential=key.role == FACILITATOR, api_key_id=key.id)


def facilitator(asker: Annotated[Audience, Depends(audience)]) -> Audience:
    if not asker.confidential:
        raise ForbiddenError("Cette clé ne permet pas cela : il faut celle d’un·e animateur·rice.")
    return asker


EngineDep = Annotated[Engine, Depends(engine)]
DeskDep = Annotated[Desk, Depends(desk)]
AudienceDep = Annotated[Audience, Depends(audience)]
FacilitatorDep = Annotated[Audience, Depends(facilitator)]
