"""The worklist (« Suivi »): what waits for each facilitator, and the answers of partners."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query
from starlette.responses import Response

from api.accounts.accounts import account_names
from api.brokerage.answer_queries import AnswerRow
from api.brokerage.transitions import CLOSED, State
from api.brokerage.wording import GROUPS, STATES
from api.brokerage.worklist import Group, Worklist, count_cases, facilitators_of, read_cases, read_worklist
from api.brokerage.worklist_queries import NamedCase
from api.contacts.queries import contacts_of
from api.core.clock import day_in_france
from api.core.french import plural, when
from api.learning.wording import INTERESTS, rating_in_words
from api.web.checked_router import CheckedRouter
from api.web.components.cases import takeover_address, what, what_address, who
from api.web.components.contacts import ways_to_reach
from api.web.components.forms import Pages, desk_page
from api.web.components.state_badge import case_badge
from api.web.dependencies import SettingsDep, TodayDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.fields import QueryWord
from api.web.visitors import Visitor, VisitorDep
from models.contacts import Contact

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False, prefix="/dossiers")

MINE, EVERYBODY, CLOSED_ONES = "moi", "tous", "closed"
ANSWERS_SHOWN = 50
EXPLAINED = {
    Group.NOBODY: "Personne n’en répond plus : confiez-les à quelqu’un.",
    Group.LATE: "Leur relance était prévue avant aujourd’hui.",
    Group.TODAY: "Leur relance est prévue aujourd’hui.",
    Group.QUIET: "Aucune relance n’est prévue, et rien n’y a été noté depuis plus de {days} jours.",
    Group.LATER: "Leur relance est à venir, ou quelque chose y a été noté il y a peu.",
}


@dataclass(frozen=True)
class WorklistView:
    """The worklist of a facilitator or of all, or the cases in a chosen state."""

    chosen: Mapping[str, str]
    facilitators: Sequence[tuple[str, str]]
    states: Sequence[tuple[str, str]]
    picked: Sequence[Mapping[str, Any]]
    picked_words: str
    pages: Pages
    query: str
    answers: Sequence[Mapping[str, Any]]
    more_answers: int
    answer_count: str
    groups: Sequence[Mapping[str, Any]]
    summary: Sequence[Mapping[str, Any]]


@router.get("")
def waiting(
    visitor: VisitorDep,
    unit: UnitDep,
    today: TodayDep,
    options: SettingsDep,
    responsable: Annotated[str, Query(max_length=36)] = MINE,
    etat: QueryWord = "",
    page: Annotated[int, Query(ge=-100_000, le=100_000)] = 1,
) -> Response:
    quiet_days = options.quiet_days
    # Closed cases also name accounts that cannot be in charge any more.
    names_by_account = account_names(unit.session)
    facilitator_id = chosen_facilitator(responsable, visitor, names_by_account)
    etat = etat if etat in STATES or etat == CLOSED_ONES else ""
    chosen_states = [] if not etat else [State(etat)] if etat in STATES else list(CLOSED)
    # Either those of a state are shown, or those that wait.
    if etat:
        worklist = Worklist({}, [], facilitators_of(unit.session), {})
        result_pages = Pages(count_cases(unit.session, chosen_states, facilitator_id=facilitator_id), page)
        picked_rows = read_cases(unit.session, chosen_states, facilitator_id=facilitator_id, part=result_pages.slice)
    else:
        worklist = read_worklist(unit.session, today=today, quiet_days=quiet_days, facilitator_id=facilitator_id)
        result_pages, picked_rows = Pages(0, page), []
    chosen_filters = {
        "responsable": responsable if facilitator_id or responsable == EVERYBODY else EVERYBODY,
        "etat": etat,
    }
    shown_answers = worklist.answers[:ANSWERS_SHOWN]
    contacts = contacts_of(
        unit.session, actor_ids=[answer_row.pair.actor.id for answer_row in shown_answers if answer_row.pair.actor]
    )
    return desk_page(
        "suivi.html",
        visitor,
        "/dossiers",
        view=WorklistView(
            chosen=chosen_filters,
            facilitators=[(MINE, "Moi"), (EVERYBODY, "Tout le monde")]
            + [
                (facilitator.id, facilitator.name)
                for facilitator in worklist.facilitators
                if facilitator.id != visitor.account_id
            ],
            states=[
                *((state_code, state_name.capitalize()) for state_code, state_name in STATES.items()),
                (CLOSED_ONES, "Tous les clos"),
            ],
            picked=[_line(case_row, names_by_account, today) for case_row in picked_rows],
            picked_words=plural(result_pages.count, "dossier"),
            pages=result_pages,
            query=urlencode(
                {field_name: field_value for field_name, field_value in chosen_filters.items() if field_value}
            ),
            answers=[_answer(answer_row, today, contacts) for answer_row in shown_answers],
            more_answers=max(len(worklist.answers) - ANSWERS_SHOWN, 0),
            answer_count=plural(len(worklist.answers), "réponse de partenaire", "réponses de partenaires"),
            groups=[
                {
                    "id": group.value,
                    "name": GROUPS[group],
                    "why": EXPLAINED[group].format(days=quiet_days),
                    "lines": [_line(case_row, names_by_account, today) for case_row in worklist.groups[group]],
                }
                for group in Group
                if worklist.groups.get(group)
            ],
            summary=_summary(worklist, visitor),
        ),
    )


def chosen_facilitator(responsable: str, visitor: Visitor, names_by_account: Mapping[str, str]) -> str | None:
    """Return whose cases an address asks for; None for everybody's."""
    return visitor.account_id if responsable == MINE else responsable if responsable in names_by_account else None


