"""The desk: what is open, the most urgent first; and a search box that takes a pasted tender."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.responses import Response

from api.brokerage.case_history import in_charge
from api.catalogue.wording import OPPORTUNITY_KINDS, RESERVATIONS, place
from api.core.french import plural, when
from api.matching.browsing import Counts, Wanted, read_board
from api.matching.suggest import actors_for_text
from api.web.components.bars import told
from api.web.components.forms import Pages, axis_choices, chosen_axis, department_choices, desk_page
from api.web.components.maps import ranked_map
from api.web.dependencies import TodayDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.house import EncoderDep, ImpressionsDep, SnapshotDep
from api.web.rendering import see
from api.web.visitors import SignedInDep, VisitorDep
from matcher.types import OpportunityKind

router = APIRouter(route_class=DeskRoute, include_in_schema=False)

SHORTEST, LONGEST = 3, 20_000

LENGTH = 10


async def _counts(request: Request) -> Counts:
    if not hasattr(request.app.state, "counts"):
        request.app.state.counts = Counts()
    counts: Counts = request.app.state.counts
    return counts


CountsDep = Annotated[Counts, Depends(_counts)]


@dataclass(frozen=True)
class BoardView:
    """What is open, a page of it, and what is past."""

    lines: Sequence[Mapping[str, Any]]
    past: Sequence[Mapping[str, Any]]
    past_count: int
    words: str
    empty: bool
    pages: Pages
    query: str
    chosen: Mapping[str, str]
    kinds: Mapping[str, str]
    axes: Sequence[tuple[str, str]]
    departments: Sequence[tuple[str, str]]


@router.get("/")
def bureau(
    visitor: SignedInDep,
    unit: UnitDep,
    snapshot: SnapshotDep,
    counts: CountsDep,
    today: TodayDep,
    texte: Annotated[str, Query(max_length=100)] = "",
    type: str = "",
    departement: str = "",
    axe: str = "",
    page: int = 1,
) -> Response:
    if visitor.is_partner:
        return see("/espace")
    axis = chosen_axis(axe)
    wanted = Wanted(texte.strip(), type if type in OPPORTUNITY_KINDS else "", departement, axis)
    board = read_board(snapshot, visitor.audience, wanted, today=today)
    pages = Pages(len(board.current), page)
    lines = counts.counted(snapshot, board.current[pages.slice], visitor.audience, today)
    followers = in_charge(unit.session, [line.id for line in lines])
    chosen = {"texte": wanted.text, "type": wanted.kind, "departement": wanted.department, "axe": str(axis or "")}
    everything = board if wanted == Wanted() else read_board(snapshot, visitor.audience, Wanted(), today=today)
    return desk_page(
        "bureau.html",
        visitor,
        "/",
        view=BoardView(
            lines=[_row(line, today, followers.get(line.id, ())) for line in lines],
            past=[_row(line, today) for line in board.past[:20]],
            past_count=len(board.past),
            words=plural(len(board.current), "opportunité ouverte", "opportunités ouvertes"),
            empty=not (everything.current or everything.past),
            pages=pages,
            query=urlencode({name: value for name, value in chosen.items() if value}),
            chosen=chosen,
            kinds=OPPORTUNITY_KINDS,
            axes=axis_choices(),
            departments=department_choices(line.department for line in (*everything.current, *everything.past)),
        ),
    )


def _row(line: Any, today: Any, followers: Sequence[str] = ()) -> dict[str, Any]:
    return {
        "address": f"/opportunites/{line.id}",
        "title": line.title,
        "kind": OPPORTUNITY_KINDS[line.kind].capitalize(),
        "place": place(line.commune, line.department),
        "deadline": line.deadline,
        "when": when(line.deadline, today) if line.deadline else "",
        "urgent": bool(line.deadline and 0 <= (line.deadline - today).days <= 7),
        "reserved": ", ".join(RESERVATIONS[one] for one in line.reserved),
        "confidential": line.confidential,
        "lots": plural(line.lots, "lot") if line.lots else "",
        "followers": ", ".join(followers),
        "axis": line.axis.number,
        "axis_assumed": line.axis.assumed,
        "eligible": None if line.eligible is None else plural(line.eligible, "acteur"),
    }


@router.get("/recherche")
def search_form(visitor: VisitorDep) -> Response:
    return desk_page("recherche.html", visitor, "/", text="", problem="", found=None, map=None, longest=LONGEST)


@router.post("/recherche")
def search(
    visitor: VisitorDep,
    unit: UnitDep,
    snapshot: SnapshotDep,
    encoder: EncoderDep,
    impressions: ImpressionsDep,
    today: TodayDep,
    texte: Annotated[str, Form()] = "",
) -> Response:
    """Rank actors for a pasted text. The answer is this page itself: the text must stand in no address."""
    text = texte.replace("\0", "").strip()
    problem = ""
    if len(text) < SHORTEST:
        problem = "Collez ou écrivez le besoin : quelques mots suffisent."
    elif len(text) > LONGEST:
        problem = "Ce texte est trop long : 20 000 caractères au plus. Gardez l’objet et les lots."
    if problem:
        return desk_page(
            "recherche.html", visitor, "/", 422, text=texte, problem=problem, found=None, map=None, longest=LONGEST
        )
    answer = actors_for_text(unit.session, snapshot, encoder, text, visitor.audience, k=LENGTH, today=today)
    impressions.note(snapshot, [answer], visitor.audience, day=today)
    weights = snapshot.matcher.weights[OpportunityKind.MARKET].values
    return desk_page(
        "recherche.html",
        visitor,
        "/",
        text=texte,
        problem="",
        longest=LONGEST,
        found=[told(entry, weights) for entry in answer.entries],
        place=answer.place,
        considered=plural(answer.n_candidates, "acteur examiné", "acteurs examinés"),
        map=ranked_map(snapshot, answer.entries),
    )
