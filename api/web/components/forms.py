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
    template_name: str,
    visitor: Visitor,
    menu_entry: str,
    status_code: int = 200,
    *,
    view: object = None,
    **page_content: Any,
) -> HTMLResponse:
    """Return a signed-in page; `here` is the entry of the menu that it belongs to, `view` what it shows."""
    return page(template_name, status_code, visitor=visitor, here=menu_entry, view=view, **page_content)


def department_choices(department_codes: Iterable[str | None]) -> list[tuple[str, str]]:
    """Return the départements of a list as (code, name), by code."""
    sorted_codes = sorted({code for code in department_codes if code})
    return [
        (
            code,
            f"{DEPARTMENTS[code]} ({code})" if code in DEPARTMENTS else code,
        )
        for code in sorted_codes
    ]


def axis_choices() -> list[tuple[str, str]]:
    """Return the axes as (value, words)."""
    return [(str(axis_number), f"{axis_number}. {axis_name}") for axis_number, axis_name in AXES.items()]


def chosen_axis(axis_value: str) -> int | None:
    """Return the axis that a form sent, None for none of them."""
    return int(axis_value) if axis_value in {str(axis_number) for axis_number in AXES} else None


class Pages:
    """Which part of a list of `count` is shown: `number` begins at 1, and stays within what there is."""

    def __init__(self, row_count: int, wanted_page: int, page_size: int = PER_PAGE) -> None:
        self.count = row_count
        self.last = max(1, -(-row_count // page_size))
        self.number = min(max(wanted_page, 1), self.last)
        self.slice = slice((self.number - 1) * page_size, self.number * page_size)
