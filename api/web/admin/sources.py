"""The public sources: freshness, refused records, and possible duplicates for a person to decide on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Form
from starlette.responses import Response

from api.core.clock import PARIS
from api.core.french import NBSP, day, number, plural
from api.open_data.coverage.wording import fall_in_words, field_in_words, percent
from api.open_data.duplicates import DIFFERENT, PROPOSED, SAME, Proposed, Side, decide, duplicates
from api.open_data.freshness import SourceState, refusals, source_states
from api.open_data.wording import counts_in_words, missing_in_words, silence_in_words, source_in_words
from api.web.checked_router import CheckedRouter
from api.web.components.forms import desk_page
from api.web.dependencies import EngineDep, NowDep, SettingsDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.rendering import see
from api.web.visitors import VisitorDep

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False, prefix="/sources")

SHOWN = 50
NAMES = {"siret": "SIRET", "commune": "Commune", "department": "Département", "source": "Source"} | {
    "buyer": "Acheteur",
    "deadline": "Date limite",
}
ADDRESSES = {"actors": "/acteurs/", "opportunities": "/opportunites/"}


@dataclass(frozen=True)
class SourcesView:
    """The sources, the records that were not understood, and duplicates to decide on or decided; more: not listed."""

    rows: Sequence[Mapping[str, Any]]
    refused_rows: Sequence[Mapping[str, Any]]
    refused_count: str
    proposed_pairs: Sequence[Mapping[str, Any]]
    pair_count: str
    more: int
    decided_pairs: Sequence[Mapping[str, Any]]


@router.get("")
def sources(visitor: VisitorDep, unit: UnitDep, options: SettingsDep, now: NowDep) -> Response:
    session = unit.session
    all_states = source_states(session, options, now)
    proposed_pairs, pair_count = duplicates(session, PROPOSED, SHOWN)
    decided_pairs, _ = duplicates(session, SAME, SHOWN)
    return desk_page(
        "sources.html",
        visitor,
        "/sources",
        view=SourcesView(
            rows=[_row(source_state) for source_state in all_states],
            refused_rows=[
                {"source": source_in_words(source_state.name), "row": refused_row}
                for source_state in all_states
                if source_state.refused
                for refused_row in refusals(session, source_state.name, SHOWN)
            ],
            refused_count=plural(sum(source_state.refused for source_state in all_states), "enregistrement"),
            proposed_pairs=[_pair(proposed_pair) for proposed_pair in proposed_pairs],
            pair_count=plural(pair_count, "paire"),
            more=max(0, pair_count - len(proposed_pairs)),
            decided_pairs=[_pair(proposed_pair) for proposed_pair in decided_pairs],
        ),
    )


@router.post("/doublons/{proposal_id}")
def decide_duplicate(
    proposal_id: str,
    visitor: VisitorDep,
    engine: EngineDep,
    now: NowDep,
    decision: Annotated[str, Form(max_length=60)] = "",
) -> Response:
    """`garder:<id>`, `differents` or `revoir`, as the buttons of the page say."""
    kept_id = decision.removeprefix("garder:") if decision.startswith("garder:") else ""
    decision_code = SAME if kept_id else {"differents": DIFFERENT, "revoir": PROPOSED}.get(decision, "")
    decide(engine, proposal_id, decision_code, keep=kept_id, by=visitor.by, now=now)
    return see("/sources#doublons")


def _row(source_state: SourceState) -> dict[str, Any]:
    complete_at = source_state.complete_at.astimezone(PARIS) if source_state.complete_at else None
    return {
        "name": source_in_words(source_state.name),
        "when": f"{day(complete_at.date().isoformat())}, {complete_at:%H:%M}" if complete_at else "jamais",
        "late": source_state.is_overdue,
        "silent": [silence_in_words(department.code, department.since) for department in source_state.silent],
        "nightly": source_state.nightly,
        "error": source_state.error,
        "done": counts_in_words(source_state.counts) if source_state.counts else "",
        "missing": missing_in_words(source_state.missing),
        "warnings": source_state.warnings,
        "falls": [fall_in_words(fall) for fall in source_state.falls],
        "coverage": [
            (form, field_in_words(field), f"{number(n_read)} sur {number(n_records)}", percent(n_read, n_records))
            for form, counts in sorted(source_state.coverage.items())
            for field, (n_read, n_records) in counts.items()
        ],
    }


def _pair(proposed_pair: Proposed) -> dict[str, Any]:
    proposal, record_kind = proposed_pair.proposal, proposed_pair.proposal.kind
    return {
        "id": proposal.id,
        "what": "acteurs" if record_kind == "actors" else "opportunités",
        "similarity": f"{number(100 * proposal.similarity)}{NBSP}%",
        "place": {
            "commune_code": "même commune",
            "postcode": "même code postal",
            "department": "même département",
            "company": "même entreprise, un établissement fermé et un ouvert",
        }.get(str(proposal.why.get("place")), ""),
        "sides": [_shown(side, record_kind) for side in (proposed_pair.first, proposed_pair.second)],
        "hidden": proposal.hidden_id,
    }


def _shown(side: Side, record_kind: str) -> dict[str, Any]:
    detail_lines = [
        (NAMES[field_name], _detail(field_name, field_value))
        for field_name, field_value in side.details.items()
        if field_value
    ]
    return {"id": side.id, "name": side.name, "address": ADDRESSES[record_kind] + side.id, "details": detail_lines}


def _detail(field_name: str, field_value: Any) -> str:
    if field_name == "deadline":
        return day(field_value.isoformat())
    return source_in_words(field_value) if field_name == "source" else str(field_value)
