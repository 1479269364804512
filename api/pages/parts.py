"""What the desk's pages are given, and how they leave."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse

from api.broker_wording import AXES
from api.errors import NotReadyError
from api.journeys.board import Counts
from api.journeys.desk import Desk
from api.journeys.staging import Staging
from api.journeys.suggest import today_in_france
from api.pages.rendering import page
from api.pages.visitors import Visitor
from api.settings import Settings
from api.wording import DEPARTMENTS

PER_PAGE = 25


async def _desk(request: Request) -> Desk:
    found: Desk | None = getattr(request.app.state, "desk", None)
    if found is None:
        raise NotReadyError("Le service démarre : réessayez dans quelques secondes.")
    return found


async def _counts(request: Request) -> Counts:
    if not hasattr(request.app.state, "counts"):
        request.app.state.counts = Counts()
    counts: Counts = request.app.state.counts
    return counts


async def _staging(request: Request) -> Staging:
    options: Settings = request.app.state.settings
    return Staging(Path(options.imports), options.import_megabytes * 1_000_000)


async def _today() -> date:
    return today_in_france()


# `async` only because a plain function would be given a thread each time.
DeskDep = Annotated[Desk, Depends(_desk)]
CountsDep = Annotated[Counts, Depends(_counts)]
StagingDep = Annotated[Staging, Depends(_staging)]
TodayDep = Annotated[date, Depends(_today)]


def desk_page(template: str, visitor: Visitor, here: str, status: int = 200, **content: Any) -> HTMLResponse:
    """Return a signed-in page; `here` is the entry of the menu that it belongs to."""
    return page(template, status, visitor=visitor, here=here, **content)


def department_choices(known: Iterable[str | None]) -> list[tuple[str, str]]:
    """Return the départements of a list as (code, name), by code."""
    codes = sorted({one for one in known if one})
    return [(code, f"{DEPARTMENTS[code]} ({code})" if code in DEPARTMENTS else code) for code in codes]


def axis_choices() -> list[tuple[str, str]]:
    """Return the axes as (value, words)."""
    return [(str(number), f"{number}. {words}") for number, words in AXES.items()]


def chosen_axis(value: str) -> int | None:
    """Return the axis that a form sent, None for none of them."""
    return int(value) if value in {str(number) for number in AXES} else None


class Pages:
    """Which part of a list of `count` is shown: `number` begins at 1, and stays within what there is."""

    def __init__(self, count: int, wanted: int, size: int = PER_PAGE) -> None:
        self.count = count
        self.last = max(1, -(-count // size))
        self.number = min(max(wanted, 1), self.last)
        self.slice = slice((self.number - 1) * size, self.number * size)
