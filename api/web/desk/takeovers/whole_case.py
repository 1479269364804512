"""A takeover case on one page: its owner, the company, dates, candidates by role, documents, who learned what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import Form
from sqlmodel import Session
from starlette.responses import Response

from api.accounts.accounts import all_accounts
from api.brokerage.cases import may_be_in_charge
from api.brokerage.queries import CaseRow, cases_of_opportunity
from api.catalogue.wording import place
from api.confidentiality.document_folders import FOLDERS, Folder
from api.confidentiality.documents import list_documents
from api.confidentiality.queries import DocumentLine
from api.core.errors import ConflictError, InvalidError
from api.core.french import day, file_size, plural, when
from api.core.settings import TakeoverSettings
from api.matching.role_wording import ROLE_TITLES
from api.matching.snapshot import Snapshot
from api.takeovers.calendar.date_kinds import DateKind
from api.takeovers.calendar.lines import CalendarLine, calendar_lines, is_of_court
from api.takeovers.calendar.wording import DATES
from api.takeovers.case_file.changes import FileChange, change_file
from api.takeovers.case_file.history import StoredFile, read_file
from api.takeovers.case_file.summary import summary_of
from api.takeovers.company.company_facts import NotedFacts
from api.takeovers.company.next_acts import NextAct, missing_facts, next_acts
from api.takeovers.company.records import read_facts
from api.takeovers.company.wording import MISSING
from api.takeovers.reach.who_learned import who_learned
from api.takeovers.roles.candidates import NEEDED
from api.takeovers.roles.played_roles import by_role
from api.takeovers.roles.queries import ENDED, chosen_roles
from api.takeovers.stages.transitions import ENDS
from api.web.checked_router import CheckedRouter
from api.web.components.case_cards import CaseCard, case_card
from api.web.components.contacts import ContactsBlock, opportunity_contacts
from api.web.components.facts import about_takeover
from api.web.components.forms import desk_page, refusal_in_words
from api.web.components.journal import actor_in_words, moment_in_words
from api.web.components.state_badge import StateBadge, opportunity_badge, stage_badge
from api.web.components.takeovers.approached import approached_rows
from api.web.components.takeovers.company import company_lines, year_rows
from api.web.components.takeovers.lanes import Lane, lanes_of
from api.web.dependencies import EngineDep, NowDep, SettingsDep, TodayDep, UnitDep
from api.web.desk.takeovers.opened_case import opened_case
from api.web.desk.takeovers.views import LearnedLine, learned_lines
from api.web.error_pages import DeskRoute
from api.web.fields import FormWord, QueryWord
from api.web.house import SnapshotDep
from api.web.rendering import see
from api.web.visitors import Visitor, VisitorDep
from matcher.nomenclature import naf_name
from matcher.types import Role
from models.accounts import Account
from models.opportunities import Opportunity, TakeoverCase
from models.takeovers import TakeoverDate
from models.unit_of_work import UnitOfWork

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False, prefix="/opportunites/{opportunity_id}/reprise")

MOST_LEARNED = 20
# What is to be done: its words, and its address after that of the case.
ACTS = {
    NextAct.TAKE_CHARGE: ("Dire qui s’en charge", "/reprise#charge"),
    NextAct.NOTE_AGREEMENT: (
        "Noter l’accord du cédant : rien ne se dit dehors avant",
        "/reprise/etapes?date=agreement",
    ),
    NextAct.NOTE_COMPANY: ("Compléter ce qui est su de l’entreprise", "/reprise/informations#entreprise"),
    NextAct.FIND_CANDIDATES: ("Choisir les premiers candidats, rôle par rôle", "/reprise/roles"),
}
DONE = {
    "charge": "C’est enregistré : le cas a un responsable.",
    "note": "C’est noté.",
    "inchange": "Rien n’a changé : c’était déjà noté ainsi.",
}


@dataclass(frozen=True)
class Charge:
    """Who is in charge. id: the account, empty for nobody; others: (account, name) of whom it may be given to."""

    id: str
    name: str
    is_mine: bool
    others: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class ShownDay:
    """A day of the calendar. source: who said it, or of what it follows."""

    words: str
    day: str
    when: str
    is_urgent: bool
    source: str


@dataclass(frozen=True)
class TakeoverView:
    """A takeover case, whole. next_acts: (words, address); candidates: (title of the role, its cases).

    approached: actors without a case, as (id, name, what they were told). of_court: the owner is not asked to agree.
    """

    id: str
    title: str
    standing: StateBadge
    confidential: bool
    done_message: str
    problem: str
    next_acts: Sequence[tuple[str, str]]
    version: int
    stage: StateBadge
    charge: Charge
    contacts: ContactsBlock
    agreement: Sequence[tuple[str, str]]
    company: Sequence[tuple[str, str]]
    years: Sequence[tuple[int, Sequence[tuple[str, str]]]]
    missing: str
    noted: str
    calendar: Sequence[ShownDay]
    candidates: Sequence[tuple[str, Sequence[CaseCard]]]
    count: str
    approached: Sequence[tuple[str, str, str]]
    of_court: bool
    ended: bool
    documents: Sequence[tuple[DocumentLine, str, str]]
    learned: Sequence[LearnedLine]
    lanes: Sequence[Lane]


@router.get("")
def takeover(
    opportunity_id: str,
    visitor: VisitorDep,
    unit: UnitDep,
    snapshot: SnapshotDep,
    today: TodayDep,
    options: SettingsDep,
    fait: QueryWord = "",
) -> Response:
    """fait: what was just done."""
    return _page(opportunity_id, visitor, unit, snapshot, today, options, done_message=DONE.get(fait, ""))


@router.post("/responsable")
def assign(
    opportunity_id: str,
    visitor: VisitorDep,
    engine: EngineDep,
    unit: UnitDep,
    snapshot: SnapshotDep,
    today: TodayDep,
    now: NowDep,
    options: SettingsDep,
    version: Annotated[int, Form(ge=0, le=1_000_000_000)],
    responsable: FormWord = "",
) -> Response:
    """Give the case to somebody; without a name, to the visitor. version: of the file that the form was sent for."""
    change = FileChange(facilitator_id=responsable or visitor.account_id)
    unit.end_reading()
    try:
        change_file(engine, opportunity_id, change, seen=version, by=visitor.by, now=now, options=options)
    except (ConflictError, InvalidError) as conflict:
        return _page(
            opportunity_id,
            visitor,
            unit,
            snapshot,
            today,
            options,
            problem=refusal_in_words(conflict),
            status_code=conflict.status,
        )
    return see(f"/opportunites/{opportunity_id}/reprise?fait=charge")


def _page(
    opportunity_id: str,
    visitor: Visitor,
    unit: UnitOfWork,
    snapshot: Snapshot,
    today: date,
    options: TakeoverSettings,
    *,
    done_message: str = "",
    problem: str = "",
    status_code: int = 200,
) -> Response:
    file = opened_case(unit, opportunity_id, visitor)
    session, case, card = unit.session, file.opportunity, file.takeover
    accounts = all_accounts(session)
    names_by_account = {account.id: account.name for account in accounts}
    groups = _candidates(session, snapshot, opportunity_id)
    n_candidates = len({row.case.id for _, cases in groups for row in cases})
    noted, stored = read_facts(session, opportunity_id), read_file(session, opportunity_id)
    missing = missing_facts(noted.facts, card)
    stages = summary_of(stored, today=today, options=options)
    charge = _charge(stored.row.facilitator_id, visitor, accounts)
    of_court = is_of_court(stages.stage, stored.takeover.cause, stored.dates)
    with_case = {row.pair.suggestion.actor_id for _, rows in groups for row in rows}
    approached = approached_rows(session, opportunity_id, with_case)
    acts = next_acts(
        stages.stage,
        missing,
        has_charge=bool(charge.id),
        has_agreement=DateKind.AGREEMENT in stored.dates,
        of_court=of_court,
        has_candidates=bool(groups or approached),
    )
    return desk_page(
        "reprise.html",
        visitor,
        "/opportunites",
        status_code,
        view=TakeoverView(
            id=case.id,
            title=case.title,
            standing=opportunity_badge(case.status),
            confidential=case.confidential,
            done_message=done_message,
            problem=problem,
            next_acts=[(words, f"/opportunites/{case.id}{end}") for words, end in (ACTS[act] for act in acts)],
            version=stored.row.version,
            stage=stage_badge(stages.stage),
            charge=charge,
            contacts=opportunity_contacts(session, case, ""),
            agreement=_agreement(stored.dates.get(DateKind.AGREEMENT)),
            company=[*_card_lines(case, card), *company_lines(noted.facts)],
            years=year_rows(noted.facts),
            missing=", ".join(MISSING[fact] for fact in missing),
            noted=_noted(noted, names_by_account),
            calendar=_calendar(stored, today, options),
            candidates=[
                (
                    ROLE_TITLES[role] if role else "Rôle à préciser",
                    [case_card(row, names_by_account, today) for row in cases],
                )
                for role, cases in groups
            ],
            count=plural(n_candidates, "candidat") if n_candidates else "",
            approached=approached,
            of_court=of_court,
            ended=stages.stage in ENDS,
            documents=[
                (line, file_size(line.size), FOLDERS[Folder(line.folder)])
                for line in list_documents(session, opportunity_id)
            ],
            learned=learned_lines(session, who_learned(session, opportunity_id)[:MOST_LEARNED]),
            lanes=lanes_of(session, case, stages, _missing_roles(groups)),
        ),
    )


def _candidates(session: Session, snapshot: Snapshot, opportunity_id: str) -> list[tuple[Role | None, list[CaseRow]]]:
    rows = cases_of_opportunity(session, opportunity_id)
    chosen: dict[str, list[Role]] = {}
    for choice in chosen_roles(session, opportunity_id):
        chosen.setdefault(choice.actor_id, []).append(Role(choice.role))
    wanted = {row.pair.suggestion.actor_id for row in rows}
    actors = {actor.id: actor for actor_id in wanted if (actor := snapshot.actor_of(actor_id or ""))}
    return by_role(rows, chosen, actors)


def _missing_roles(groups: Sequence[tuple[Role | None, Sequence[CaseRow]]]) -> list[Role]:
    """Return the roles that a takeover needs, and that nobody plays whose case has not ended."""
    played = {role for role, rows in groups if any(row.case.state not in ENDED for row in rows)}
    return [role for role in NEEDED if role not in played]


def _charge(facilitator_id: str | None, visitor: Visitor, accounts: Sequence[Account]) -> Charge:
    names = {account.id: account.name for account in accounts}
    others = [
        (one.id, one.name)
        for one in accounts
        if may_be_in_charge(one) and one.id not in (facilitator_id, visitor.account_id)
    ]
    is_mine = facilitator_id == visitor.account_id
    return Charge(facilitator_id or "", names.get(facilitator_id or "", ""), is_mine, others)


def _card_lines(case: Opportunity, card: TakeoverCase | None) -> list[tuple[str, str]]:
    trades = [naf_name(one["code"]) or one["code"] for one in case.naf]
    lines = [
        ("Métier", " ; ".join(trades)),
        ("Lieu", place(case.commune_name, case.department)),
        *(about_takeover(card) if card else []),
    ]
    # The day is in the calendar.
    return [(name, value) for name, value in lines if value and name != "Cession prévue"]


def _agreement(given: TakeoverDate | None) -> list[tuple[str, str]]:
    """Return the owner's agreement to be told of, as (name, value)."""
    if given is None:
        return []
    lines = [
        ("Donné par", given.said_by),
        ("Le", day(given.day.isoformat())),
        ("Ce qui peut être dit", given.note),
    ]
    return [(name, value) for name, value in lines if value]


def _calendar(stored: StoredFile, today: date, options: TakeoverSettings) -> list[ShownDay]:
    lines = calendar_lines(
        stored.row, stored.opportunity, stored.takeover, list(stored.dates.values()), today=today, options=options
    )
    return [
        ShownDay(
            DATES[line.kind][:1].upper() + DATES[line.kind][1:],
            day(line.day.isoformat()),
            when(line.day, today),
            line.is_called_to_mind,
            _source(line),
        )
        for line in lines
        if line.kind != DateKind.AGREEMENT
    ]


def _source(line: CalendarLine) -> str:
    if line.given is not None:
        return f"dit par {line.given.said_by}" if line.given.said_by else "noté"
    return line.computed.basis if line.computed else "d’après la fiche"


def _noted(noted: NotedFacts, names_by_account: Mapping[str, str]) -> str:
    if noted.at is None:
        return ""
    return f"Noté le {moment_in_words(noted.at.isoformat())} par {actor_in_words(noted.by, names_by_account)}"
