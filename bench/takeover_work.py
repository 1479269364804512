"""Years of work on the takeovers of a world: files, days, facts, candidates, proposals, sheets, plans, what was read.

More than a house will have of each, so that nothing but how a page reads it is measured.
"""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from api.audit.log import note
from api.confidentiality.teaser import teaser_of
from api.core.settings import HOME_DEPARTMENTS
from api.takeovers.calendar.date_kinds import DateKind
from api.takeovers.financing.plan import Accounts, Plan, PlanLine, Source, Use
from api.takeovers.sheet.approval import ApprovedBy, ApprovedHow
from api.takeovers.sheet.sheet_facts import SheetChoices
from api.takeovers.stages.transitions import COURT_TRACK, INSOLVENCY, OWNER_TRACK
from bench.house_work import FACILITATORS, Row, insert_rows
from bench.record_ids import actor_ids
from matcher.types import Role
from models.base import identifier
from models.blind_sheets import BlindSheet
from models.brokerage import BrokerageCase, BrokerageStep
from models.database import writing
from models.finance_products import FinanceProduct
from models.financing import FinancingPlan
from models.opportunities import Opportunity, TakeoverCase
from models.proposals import CaseProposal
from models.reveal import CaseDocument, Consent
from models.suggestions import Suggestion
from models.takeover_candidates import TakeoverCandidate
from models.takeover_facts import TakeoverFacts, TakeoverYear
from models.takeovers import TakeoverDate, TakeoverFile, TakeoverStep

ALL = 1_000_000
CANDIDATES, PROPOSALS, CONSENTS, DOCUMENTS = 12, 20, 6, 8
STEPS, VERSIONS, READINGS = 12, 4, 60
LENDERS, PRODUCTS = 300, 4
DAYS = (DateKind.AGREEMENT, DateKind.SHEET_APPROVED, DateKind.MEETING, DateKind.INTENT_SIGNED, DateKind.PROTOCOL)
BY = [identifier("bench-accounts", number) for number in range(FACILITATORS)]


def add_takeover_work(engine: Engine, today: date) -> None:
    """Fill the tables, after those of `bench.house_work`; the same rows for the same world and day."""
    rng = random.Random(18)
    actors = actor_ids(engine, ALL)
    now = datetime.combine(today, time(6), UTC)
    with writing(engine) as session:
        cases = session.exec(
            select(Opportunity, TakeoverCase)
            .join(TakeoverCase, col(TakeoverCase.opportunity_id) == Opportunity.id)
            .order_by(Opportunity.id)
        ).all()
        insert_rows(session, FinanceProduct, list(_products(rng, actors, today)))
        for number, (case, takeover) in enumerate(cases):
            chosen = rng.sample(actors, PROPOSALS)
            is_insolvent = takeover.cause == INSOLVENCY
            _add_file(session, case.id, number, now, is_insolvent=is_insolvent)
            _add_facts(session, case.id, now)
            _add_candidates(session, rng, case.id, chosen[:CANDIDATES], now)
            readers = chosen[:CONSENTS]
            insert_rows(session, CaseProposal, list(_proposals(case.id, chosen, now)))
            insert_rows(session, Consent, list(_consents(case.id, readers, now)))
            insert_rows(session, CaseDocument, list(_documents(case.id, now)))
            insert_rows(session, FinancingPlan, list(_plans(case.id, now)))
            if case.confidential:
                insert_rows(session, BlindSheet, list(_sheets(session, case, number, now)))
            for reading in range(READINGS):
                reader = readers[reading % len(readers)]
                by = f"account:{BY[reading % FACILITATORS]}"
                action = ("opportunity.seen", "sheet.seen", "identity.seen", "document.seen")[reading % 4]
                note(session, by=by, action=action, kind="opportunity", of=case.id, detail={"actor": reader}, now=now)


