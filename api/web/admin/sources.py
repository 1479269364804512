"""The public sources: how fresh each is, what it could not say, and what may be one thing, for a person to decide."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from api.core.clock import PARIS
from api.core.french import NBSP, day, number, plural
from api.open_data.duplicates import DIFFERENT, PROPOSED, SAME, Proposed, Side, decide, duplicates
from api.open_data.freshness import SourceState, refusals, source_states
from api.open_data.wording import counts_in_words, missing_in_words, source_in_words
from api.web.components.forms import desk_page
from api.web.dependencies import EngineDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.rendering import see
from api.web.visitors import VisitorDep
from models.base import utc_now

router = APIRouter(route_class=DeskRoute, include_in_schema=False, prefix="/sources")

SHOWN = 50
NAMES = {"siret": "SIRET", "commune": "Commune", "department": "Département", "source": "Source"} | {
    "buyer": "Acheteur",
    "deadline": "Date limite",
}
ADDRESSES = {"actors": "/acteurs/", "opportunities": "/opportunites/"}


@router.get("")
def sources(visitor: VisitorDep, unit: UnitDep, request: Request) -> Response:
    session = unit.session
    states = source_states(session, request.app.state.settings, utc_now())
    proposed, count = duplicates(session, PROPOSED, SHOWN)
    decided, _ = duplicates(session, SAME, SHOWN)
    return desk_page(
        "sources.html",
        visitor,
        "/sources",
        rows=[_row(one) for one in states],
        refused=[
            {"source": source_in_words(state.name), "row": row}
            for state in states
            if state.refused
            for row in refusals(session, state.name, SHOWN)
        ],
        refused_count=plural(sum(state.refused for state in states), "enregistrement"),
        proposed=[_pair(one) for one in proposed],
        count=plural(count, "paire"),
        more=max(0, count - len(proposed)),
        decided=[_pair(one) for one in decided],
    )


@router.post("/doublons/{proposal_id}")
def decide_duplicate(
    proposal_id: str,
    visitor: VisitorDep,
    engine: EngineDep,
    decision: Annotated[str, Form(max_length=60)] = "",
) -> Response:
    """`garder:<id>`, `differents` or `revoir`, as the buttons of the page say."""
    kept = decision.removeprefix("garder:") if decision.startswith("garder:") else ""
    said = SAME if kept else {"differents": DIFFERENT, "revoir": PROPOSED}.get(decision, "")
    decide(engine, proposal_id, said, keep=kept, by=visitor.by, now=utc_now())
    return see("/sources#doublons")


def _row(state: SourceState) -> dict[str, Any]:
    when = state.complete_at.astimezone(PARIS) if state.complete_at else None
    return {
        "name": source_in_words(state.name),
        "when": f"{day(when.date().isoformat())}, {when:%H:%M}" if when else "jamais",
        "late": state.late,
        "nightly": state.nightly,
        "error": state.error,
        "done": counts_in_words(state.counts) if state.counts else "",
        "missing": missing_in_words(state.missing),
        "warnings": state.warnings,
    }


def _pair(one: Proposed) -> dict[str, Any]:
    proposal, kind = one.proposal, one.proposal.kind
    return {
        "id": proposal.id,
        "what": "acteurs" if kind == "actors" else "opportunités",
        "similarity": f"{number(100 * proposal.similarity)}{NBSP}%",
        "place": {
            "commune_code": "même commune",
            "postcode": "même code postal",
            "department": "même département",
        }.get(str(proposal.why.get("place")), ""),
        "sides": [_shown(side, kind) for side in (one.first, one.second)],
        "hidden": proposal.hidden_id,
    }


def _shown(side: Side, kind: str) -> dict[str, Any]:
    details = [(NAMES[name], _detail(name, value)) for name, value in side.details.items() if value]
    return {"id": side.id, "name": side.name, "address": ADDRESSES[kind] + side.id, "details": details}


def _detail(name: str, value: Any) -> str:
    if name == "deadline":
        return day(value.isoformat())
    return source_in_words(value) if name == "source" else str(value)
