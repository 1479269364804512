"""The list of open opportunities, the most urgent first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.brokerage.case_history import in_charge
from api.catalogue.wording import AXES, OPPORTUNITY_KINDS, RESERVATIONS, place
from api.core.clock import PARIS
from api.core.french import plural, when
from api.day.queries import ids_since
from api.matching.browsing import Counts, Wanted, read_board
from api.web.components.forms import Pages, axis_choices, chosen_axis, department_choices, desk_page
from api.web.dependencies import TodayDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.fields import QueryWord
from api.web.house import SnapshotDep
from api.web.visitors import VisitorDep
from models.unit_of_work import UnitOfWork

router = APIRouter(route_class=DeskRoute, include_in_schema=False)


async def _counts(request: Request) -> Counts:
    if not hasattr(request.app.state, "counts"):
        request.app.state.counts = Counts()
    kept_counts: Counts = request.app.state.counts
    return kept_counts


CountsDep = Annotated[Counts, Depends(_counts)]


# What a list may be asked to begin with: outside, moments do not convert.
FIRST_YEAR, LAST_YEAR = 2000, 2200


@dataclass(frozen=True)
class BoardView:
    """A page of the open opportunities, and the latest past ones. since: only what came on that day or later."""

    lines: Sequence[Mapping[str, Any]]
    past: Sequence[Mapping[str, Any]]
    past_count: int
    words: str
    since: date | None
    empty: bool
    pages: Pages
    query: str
    chosen: Mapping[str, str]
    kinds: Mapping[str, str]
    axes: Sequence[tuple[str, str]]
    departments: Sequence[tuple[str, str]]


@router.get("/opportunites")
def board(
    visitor: VisitorDep,
    unit: UnitDep,
    snapshot: SnapshotDep,
    counts: CountsDep,
    today: TodayDep,
    texte: Annotated[str, Query(max_length=100)] = "",
    type: QueryWord = "",
    departement: QueryWord = "",
    axe: QueryWord = "",
    depuis: QueryWord = "",
    page: Annotated[int, Query(ge=-100_000, le=100_000)] = 1,
) -> Response:
    axis = chosen_axis(axe)
    kind = type if type in OPPORTUNITY_KINDS else ""
    wanted_opportunities = Wanted(texte.strip(), kind, departement, axis, _ids_since(unit, depuis))
    wanted_board = read_board(snapshot, visitor.audience, wanted_opportunities, today=today)
    result_pages = Pages(len(wanted_board.current), page)
    board_lines = counts.counted(snapshot, wanted_board.current[result_pages.slice], visitor.audience, today)
    followers_by_opportunity = in_charge(unit.session, [board_line.id for board_line in board_lines])
    chosen_filters = {
        "texte": wanted_opportunities.text,
        "type": wanted_opportunities.kind,
        "departement": wanted_opportunities.department,
        "axe": str(axis or ""),
        "depuis": depuis if wanted_opportunities.among is not None else "",
    }
    whole_board = (
        wanted_board
        if wanted_opportunities == Wanted()
        else read_board(snapshot, visitor.audience, Wanted(), today=today)
    )
    return desk_page(
        "opportunites.html",
        visitor,
        "/opportunites",
        view=BoardView(
            lines=[
                _row(board_line, today, followers_by_opportunity.get(board_line.id, ())) for board_line in board_lines
            ],
            past=[_row(board_line, today) for board_line in wanted_board.past[:20]],
            past_count=len(wanted_board.past),
            words=plural(len(wanted_board.current), "opportunité ouverte", "opportunités ouvertes"),
            since=date.fromisoformat(chosen_filters["depuis"]) if chosen_filters["depuis"] else None,
            empty=not (whole_board.current or whole_board.past),
            pages=result_pages,
            query=urlencode(
                {field_name: field_value for field_name, field_value in chosen_filters.items() if field_value}
            ),
            chosen=chosen_filters,
            kinds=OPPORTUNITY_KINDS,
            axes=axis_choices(),
            departments=department_choices(
                board_line.department for board_line in (*whole_board.current, *whole_board.past)
            ),
        ),
    )


def _ids_since(unit: UnitOfWork, since_text: str) -> frozenset[str] | None:
    """Return the ids of the opportunities that came on a day or later; None where no day is given."""
    try:
        since_day = date.fromisoformat(since_text)
    except ValueError:
        return None
    if not FIRST_YEAR <= since_day.year <= LAST_YEAR:
        return None
    return ids_since(unit.session, datetime.combine(since_day, time(), PARIS))


def _reservations(board_line: Any) -> list[str]:
    """Return « réservé aux EA et ESAT » where all is, « 1 lot sur 4 réservé aux EA et ESAT » where a part is."""
    tags = []
    for reservation, count in sorted(board_line.reserved.items()):
        part = ""
        if count < board_line.lots:
            part = f"{plural(count, 'lot')} sur {board_line.lots} "
        tags.append(f"{part}réservé{'s' if part and count >= 2 else ''} {RESERVATIONS[reservation]}")
    return tags


def _row(board_line: Any, today: Any, followers: Sequence[str] = ()) -> dict[str, Any]:
    return {
        "address": f"/opportunites/{board_line.id}",
        "title": board_line.title,
        "kind": OPPORTUNITY_KINDS[board_line.kind].capitalize(),
        "place": place(board_line.commune, board_line.department),
        "deadline": board_line.deadline,
        "when": when(board_line.deadline, today) if board_line.deadline else "",
        "urgent": bool(board_line.deadline and 0 <= (board_line.deadline - today).days <= 7),
        "reserved": _reservations(board_line),
        "confidential": board_line.confidential,
        "lots": plural(board_line.lots, "lot") if board_line.lots else "",
        "followers": ", ".join(followers),
        "axis": AXES[board_line.axis.number],
        "axis_assumed": board_line.axis.assumed,
        "eligible": None if board_line.eligible is None else plural(board_line.eligible, "acteur"),
    }
