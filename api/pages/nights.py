"""The report of a night as a page. It is for facilitators: `api.app` asks for their key."""

from datetime import date
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from api.journeys.night import read_night
from api.night_wording import stage_lines, status_in_words, summary_lines
from api.pages.rendering import EngineDep, page
from api.wording import day as in_words

router = APIRouter(include_in_schema=False)


@router.get("/nuits/{day}")
def night_page(day: date, engine: EngineDep) -> HTMLResponse:
    return report_page(read_night(engine, day).as_json())


def report_page(report: dict[str, Any]) -> HTMLResponse:
    """Return a report, as `NightReport.as_json` has it, as a page."""
    return page(
        "night.html",
        night=in_words(report["day"]),
        state=status_in_words(report),
        stages=stage_lines(report),
        summary=summary_lines(report),
        verdict=(report["stages"].get("tune") or {}).get("verdict"),
    )
