"""The reports of the nights as pages, for a signed-in member of the house or a facilitator's key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse

from api.core.errors import ForbiddenError
from api.core.french import day as in_words
from api.night.reports import last_nights, read_night
from api.night.wording import stage_lines, status_in_words, summary_lines
from api.web.checked_router import CheckedRouter
from api.web.components.forms import desk_page
from api.web.components.state_badge import StateBadge
from api.web.dependencies import NowDep, RateLimitsDep, SettingsDep, UnitDep, audience
from api.web.error_pages import DeskRoute
from api.web.rendering import page
from api.web.visitors import Visitor, VisitorDep, signed_in, visitor

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False)
SHOWN = 60


@dataclass(frozen=True)
class NightsView:
    """The last nights, a row each."""

    rows: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class NightView:
    """The report of one night, in words. verdict: what the gate decided on learned weights, None without any."""

    night: str
    state: StateBadge
    stages: Sequence[tuple[str, str, str]]
    summary: Sequence[tuple[str, str]]
    verdict: Mapping[str, Any] | None


def _reader(
    request: Request, unit: UnitDep, now: NowDep, options: SettingsDep, limits: RateLimitsDep
) -> Visitor | None:
    """Return the signed-in visitor; None for a facilitator's key, which programs send in a header."""
    key_secret = request.headers.get("X-API-Key")
    if key_secret is None:
        return visitor(signed_in(request, unit, now, options, limits))
    if not audience(unit, now, limits, key_secret).confidential:
        raise ForbiddenError("Cette clé ne permet pas cela : il faut celle d’un·e animateur·rice.")
    return None


def _badge(report: Mapping[str, Any]) -> StateBadge:
    if not report["finished_at"]:
        return StateBadge(status_in_words(report), "waiting")
    return StateBadge(status_in_words(report), "won" if report["complete"] else "lost")


@router.get("/nuits")
def nights(visitor: VisitorDep, unit: UnitDep) -> HTMLResponse:
    night_reports = [night_report.as_json() for night_report in last_nights(unit.session, SHOWN)]
    night_rows = [
        {
            "address": f"/nuits/{night_report['day']}",
            "day": in_words(night_report["day"]),
            "state": _badge(night_report),
            "summary": summary_lines(night_report),
        }
        for night_report in night_reports
    ]
    return desk_page("nuits.html", visitor, "/nuits", view=NightsView(night_rows))


@router.get("/nuits/{day}")
def night_page(day: date, unit: UnitDep, reader: Annotated[Visitor | None, Depends(_reader)]) -> HTMLResponse:
    return report_page(read_night(unit.session, day).as_json(), reader)


def report_page(report: dict[str, Any], visitor: Visitor | None = None) -> HTMLResponse:
    """Return a report (`NightReport.as_json`) as a page: of the desk for a visitor, else without a menu."""
    night_view = NightView(
        night=in_words(report["day"]),
        state=_badge(report),
        stages=stage_lines(report),
        summary=summary_lines(report),
        verdict=(report["stages"].get("tune") or {}).get("verdict"),
    )
    if visitor:
        return desk_page("nuit.html", visitor, "/nuits", view=night_view)
    return page("night.html", view=night_view)
