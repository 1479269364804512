"""Brokerage: the worklist of each facilitator; a case, its forms and its history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query
from sqlmodel import Session
from starlette.responses import Response

from api.accounts.accounts import account_names, all_accounts
from api.brokerage import case_history, cases
from api.brokerage.case_changes import Change, Keep
from api.brokerage.queries import AnswerRow, CaseRow, cases_of_opportunity
from api.brokerage.transitions import BACK, CLOSED, FORWARD, OPEN, State
from api.brokerage.wording import BACK_TITLE, GROUPS, ORIGINS, STATES, jobs_in_words
from api.brokerage.worklist import Group, Worklist, count_cases, facilitators_of, read_cases, read_worklist
from api.catalogue import records
from api.catalogue.axes import axis_of_row
from api.catalogue.wording import AXES, place
from api.contacts.queries import contacts_of
from api.core.clock import day_in_france
from api.core.digits import is_digits, plain_digits
from api.core.errors import ConflictError, InvalidError
from api.core.french import day, plural, when
from api.core.french_input import day as read_day
from api.learning.wording import INTERESTS, OBJECTIONS, rating_in_words
from api.web.components.act_form import ActForm, Subject, act_form
from api.web.components.cases import takeover_address, what, what_address, who
from api.web.components.contacts import ContactsBlock, case_contacts, ways_to_reach
from api.web.components.forms import Pages, desk_page
from api.web.components.outcome_form import OutcomeForm, outcome_form
from api.web.components.state_badge import StateBadge, case_badge
from api.web.components.timeline import Timeline, case_timeline
from api.web.dependencies import EngineDep, NowDep, SettingsDep, TodayDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.fields import FormLine, FormText, FormWord, FormWords, QueryWord
from api.web.rendering import see
from api.web.shown_elsewhere import once_written
from api.web.visitors import Visitor, VisitorDep
from matcher.learning.observations import Objection
from models.brokerage import BrokerageCase
from models.contacts import Contact
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


def _line(case_row: CaseRow, names_by_account: dict[str, str], today: Any) -> dict[str, Any]:
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


def _answer(answer_row: AnswerRow, today: Any, contacts: Mapping[str, Sequence[Contact]]) -> dict[str, Any]:
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


@router.post("")
def take(
    visitor: VisitorDep, engine: EngineDep, now: NowDep, suggestion: Annotated[str, Form(max_length=36)] = ""
) -> Response:
    """Open the case of a suggestion; if it is open already, show it."""
    case_id = once_written(
        engine, lambda: cases.open_case(engine, suggestion, visitor.account_id, by=visitor.by, now=now)
    )
    return see(f"/dossiers/{case_id}")


@router.get("/{case_id}")
def case(case_id: str, visitor: VisitorDep, unit: UnitDep, today: TodayDep, echange: QueryWord = "") -> Response:
    """echange: the interaction that the visitor just noted here."""
    return _page(case_id, visitor, unit, today, just_done=echange)


@router.post("/{case_id}")
def advance(
    case_id: str,
    visitor: VisitorDep,
    engine: EngineDep,
    unit: UnitDep,
    today: TodayDep,
    now: NowDep,
    version: Annotated[int, Form(ge=0, le=1_000_000_000)],
    vers: FormWord = "",
    note: FormText = "",
    raison: FormWords = (),
    relance: FormWord = "",
    crees: FormWord = "",
    maintenus: FormWord = "",
    responsable: FormLine = "",
    champs: FormWords = (),
) -> Response:
    """Apply one of the forms. champs: the fields that it shows; an empty field is cleared, a field not shown stays."""
    try:
        change = Change(
            to=State(vers) if vers in STATES else None,
            note=note,
            reasons=[Objection(objection) for objection in raison if objection in set(Objection)],
            jobs=(_jobs(crees), _jobs(maintenus)) if "emplois" in champs else Keep.KEEP,
            remind_on=_day(relance) if "relance" in champs else Keep.KEEP,
            facilitator_id=responsable or Keep.KEEP,
        )
        cases.advance(engine, case_id, change, seen=version, by=visitor.by, now=now)
    except (ConflictError, InvalidError) as form_error:
        return _page(case_id, visitor, unit, today, form_error.detail, note, form_error.status)
    return see(f"/dossiers/{case_id}")


def _jobs(jobs_text: str) -> int | None:
    """Read a count of jobs; empty is not known. Raises InvalidError."""
    jobs_digits = "".join(plain_digits(jobs_text).split())
    if jobs_digits and not (is_digits(jobs_digits) and len(jobs_digits) < 9):
        raise InvalidError([("emplois", "un nombre entier, ou rien s’il n’est pas connu")])
    return int(jobs_digits) if jobs_digits else None


def _day(day_text: str) -> Any:
    """Read a day as browsers send it, or as people write it; empty is none. Raises InvalidError."""
    try:
        return read_day(day_text.strip()) if day_text.strip() else None
    except ValueError as error:
        raise InvalidError([("relance", str(error))]) from error


@dataclass(frozen=True)
class CaseView:
    """One case: its forms and its history."""

    problem: str
    note: str
    case: BrokerageCase
    state: StateBadge
    open: bool
    won: bool
    confidential: bool
    who: str
    actor: str
    what: str
    address: str
    about: Sequence[tuple[str, str]]
    contacts: Sequence[ContactsBlock]
    onward: Sequence[tuple[str, str]]
    all_cases: str
    takeover: str  # the page of the whole takeover case; empty for a market
    outcome: OutcomeForm | None
    can_win: bool
    can_end: bool
    can_cancel: bool
    back: Sequence[tuple[str, str]]
    back_title: str
    remind_on: str
    today: str
    objections: Sequence[tuple[str, str]]
    facilitators: Sequence[tuple[str, str]]
    timeline: Timeline
    act_form: ActForm


def _page(
    case_id: str,
    visitor: Visitor,
    unit: UnitOfWork,
    today: Any,
    problem_text: str = "",
    note_text: str = "",
    status_code: int = 200,
    *,
    just_done: str = "",
) -> Response:
    case_file = case_history.read_case(unit.session, case_id)
    brokerage_case, pair = case_file.row.case, case_file.row.pair
    # Read through records: the reading of a confidential opportunity is noted in the journal.
    opportunity_file = records.read_opportunity(unit, pair.opportunity.id, visitor.audience)
    known_accounts = all_accounts(unit.session)
    names_by_account = {account.id: account.name for account in known_accounts}
    at_work = [account for account in known_accounts if cases.may_be_in_charge(account)]
    case_state = State(brokerage_case.state)
    return desk_page(
        "dossier.html",
        visitor,
        "/dossiers",
        status_code,
        view=CaseView(
            problem=f"{problem_text[:1].upper()}{problem_text[1:]}" if problem_text else "",
            note=note_text,
            case=brokerage_case,
            state=case_badge(case_state),
            open=case_state in OPEN,
            won=case_state == State.WON,
            confidential=pair.opportunity.confidential or bool(pair.actor and pair.actor.confidential),
            who=who(pair),
            actor=f"/acteurs/{pair.actor.id}" if pair.actor else "",
            what=what(pair),
            address=what_address(pair),
            about=_about(case_file, opportunity_file, names_by_account, today),
            contacts=case_contacts(unit.session, pair, case_file.answers),
            onward=[
                (next_state.value, STATES[next_state].capitalize())
                for next_state in FORWARD[case_state]
                if next_state in OPEN
            ],
            all_cases=f"/opportunites/{pair.opportunity.id}/dossiers",
            takeover=takeover_address(pair.opportunity.kind, pair.opportunity.id),
            outcome=_outcome(unit.session, case_file),
            can_win=State.WON in FORWARD[case_state],
            can_end=State.LOST in FORWARD[case_state],
            can_cancel=State.CANCELLED in FORWARD[case_state],
            back=[(former_state.value, STATES[former_state]) for former_state in BACK[case_state]],
            back_title=BACK_TITLE[case_state in OPEN],
            remind_on=brokerage_case.remind_on.isoformat()
            if brokerage_case.remind_on and brokerage_case.remind_on >= today
            else "",
            today=today.isoformat(),
            objections=[(objection.value, objection_text) for objection, objection_text in OBJECTIONS.items()],
            facilitators=[
                (facilitator.id, facilitator.name)
                for facilitator in at_work
                if facilitator.id != brokerage_case.facilitator_id
            ],
            timeline=case_timeline(unit.session, case_file, names_by_account, reader=visitor.by, just_done=just_done),
            act_form=act_form(
                unit.session,
                Subject("dossier", pair.actor.id if pair.actor else "", pair.opportunity.id, brokerage_case.id),
                today,
            ),
        ),
    )


def _outcome(session: Session, case_file: case_history.CaseFile) -> OutcomeForm | None:
    """Return what is asked of a case that is won, unfolded where that was the last thing that happened to it."""
    if case_file.standing.state != State.WON:
        return None
    opportunity, last_step = case_file.row.pair.opportunity, case_file.steps[-1]
    rows = cases_of_opportunity(session, opportunity.id)
    return outcome_form(opportunity, rows, won=case_file.row, is_open=last_step.from_state != last_step.to_state)


def _about(
    case_file: case_history.CaseFile,
    opportunity_file: records.OpportunityFile,
    names_by_account: dict[str, str],
    today: Any,
) -> Any:
    brokerage_case, opportunity = case_file.row.case, opportunity_file.opportunity
    axis = axis_of_row(opportunity, opportunity_file.lots)
    remind_text = (
        f"{day(brokerage_case.remind_on.isoformat())} ({when(brokerage_case.remind_on, today)})"
        if brokerage_case.remind_on
        else ""
    )
    deadline = opportunity.deadline
    facts = [
        ("Responsable", names_by_account.get(brokerage_case.facilitator_id or "", "personne")),
        ("Relance", remind_text or ("aucune prévue" if State(brokerage_case.state) in OPEN else "")),
        ("Ouvert le", day(day_in_france(brokerage_case.opened_at).isoformat())),
        ("Hors classement", ORIGINS.get(brokerage_case.origin, "")),
        ("Échéance", f"{day(deadline.isoformat())} ({when(deadline, today)})" if deadline else ""),
        ("Lieu", place(opportunity.commune_name, opportunity.department)),
        ("Axe", f"{axis.number}. {AXES[axis.number]}" + (" (à confirmer)" if axis.assumed else "")),
        ("Pourquoi", ", ".join(OBJECTIONS[Objection(objection)] for objection in brokerage_case.reasons)),
        (
            "Emplois",
            jobs_in_words(brokerage_case.jobs_created, brokerage_case.jobs_kept) or _unknown_jobs(brokerage_case.state),
        ),
    ]
    return [(fact_name, fact_value) for fact_name, fact_value in facts if fact_value]


def _unknown_jobs(case_state: str) -> str:
    return "non renseignés" if case_state == State.WON else ""
