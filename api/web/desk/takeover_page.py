"""A takeover case on one page: its owner, the company, dates, candidates by role, documents, who learned what."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from fastapi import APIRouter
from sqlmodel import Session
from starlette.responses import Response

from api.accounts.accounts import all_accounts
from api.audit.log import journal_about
from api.brokerage.cases import may_be_in_charge
from api.brokerage.queries import CaseRow, cases_of_opportunity
from api.catalogue import records
from api.catalogue.queries import actors_by_ids
from api.catalogue.wording import place
from api.confidentiality.documents import list_documents
from api.confidentiality.queries import DocumentLine
from api.core.errors import ConflictError, NotFoundError
from api.core.french import day, file_size, plural, when
from api.matching.reasons import ROLE_TITLES
from api.matching.snapshot import Snapshot
from api.takeovers.charge import assign_takeover
from api.takeovers.company_facts import NotedFacts
from api.takeovers.facts import read_facts
from api.takeovers.facts_queries import contact_names
from api.takeovers.facts_wording import MISSING
from api.takeovers.next_acts import NextAct, missing_facts, next_acts
from api.takeovers.played_roles import by_role
from api.takeovers.stages import Stage, first_stage
from api.web.components.case_cards import CaseCard, case_card
from api.web.components.contacts import ContactsBlock, opportunity_contacts
from api.web.components.facts import about_takeover
from api.web.components.forms import desk_page
from api.web.components.journal import ACTIONS, actor_in_words, moment_in_words
from api.web.components.state_badge import StateBadge, opportunity_badge
from api.web.components.takeover_company import agreement_lines, company_lines, year_rows
from api.web.dependencies import EngineDep, NowDep, TodayDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.fields import FormWord, QueryWord
from api.web.house import SnapshotDep
from api.web.rendering import see
from api.web.visitors import Visitor, VisitorDep
from matcher.nomenclature import naf_name
from matcher.types import Role
from models.accounts import Account
from models.opportunities import Opportunity, TakeoverCase
from models.takeovers import TakeoverFile
from models.unit_of_work import UnitOfWork

router = APIRouter(route_class=DeskRoute, include_in_schema=False, prefix="/opportunites/{opportunity_id}/reprise")

# What tells somebody something of a confidential case.
LEARNED = ("identity.revealed", "document.downloaded", "consent.given", "consent.withdrawn")
MOST_LEARNED = 20
# What is to be done: its words, and its address after that of the case.
ACTS = {
    NextAct.TAKE_CHARGE: ("Dire qui s’en charge", "/reprise#charge"),
    NextAct.NOTE_AGREEMENT: ("Noter l’accord du cédant : rien ne se dit dehors avant", "/reprise/informations#accord"),
    NextAct.NOTE_COMPANY: ("Compléter ce qui est su de l’entreprise", "/reprise/informations#entreprise"),
    NextAct.FIND_CANDIDATES: ("Choisir les premiers candidats", "#classement"),
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
class TakeoverView:
    """A takeover case, whole. next_acts: (words, address); candidates: (title of the role, its cases);
    learned: (moment, who, what, actor's name, actor's address).
    """

    id: str
    title: str
    standing: StateBadge
    confidential: bool
    done_message: str
    problem: str
    next_acts: Sequence[tuple[str, str]]
    charge: Charge
    contacts: ContactsBlock
    agreement: Sequence[tuple[str, str]]
    company: Sequence[tuple[str, str]]
    years: Sequence[tuple[int, Sequence[tuple[str, str]]]]
    missing: str
    noted: str
    calendar: Sequence[tuple[str, str, str]]
    candidates: Sequence[tuple[str, Sequence[CaseCard]]]
    count: str
    documents: Sequence[tuple[DocumentLine, str]]
    learned: Sequence[tuple[str, str, str, str, str]]


@router.get("")
def takeover(
    opportunity_id: str,
    visitor: VisitorDep,
    unit: UnitDep,
    snapshot: SnapshotDep,
    today: TodayDep,
    fait: QueryWord = "",
) -> Response:
    """fait: what was just done."""
    return _page(opportunity_id, visitor, unit, snapshot, today, done_message=DONE.get(fait, ""))


@router.post("/responsable")
def assign(
    opportunity_id: str,
    visitor: VisitorDep,
    engine: EngineDep,
    unit: UnitDep,
    snapshot: SnapshotDep,
    today: TodayDep,
    now: NowDep,
    responsable: FormWord = "",
    avant: FormWord = "",
) -> Response:
    """Give the case to somebody; without a name, to the visitor. avant: who had it on the page that was sent."""
    unit.end_reading()
    try:
        to = responsable or visitor.account_id
        assign_takeover(engine, opportunity_id, to, seen=avant or None, by=visitor.by, now=now)
    except ConflictError as conflict:
        return _page(
            opportunity_id, visitor, unit, snapshot, today, problem=conflict.detail, status_code=conflict.status
        )
    return see(f"/opportunites/{opportunity_id}/reprise?fait=charge")


def _page(
    opportunity_id: str,
    visitor: Visitor,
    unit: UnitOfWork,
    snapshot: Snapshot,
    today: date,
    *,
    done_message: str = "",
    problem: str = "",
    status_code: int = 200,
) -> Response:
    file = takeover_file(unit, opportunity_id, visitor)
    session, case, card = unit.session, file.opportunity, file.takeover
    accounts = all_accounts(session)
    names_by_account = {account.id: account.name for account in accounts}
    groups = _candidates(session, snapshot, opportunity_id)
    n_candidates = sum(len(cases) for _, cases in groups)
    noted, progress = read_facts(session, opportunity_id), session.get(TakeoverFile, opportunity_id)
    missing = missing_facts(noted.facts, card)
    stage = Stage(progress.stage) if progress else first_stage(card.cause if card else "")
    charge = _charge(progress.facilitator_id if progress else None, visitor, accounts)
    acts = next_acts(stage, noted.facts, missing, has_charge=bool(charge.id), n_candidates=n_candidates)
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
            charge=charge,
            contacts=opportunity_contacts(session, case, ""),
            agreement=agreement_lines(noted.facts, contact_names(session, opportunity_id)),
            company=[*_card_lines(case, card), *company_lines(noted.facts)],
            years=year_rows(noted.facts),
            missing=", ".join(MISSING[fact] for fact in missing),
            noted=_noted(noted, names_by_account),
            calendar=_calendar(case, card, today),
            candidates=[
                (
                    ROLE_TITLES[role] if role else "Rôle à préciser",
                    [case_card(row, names_by_account, today) for row in cases],
                )
                for role, cases in groups
            ],
            count=plural(n_candidates, "candidat"),
            documents=[(line, file_size(line.size)) for line in list_documents(session, opportunity_id)],
            learned=_learned(session, opportunity_id, names_by_account) if case.confidential else [],
        ),
    )


def takeover_file(unit: UnitOfWork, opportunity_id: str, visitor: Visitor) -> records.OpportunityFile:
    """Return a takeover case as the desk reads it: that it was looked at is noted. Raises NotFoundError."""
    file = records.read_opportunity(unit, opportunity_id, visitor.audience)
    if file.opportunity.kind != "takeover":
        raise NotFoundError("Ce n’est pas un cas de reprise.")
    return file


def _candidates(session: Session, snapshot: Snapshot, opportunity_id: str) -> list[tuple[Role | None, list[CaseRow]]]:
    rows = cases_of_opportunity(session, opportunity_id)
    wanted = {row.pair.suggestion.actor_id for row in rows}
    actors = {actor.id: actor for actor in snapshot.actors.actors if actor.id in wanted} if wanted else {}
    return by_role(rows, actors)


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


def _calendar(case: Opportunity, card: TakeoverCase | None, today: date) -> list[tuple[str, str, str]]:
    dates = [("Date limite des offres", case.deadline), ("Cession prévue", card.transfer_on if card else None)]
    return [(name, day(one.isoformat()), when(one, today)) for name, one in dates if one]


def _noted(noted: NotedFacts, names_by_account: Mapping[str, str]) -> str:
    if noted.at is None:
        return ""
    return f"Noté le {moment_in_words(noted.at.isoformat())} par {actor_in_words(noted.by, names_by_account)}"


def _learned(
    session: Session, opportunity_id: str, names_by_account: Mapping[str, str]
) -> list[tuple[str, str, str, str, str]]:
    entries = journal_about(session, opportunity_id, LEARNED, limit=MOST_LEARNED)
    actor_ids = [str(json.loads(entry.detail).get("actor", "")) for entry in entries]
    names = {actor.id: actor.name for actor in actors_by_ids(session, [one for one in actor_ids if one])}
    return [
        (
            moment_in_words(entry.at),
            actor_in_words(entry.actor, names_by_account),
            ACTIONS[entry.action],
            names.get(actor_id, ""),
            f"/acteurs/{actor_id}" if actor_id in names else "",
        )
        for entry, actor_id in zip(entries, actor_ids, strict=True)
    ]
