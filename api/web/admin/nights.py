"""The reports of the nights as pages, for who is signed in or brings a facilitator's key."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from api.accounts.api_keys import FACILITATOR, authenticate
from api.core.errors import ForbiddenError
from api.core.french import day as in_words
from api.night.run import last_nights, read_night
from api.night.wording import stage_lines, status_in_words, summary_lines
from api.web.dependencies import UnitDep
from api.web.error_pages import DeskRoute
from api.web.rendering import page
from api.web.visitors import Visitor, VisitorDep, signed_in, visitor

router = APIRouter(route_class=DeskRoute, include_in_schema=False)
SHOWN = 60


def _reader(request: Request, unit: UnitDep) -> Visitor | None:
    """Return who is signed in; None for a facilitator's key, which programs bring in a header."""
    secret = request.headers.get("X-API-Key")
    if secret is None:
        return visitor(signed_in(request, unit))
    if authenticate(unit.session, secret).role != FACILITATOR:
        raise ForbiddenError("Cette clé ne permet pas cela : il faut celle d’un·e animateur·rice.")
    return None


@router.get("/nuits")
def nights(visitor: VisitorDep, unit: UnitDep) -> HTMLResponse:
    reports = [one.as_json() for one in last_nights(unit.session, SHOWN)]
    rows = [
        {
            "address": f"/nuits/{one['day']}",
            "day": in_words(one["day"]),
            "state": status_in_words(one),
            "summary": summary_lines(one),
        }
        for one in reports
    ]
    return page("nuits.html", visitor=visitor, here="/nuits", rows=rows)


@router.get("/nuits/{day}")
def night_page(day: date, unit: UnitDep, reader: Annotated[Visitor | None, Depends(_reader)]) -> HTMLResponse:
    return report_page(read_night(unit.session, day).as_json(), reader)


def report_page(report: dict[str, Any], visitor: Visitor | None = None) -> HTMLResponse:
    """Return a report, as `NightReport.as_json` has it, as a page: of the desk, or of itself where nobody visits."""
    return page(
        "nuit.html" if visitor else "night.html",
        visitor=visitor,
        here="/nuits",
        night=in_words(report["day"]),
        state=status_in_words(report),
        stages=stage_lines(report),
        summary=summary_lines(report),
        verdict=(report["stages"].get("tune") or {}).get("verdict"),
    )
