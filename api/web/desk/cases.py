"""Brokerage: what waits for whom; one case, its forms and its history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from api.accounts.accounts import account_names, all_accounts
from api.brokerage import case_history, cases
from api.brokerage.case_changes import Change, Keep
from api.brokerage.queries import AnswerRow, CaseRow
from api.brokerage.transitions import BACK, CLOSED, FORWARD, OPEN, State
from api.brokerage.wording import BACK_TITLE, GROUPS, STATES, jobs_in_words, step_in_words
from api.brokerage.worklist import Group, Worklist, read_cases, read_worklist
from api.catalogue import records
from api.catalogue.axes import axis_of_row
from api.catalogue.wording import AXES, place
from api.core.clock import day_in_france
from api.core.errors import ConflictError, InvalidError
from api.core.french import day, plural, when
from api.core.french_input import day as read_day
from api.learning.wording import INTERESTS, OBJECTIONS, rating_in_words
from api.web.components.cases import by_in_words, what, what_address, who
from api.web.components.forms import Pages, desk_page
from api.web.dependencies import EngineDep, TodayDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.rendering import see
from api.web.visitors import Visitor, VisitorDep
from matcher.learning.observations import Objection
from models.base import utc_now
from models.brokerage import BrokerageCase
from models.unit_of_work import UnitOfWork

router = APIRouter(route_class=DeskRoute, include_in_schema=False, prefix="/dossiers")

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
    """What waits for whom, or the cases in one state."""

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
    request: Request,
    visitor: VisitorDep,
    unit: UnitDep,
    today: TodayDep,
    responsable: Annotated[str, Query(max_length=36)] = MINE,
    etat: str = "",
    page: int = 1,
) -> Response:
    days = request.app.state.settings.quiet_days
    everything = read_worklist(unit.session, today=today, quiet_days=days)
    # Closed cases name those, too, who cannot be in charge any more.
    called = account_names(unit.session)
    chosen = visitor.account_id if responsable == MINE else responsable if responsable in called else None
    found = read_worklist(unit.session, facilitator_id=chosen, today=today, quiet_days=days) if chosen else everything
    etat = etat if etat in STATES or etat == CLOSED_ONES else ""
    picked: Sequence[CaseRow] = ()
    if etat:
        states = [State(etat)] if etat in STATES else list(CLOSED)
        picked = read_cases(unit.session, states, facilitator_id=chosen)
    pages = Pages(len(picked), page)
    shown = {"responsable": responsable if chosen or responsable == EVERYBODY else EVERYBODY, "etat": etat}
    return desk_page(
        "suivi.html",
        visitor,
        "/dossiers",
        view=WorklistView(
            chosen=shown,
            facilitators=[(MINE, "Moi"), (EVERYBODY, "Tout le monde")]
            + [(one.id, one.name) for one in everything.facilitators if one.id != visitor.account_id],
            states=[*((state, words.capitalize()) for state, words in STATES.items()), (CLOSED_ONES, "Tous les clos")],
            picked=[_line(row, called, today) for row in picked[pages.slice]],
            picked_words=plural(len(picked), "dossier"),
            pages=pages,
            query=urlencode({name: value for name, value in shown.items() if value}),
            answers=[_answer(one, today) for one in found.answers[:ANSWERS_SHOWN]],
            more_answers=max(len(found.answers) - ANSWERS_SHOWN, 0),
            answer_count=plural(len(found.answers), "réponse de partenaire", "réponses de partenaires"),
            groups=[
                {
                    "id": group.value,
                    "name": GROUPS[group],
                    "why": EXPLAINED[group].format(days=days),
                    "lines": [_line(row, called, today) for row in found.groups[group]],
                }
                for group in Group
                if found.groups[group]
            ],
            summary=_summary(everything, visitor),
        ),
    )


def _summary(found: Worklist, visitor: Visitor) -> list[dict[str, Any]]:
    """Return how much waits for each facilitator."""
    rows = []
    for one in found.facilitators:
        counts = {
            group: sum(row.case.facilitator_id == one.id for row in found.groups[group])
            for group in (Group.LATE, Group.TODAY, Group.QUIET, Group.LATER)
        }
        if any(counts.values()):
            address = "/dossiers" if one.id == visitor.account_id else f"/dossiers?responsable={one.id}"
            rows.append({"name": one.name, "address": address, "counts": list(counts.values())})
    return rows


def _line(row: CaseRow, called: dict[str, str], today: Any) -> dict[str, Any]:
    case, pair = row.case, row.pair
    return {
        "address": f"/dossiers/{case.id}",
        "who": who(pair),
        "what": what(pair),
        "state": STATES[case.state],
        "confidential": pair.opportunity.confidential or bool(pair.actor and pair.actor.confidential),
        "charge": called.get(case.facilitator_id or "", "personne"),
        "remind_on": case.remind_on,
        "when": when(case.remind_on, today) if case.remind_on else "",
        "touched": when(day_in_france(case.touched_at), today),
    }


def _answer(one: AnswerRow, today: Any) -> dict[str, Any]:
    return {
        "suggestion_id": one.pair.suggestion.id,
        "case": f"/dossiers/{one.case.id}" if one.case else "",
        "partner": one.partner or "partenaire sans nom",
        "who": who(one.pair),
        "actor": f"/acteurs/{one.pair.actor.id}" if one.pair.actor else "",
        "what": what(one.pair),
        "address": what_address(one.pair),
        "said": rating_in_words(one.rating),
        "strong": one.rating.interest == len(INTERESTS) - 1,
        "comment": one.rating.comment,
        "when": when(day_in_france(one.rating.created_at), today),
        "confidential": one.pair.opportunity.confidential,
    }


@router.post("")
def take(visitor: VisitorDep, engine: EngineDep, suggestion: Annotated[str, Form(max_length=36)] = "") -> Response:
    """Take a suggestion in hand; where somebody did already, show their case."""
    case_id = cases.open_case(engine, suggestion, visitor.account_id, by=visitor.by, now=utc_now())
    return see(f"/dossiers/{case_id}")


@router.get("/{case_id}")
def case(case_id: str, visitor: VisitorDep, unit: UnitDep, today: TodayDep) -> Response:
    return _page(case_id, visitor, unit, today)


@router.post("/{case_id}")
def advance(
    case_id: str,
    visitor: VisitorDep,
    engine: EngineDep,
    unit: UnitDep,
    today: TodayDep,
    version: Annotated[int, Form()],
    vers: Annotated[str, Form()] = "",
    note: Annotated[str, Form()] = "",
    raison: Annotated[Sequence[str], Form()] = (),
    relance: Annotated[str, Form()] = "",
    crees: Annotated[str, Form()] = "",
    maintenus: Annotated[str, Form()] = "",
    responsable: Annotated[str, Form()] = "",
    champs: Annotated[Sequence[str], Form()] = (),
) -> Response:
    """Do what one of the forms says. champs: which fields it shows; empty ones are cleared, others stay as they are."""
    try:
        change = Change(
            to=State(vers) if vers in STATES else None,
            note=note,
            reasons=[Objection(one) for one in raison if one in set(Objection)],
            jobs=(_jobs(crees), _jobs(maintenus)) if "emplois" in champs else Keep.KEEP,
            remind_on=_day(relance) if "relance" in champs else Keep.KEEP,
            facilitator_id=responsable or Keep.KEEP,
        )
        cases.advance(engine, case_id, change, seen=version, by=visitor.by, now=utc_now())
    except (ConflictError, InvalidError) as refused:
        return _page(case_id, visitor, unit, today, refused.detail, note, refused.status)
    return see(f"/dossiers/{case_id}")


def _jobs(text: str) -> int | None:
    """Read a count of jobs; empty is not known. Raises InvalidError."""
    plain = "".join(text.split())
    if plain and not (plain.isascii() and plain.isdecimal() and len(plain) < 9):
        raise InvalidError([("emplois", "un nombre entier, ou rien s’il n’est pas connu")])
    return int(plain) if plain else None


def _day(text: str) -> Any:
    """Read a day as browsers send it, or as people write it; empty is none. Raises InvalidError."""
    try:
        return read_day(text.strip()) if text.strip() else None
    except ValueError as error:
        raise InvalidError([("relance", str(error))]) from error


@dataclass(frozen=True)
class CaseView:
    """One case: its forms and its history."""

    problem: str
    note: str
    case: BrokerageCase
    state: str
    open: bool
    won: bool
    confidential: bool
    who: str
    actor: str
    what: str
    address: str
    about: Sequence[tuple[str, str]]
    onward: Sequence[tuple[str, str]]
    can_win: bool
    can_end: bool
    back: Sequence[tuple[str, str]]
    back_title: str
    remind_on: str
    today: str
    objections: Sequence[tuple[str, str]]
    facilitators: Sequence[tuple[str, str]]
    answers: Sequence[Mapping[str, Any]]
    steps: Sequence[Mapping[str, Any]]


def _page(
    case_id: str,
    visitor: Visitor,
    unit: UnitOfWork,
    today: Any,
    problem: str = "",
    note: str = "",
    status: int = 200,
) -> Response:
    file = case_history.read_case(unit.session, case_id)
    found, pair = file.row.case, file.row.pair
    # Read as anywhere else: that somebody saw what is confidential is in the journal.
    whole = records.read_opportunity(unit, pair.opportunity.id, visitor.audience)
    people = all_accounts(unit.session)
    called = {account.id: account.name for account in people}
    at_work = [account for account in people if cases.may_be_in_charge(account)]
    state = State(found.state)
    return desk_page(
        "dossier.html",
        visitor,
        "/dossiers",
        status,
        view=CaseView(
            problem=f"{problem[:1].upper()}{problem[1:]}" if problem else "",
            note=note,
            case=found,
            state=STATES[state],
            open=state in OPEN,
            won=state == State.WON,
            confidential=pair.opportunity.confidential or bool(pair.actor and pair.actor.confidential),
            who=who(pair),
            actor=f"/acteurs/{pair.actor.id}" if pair.actor else "",
            what=what(pair),
            address=what_address(pair),
            about=_about(file, whole, called, today),
            onward=[(one.value, STATES[one].capitalize()) for one in FORWARD[state] if one in OPEN],
            can_win=State.WON in FORWARD[state],
            can_end=State.LOST in FORWARD[state],
            back=[(one.value, STATES[one]) for one in BACK[state]],
            back_title=BACK_TITLE[state in OPEN],
            remind_on=found.remind_on.isoformat() if found.remind_on and found.remind_on >= today else "",
            today=today.isoformat(),
            objections=[(one.value, words) for one, words in OBJECTIONS.items()],
            facilitators=[(one.id, one.name) for one in at_work if one.id != found.facilitator_id],
            answers=[
                {"partner": label or "partenaire sans nom", "said": rating_in_words(one), "comment": one.comment,
                 "day": day_in_france(one.created_at)}
                for label, one in file.answers
            ],
            steps=[
                {"day": day_in_france(one.at), "words": step_in_words(one, before, called),
                 "by": by_in_words(one.by, called), "note": one.note}
                for before, one in zip((None, *file.steps), file.steps, strict=False)
            ][::-1],
        ),
    )  # fmt: skip


def _about(file: case_history.CaseFile, whole: records.OpportunityFile, called: dict[str, str], today: Any) -> Any:
    found, opportunity = file.row.case, whole.opportunity
    axis = axis_of_row(opportunity, whole.lots)
    remind = f"{day(found.remind_on.isoformat())} ({when(found.remind_on, today)})" if found.remind_on else ""
    deadline = opportunity.deadline
    rows = [
        ("Responsable", called.get(found.facilitator_id or "", "personne")),
        ("Relance", remind or ("aucune prévue" if State(found.state) in OPEN else "")),
        ("Pris en main le", day(day_in_france(found.opened_at).isoformat())),
        ("Échéance", f"{day(deadline.isoformat())} ({when(deadline, today)})" if deadline else ""),
        ("Lieu", place(opportunity.commune_name, opportunity.department)),
        ("Axe", f"{axis.number}. {AXES[axis.number]}" + (" (supposé)" if axis.assumed else "")),
        ("Pourquoi", ", ".join(OBJECTIONS[Objection(one)] for one in found.reasons)),
        ("Emplois", jobs_in_words(found.jobs_created, found.jobs_kept) or _unknown_jobs(found.state)),
    ]
    return [(name, value) for name, value in rows if value]


def _unknown_jobs(state: str) -> str:
    return "non renseignés" if state == State.WON else ""