def propose_cases(engine: Engine, case_ids: Sequence[str], actor: str, today: date) -> None:
    """Propose cases to an actor; every third of them is open to it."""
    now = datetime.combine(today, time(6), UTC)
    with writing(engine) as session:
        for number, case_id in enumerate(case_ids):
            insert_rows(session, CaseProposal, list(_proposals(case_id, [actor], now)))
            if number % 3 == 0:
                insert_rows(session, Consent, list(_consents(case_id, [actor], now)))


def _add_file(session: Session, case_id: str, number: int, now: datetime, *, is_insolvent: bool) -> None:
    track = COURT_TRACK if is_insolvent else OWNER_TRACK
    stage, opened = track[number % len(track)], now - timedelta(days=200)
    file = {"opportunity_id": case_id, "stage": stage.value, "facilitator_id": BY[number % FACILITATORS]}
    insert_rows(session, TakeoverFile, [file | {"version": STEPS, "opened_at": opened, "touched_at": now}])
    reached = [track[min(step, number % len(track))].value for step in range(STEPS + 1)]
    steps = [
        {
            "opportunity_id": case_id,
            "number": step + 1,
            "at": opened + timedelta(days=10 * step),
            "by": f"account:{BY[0]}",
            "from_stage": reached[step],
            "to_stage": reached[step + 1],
            "note": "Point fait au téléphone.",
        }
        for step in range(STEPS)
    ]
    insert_rows(session, TakeoverStep, steps)
    days = [
        {
            "opportunity_id": case_id,
            "kind": kind.value,
            "day": (now - timedelta(days=60 - 15 * place)).date(),
            "said_by": "le cédant",
            "noted_by": f"account:{BY[0]}",
        }
        for place, kind in enumerate(DAYS)
    ]
    insert_rows(session, TakeoverDate, days)


def _add_facts(session: Session, case_id: str, now: datetime) -> None:
    versions, years = [], []
    for version in range(1, VERSIONS + 1):
        own = {"opportunity_id": case_id, "version": version}
        words = {"premises": "leased", "premises_note": "Bail jusqu’en 2030.", "key_roles": ["chef d’atelier"] * 3}
        versions.append(own | words | {"at": now - timedelta(days=30 - version), "by": f"account:{BY[0]}"})
        figures = {"turnover_eur": 800_000 + version, "result_eur": 40_000, "ebitda_eur": 90_000}
        years += [own | figures | {"year": now.year - back} for back in (1, 2, 3)]
    insert_rows(session, TakeoverFacts, versions)
    insert_rows(session, TakeoverYear, years)


def _add_candidates(session: Session, rng: random.Random, case_id: str, actors: Sequence[str], now: datetime) -> None:
    suggestions: list[Row] = []
    cases: list[Row] = []
    steps: list[Row] = []
    choices: list[Row] = []
    for place, actor in enumerate(actors):
        subject = f"opportunity:{case_id}"
        suggestion_id = identifier("suggestions", actor, subject)
        if session.get(Suggestion, suggestion_id):
            continue
        row = {"id": suggestion_id, "actor_id": actor, "subject": subject, "opportunity_id": case_id}
        suggestions.append(row | {"created_at": now - timedelta(days=90)})
        brokerage_id = identifier("bench-cases", suggestion_id)
        state = rng.choice(("proposed", "contacted", "interested", "introduced", "lost"))
        charge = {"facilitator_id": rng.choice(BY)}
        moments = {"opened_at": now - timedelta(days=40), "touched_at": now - timedelta(days=place)}
        case = {"id": brokerage_id, "suggestion_id": suggestion_id, "state": state, "version": 2}
        cases.append(case | charge | moments)
        step: dict[str, Any] = {"case_id": brokerage_id, "by": f"account:{BY[0]}"} | charge
        steps.append(step | {"number": 1, "from_state": None, "to_state": "proposed", "at": moments["opened_at"]})
        steps.append(step | {"number": 2, "from_state": "proposed", "to_state": state, "at": moments["touched_at"]})
        role = list(Role)[place % len(Role)]
        choices.append({"opportunity_id": case_id, "actor_id": actor, "role": role.value})
    insert_rows(session, Suggestion, suggestions)
    insert_rows(session, BrokerageCase, cases)
    insert_rows(session, BrokerageStep, steps)
    insert_rows(session, TakeoverCandidate, choices)


