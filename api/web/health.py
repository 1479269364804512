"""Liveness and readiness: the only routes without a key; they disclose nothing of the content."""

from typing import Literal

from fastapi import Request, Response
from pydantic import BaseModel

from api.web.checked_router import CheckedRouter

router = CheckedRouter(tags=["état"])


class Health(BaseModel):
    status: Literal["ok", "starting"]


@router.get("/health", summary="Le processus répond")
async def health() -> Health:
    # In no thread: it answers while all of them are busy.
    return Health(status="ok")


@router.get("/ready", summary="L’encodeur et le bureau sont chargés", responses={503: {"model": Health}})
async def ready(request: Request, response: Response) -> Health:
    if getattr(request.app.state, "desk", None):
        return Health(status="ok")
    response.status_code = 503
    return Health(status="starting")
