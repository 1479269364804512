"""What the desk's pages are given, and how they leave."""

from collections.abc import Iterable
from typing import Any

from fastapi.responses import HTMLResponse

from api.catalogue.wording import AXES
from api.core.french import DEPARTMENTS
from api.web.rendering import page
from api.web.visitors import Visitor

PER_PAGE = 25


def desk_page(
    template: str, visitor: Visitor, here: str, status: int = 200, *, view: object = None, **content: Any
) -> HTMLResponse:
    """Return a signed-in page; `here` is the entry of the menu that it belongs to, `view` what it shows."""
    return page(template, status, visitor=visitor, here=here, view=view, **content)


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