def _proposals(case_id: str, actors: Sequence[str], now: datetime) -> Iterator[Row]:
    for actor in actors:
        yield {
            "id": identifier("bench-proposals", case_id, actor),
            "opportunity_id": case_id,
            "actor_id": actor,
            "proposed_at": now - timedelta(days=20),
            "proposed_by": BY[0],
        }


def _consents(case_id: str, actors: Sequence[str], now: datetime) -> Iterator[Row]:
    for actor in actors:
        for side in ("holder", "actor", "documents"):
            yield {
                "id": identifier("bench-consents", case_id, actor, side),
                "opportunity_id": case_id,
                "actor_id": actor,
                "side": side,
                "given_at": now - timedelta(days=10),
                "given_by": BY[0],
            }


def _documents(case_id: str, now: datetime) -> Iterator[Row]:
    for number in range(DOCUMENTS):
        yield {
            "id": identifier("bench-documents", case_id, number),
            "opportunity_id": case_id,
            "name": f"bilan {number}",
            "suffix": ".pdf",
            "folder": ("presentation", "documents", "house")[number % 3],
            "size": 100_000,
            "content": b"0" * 100_000,
            "created_at": now,
            "created_by": BY[0],
        }


def _plans(case_id: str, now: datetime) -> Iterator[Row]:
    for number in range(1, VERSIONS + 1):
        plan = Plan(
            uses={Use.PRICE: PlanLine(amount=300_000), Use.FEES: PlanLine(amount=20_000 + number)},
            sources={
                Source.OWN_MONEY: PlanLine(amount=60_000 + number),
                Source.HONOUR_LOAN: PlanLine(amount=40_000, months=60),
                Source.BANK_LOAN: PlanLine(amount=220_000, months=84),
            },
            accounts=Accounts(turnover=800_000, ebe=90_000, net_result=40_000, depreciation=20_000),
            jobs_kept=8,
        )
        content = plan.model_dump(mode="json", exclude_defaults=True)
        yield {"opportunity_id": case_id, "number": number, "at": now, "by": f"account:{BY[0]}", "content": content}


def _sheets(session: Session, case: Opportunity, place: int, now: datetime) -> Iterator[Row]:
    line = teaser_of(session, case, HOME_DEPARTMENTS).text
    for number in range(1, VERSIONS + 1):
        stands = number == VERSIONS
        yield {
            "id": identifier("bench-sheets", case.id, number),
            "opportunity_id": case.id,
            "number": number,
            "code_name": f"Essai {place}",
            "line": line,
            "choices": SheetChoices(("turnover",), {"premises": "rented"}).as_json(),
            "told": [["Locaux", "en location"]],
            "strengths": f"Clientèle fidèle, version {number}.",
            "saved_at": now - timedelta(days=20 - number),
            "saved_by": f"account:{BY[0]}",
            "approved_on": now.date() if stands else None,
            "approved_by": ApprovedBy.OWNER.value if stands else "",
            "approved_how": ApprovedHow.SIGNED.value if stands else "",
            "noted_at": now if stands else None,
            "noted_by": f"account:{BY[0]}" if stands else "",
        }


def _products(rng: random.Random, actors: Sequence[str], today: date) -> Iterator[Row]:
    for actor in rng.sample(actors, LENDERS):
        for number in range(PRODUCTS):
            yield {
                "id": identifier("bench-products", actor, number),
                "actor_id": actor,
                "name": f"Prêt {number}",
                "form": "loan",
                "least_eur": 5_000,
                "most_eur": 50_000 * (number + 1),
                "audience": "anyone",
                "source": "banc d’essai",
                "read_on": today,
            }