def _summary(worklist: Worklist, visitor: Visitor) -> list[dict[str, Any]]:
    """Return the number of waiting cases of each facilitator."""
    summary_rows = []
    for facilitator in worklist.facilitators:
        counts = [
            worklist.waiting.get((facilitator.id, group), 0)
            for group in (Group.LATE, Group.TODAY, Group.QUIET, Group.LATER)
        ]
        if any(counts):
            worklist_address = (
                "/dossiers" if facilitator.id == visitor.account_id else f"/dossiers?responsable={facilitator.id}"
            )
            summary_rows.append({"name": facilitator.name, "address": worklist_address, "counts": counts})
    return summary_rows


def _line(case_row: NamedCase, names_by_account: Mapping[str, str], today: date) -> dict[str, Any]:
    case, pair = case_row.case, case_row.pair
    return {
        "address": f"/dossiers/{case.id}",
        "who": who(pair),
        "what": what(pair),
        "takeover": takeover_address(pair.opportunity.kind, pair.opportunity.id),
        "state": case_badge(case.state),
        "confidential": pair.opportunity.confidential or bool(pair.actor and pair.actor.confidential),
        "charge": names_by_account.get(case.facilitator_id or "", "personne"),
        "remind_on": case.remind_on,
        "when": when(case.remind_on, today) if case.remind_on else "",
        "touched": when(day_in_france(case.touched_at), today),
    }


def _answer(answer_row: AnswerRow, today: date, contacts: Mapping[str, Sequence[Contact]]) -> dict[str, Any]:
    actor = answer_row.pair.actor
    return {
        "suggestion_id": answer_row.pair.suggestion.id,
        "case": f"/dossiers/{answer_row.case.id}" if answer_row.case else "",
        "partner": answer_row.partner.label or "partenaire sans nom",
        "reach": ways_to_reach(answer_row.partner, contacts.get(actor.id, ()) if actor else ()),
        "who": who(answer_row.pair),
        "actor": f"/acteurs/{actor.id}" if actor else "",
        "what": what(answer_row.pair),
        "address": what_address(answer_row.pair),
        "rating": rating_in_words(answer_row.rating),
        "strong": answer_row.rating.interest == len(INTERESTS) - 1,
        "comment": answer_row.rating.comment,
        "when": when(day_in_france(answer_row.rating.created_at), today),
        "confidential": answer_row.pair.opportunity.confidential,
    }
