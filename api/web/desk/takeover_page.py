"""A takeover case on one page: its owner, the company, dates, candidates by role, documents, who learned what."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from fastapi import APIRouter
from sqlmodel import Session
from starlette.responses import Response

from api.accounts.accounts import account_names
from api.audit.log import journal_about
from api.brokerage.queries import cases_of_opportunity
from api.catalogue import records
from api.catalogue.queries import actors_by_ids
from api.catalogue.wording import place
from api.confidentiality.documents import list_documents
from api.confidentiality.queries import DocumentLine
from api.core.errors import NotFoundError
from api.core.french import day, file_size, plural, when
from api.matching.reasons import ROLE_TITLES
from api.takeovers.candidates import by_role
from api.takeovers.company_facts import NotedFacts
from api.takeovers.facts import read_facts
from api.takeovers.facts_queries import contact_names
from api.takeovers.facts_wording import MISSING
from api.takeovers.next_acts import NextAct, missing_facts, next_acts
from api.takeovers.stages import first_stage
from api.web.components.case_cards import CaseCard, case_card
from api.web.components.contacts import ContactsBlock, opportunity_contacts
from api.web.components.facts import about_takeover
from api.web.components.forms import desk_page
from api.web.components.journal import ACTIONS, actor_in_words, moment_in_words
from api.web.components.state_badge import StateBadge, opportunity_badge
from api.web.components.takeover_company import agreement_lines, company_lines, year_rows
from api.web.dependencies import TodayDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.fields import QueryWord
from api.web.house import SnapshotDep
from api.web.visitors import Visitor, VisitorDep
from matcher.nomenclature import naf_name
from models.opportunities import Opportunity, TakeoverCase
from models.unit_of_work import UnitOfWork

router = APIRouter(route_class=DeskRoute, include_in_schema=False, prefix="/opportunites/{opportunity_id}/reprise")

# What tells somebody something of a confidential case.
LEARNED = ("identity.revealed", "document.downloaded", "consent.given", "consent.withdrawn")
MOST_LEARNED = 20
DONE = {
    "note": "C’est noté.",
    "inchange": "Rien n’a changé : c’était déjà noté ainsi.",
}


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
    next_acts: Sequence[tuple[str, str]]
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
    file = takeover_file(unit, opportunity_id, visitor)
    session, case, card = unit.session, file.opportunity, file.takeover
    names_by_account = account_names(session)
    rows = cases_of_opportunity(session, opportunity_id)
    wanted = {row.pair.suggestion.actor_id for row in rows}
    actors = {actor.id: actor for actor in snapshot.actors.actors if actor.id in wanted} if wanted else {}
    groups = by_role(rows, actors)
    noted = read_facts(session, opportunity_id)
    missing = missing_facts(noted.facts, card)
    stage = first_stage(card.cause if card else "")
    n_candidates = sum(len(cases) for _, cases in groups)
    acts = next_acts(stage, noted.facts, missing, has_charge=True, n_candidates=n_candidates)
    return desk_page(
        "reprise.html",
        visitor,
        "/opportunites",
        view=TakeoverView(
            id=case.id,
            title=case.title,
            standing=opportunity_badge(case.status),
            confidential=case.confidential,
            done_message=DONE.get(fait, ""),
            next_acts=[_ACTS[act](case.id) for act in acts],
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


_ACTS = {
    NextAct.TAKE_CHARGE: lambda case_id: ("Dire qui s’en charge", f"/opportunites/{case_id}/reprise#charge"),
    NextAct.NOTE_AGREEMENT: lambda case_id: (
        "Noter l’accord du cédant : rien ne se dit dehors avant",
        f"/opportunites/{case_id}/reprise/informations#accord",
    ),
    NextAct.NOTE_COMPANY: lambda case_id: (
        "Compléter ce qui est su de l’entreprise",
        f"/opportunites/{case_id}/reprise/informations#entreprise",
    ),
    NextAct.FIND_CANDIDATES: lambda case_id: ("Choisir les premiers candidats", f"/opportunites/{case_id}#classement"),
}


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
