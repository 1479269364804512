"""Signed-in pages, and the choices of their forms."""

from collections.abc import Iterable
from itertools import pairwise

from fastapi.responses import HTMLResponse

from api.catalogue.wording import AXES
from api.core.french import DEPARTMENTS, NBSP
from api.web.rendering import page
from api.web.visitors import Visitor

PER_PAGE = 25


def desk_page(
    template_name: str, visitor: Visitor, menu_entry: str, status_code: int = 200, *, view: object = None
) -> HTMLResponse:
    """Return a signed-in page. menu_entry: the address of the entry of the menu that it belongs to."""
    return page(template_name, status_code, view=view, visitor=visitor, here=menu_entry)


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
    """Return the axis that a form sent; None for no known axis."""
    return int(axis_value) if axis_value in {str(axis_number) for axis_number in AXES} else None


def stored_meanwhile(text: str) -> str:
    """Return what is said beside a field in which somebody else has stored another text since it was shown."""
    return f"Enregistré entre-temps par quelqu’un d’autre{NBSP}: {text or 'rien'}"


class Pages:
    """The shown part of a list of `count` rows; `number`, the page, starts at 1 and stays in range."""

    def __init__(self, row_count: int, wanted_page: int, page_size: int = PER_PAGE) -> None:
        self.count = row_count
        self.last = max(1, -(-row_count // page_size))
        self.number = min(max(wanted_page, 1), self.last)
        # The first, the last and those around; None stands for some that are left out.
        near = sorted({1, self.last, *range(max(1, self.number - 2), min(self.last, self.number + 2) + 1)})
        gaps = pairwise(near)
        self.jumps: list[int | None] = [1, *(step for before, after in gaps for step in _step(before, after))]
        self.slice = slice((self.number - 1) * page_size, self.number * page_size)


def _step(before: int, after: int) -> list[int | None]:
    """Return the next page to jump to, with a gap before it where pages lie between."""
    return [after] if after == before + 1 else [None, after]
