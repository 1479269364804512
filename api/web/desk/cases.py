"""A case of brokerage: its forms and its history."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Form
from sqlmodel import Session
from starlette.responses import Response

from api.accounts.accounts import all_accounts
from api.brokerage import case_history, cases
from api.brokerage.case_changes import Change, Keep
from api.brokerage.queries import cases_of_opportunity
from api.brokerage.transitions import BACK, FORWARD, OPEN, State
from api.brokerage.wording import BACK_TITLE, ORIGINS, STATES, jobs_in_words
from api.catalogue import records
from api.catalogue.axes import axis_of_row
from api.catalogue.wording import AXES, place
from api.core.clock import day_in_france
from api.core.digits import is_digits, plain_digits
from api.core.errors import ConflictError, InvalidError
from api.core.french import day, when
from api.core.french_input import day as read_day
from api.learning.wording import OBJECTIONS
from api.web.checked_router import CheckedRouter
from api.web.components.act_form import ActForm, Subject, act_form
from api.web.components.cases import takeover_address, what, what_address, who
from api.web.components.contacts import ContactsBlock, case_contacts
from api.web.components.forms import desk_page
from api.web.components.outcome_form import OutcomeForm, outcome_form
from api.web.components.state_badge import StateBadge, case_badge
from api.web.components.timeline import Timeline, case_timeline
from api.web.dependencies import EngineDep, NowDep, TodayDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.fields import FormLine, FormText, FormWord, FormWords, QueryWord
from api.web.rendering import see
from api.web.shown_elsewhere import once_written
from api.web.visitors import Visitor, VisitorDep
from matcher.learning.observations import Objection
from models.brokerage import BrokerageCase
from models.unit_of_work import UnitOfWork

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False, prefix="/dossiers")


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
