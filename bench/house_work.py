"""Two years of the house's work on a world: contacts, cases with their steps, calls, answers, edits, corrections.

Without them its pages would be measured with nothing to show.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, SQLModel

from api.contacts.schemas import LawfulBasis
from api.core.chunks import in_chunks
from api.interactions.kinds import InteractionKind
from bench.record_ids import actor_ids, opportunity_ids
from models.accounts import Account
from models.base import identifier
from models.brokerage import BrokerageCase, BrokerageStep
from models.contacts import Contact
from models.database import insert_new, writing
from models.interactions import Interaction
from models.partners import Partner, Subscription
from models.ratings import Rating
from models.row_history import CardCorrection, RowEdit
from models.suggestions import Suggestion

ALL = 1_000_000
DAYS = 730
FACILITATORS, PARTNERS = 6, 400
CASES, RATINGS, INTERACTIONS, EDITS, CORRECTIONS = 3_000, 6_000, 15_000, 6_000, 40
# One case in eight is open.
STATES = ("won", "lost", "lost", "refused", "refused", "won", "lost")
OPEN_STATES = ("proposed", "contacted", "interested", "introduced")
Row = Mapping[str, Any]


def add_house_work(engine: Engine, today: date) -> None:
    """Fill the tables; the same rows for the same world and day."""
    rng = random.Random(17)
    actors, openings = actor_ids(engine, ALL), opportunity_ids(engine, ALL)
    now = datetime.combine(today, time(6), UTC)
    accounts = list(_accounts(now))
    partners = list(_partners())
    suggestions = list(_suggestions(rng, actors, openings, now))
    cases = list(_cases(rng, suggestions[:CASES], accounts, now))
    with writing(engine) as session:
        insert_rows(session, Account, accounts)
        insert_rows(session, Partner, partners)
        insert_rows(session, Subscription, list(_subscriptions(rng, partners, actors, now)))
        insert_rows(session, Contact, list(_contacts(actors, openings, today)))
        insert_rows(session, Suggestion, suggestions)
        insert_rows(session, BrokerageCase, cases)
        insert_rows(session, BrokerageStep, [step for case in cases for step in _steps(case)])
        insert_rows(session, Rating, list(_ratings(rng, partners, suggestions, now)))
        insert_rows(session, Interaction, list(_interactions(rng, actors, openings, accounts, now)))
        insert_rows(session, RowEdit, list(_edits(rng, actors, openings, accounts, now)))
        insert_rows(session, CardCorrection, list(_corrections(rng, actors, accounts, now)))


def insert_rows(session: Session, model: type[SQLModel], rows: Sequence[Row]) -> None:
    """Insert rows in the caller's unit of work; columns that they leave out have the model's defaults."""
    for some_rows in in_chunks(rows):
        insert_new(session, model, [model(**row).model_dump() for row in some_rows])


def _accounts(now: datetime) -> Iterator[Row]:
    for number in range(FACILITATORS):
        yield {
            "id": identifier("bench-accounts", number),
            "email": f"equipe{number}@exemple.invalid",
            "name": f"Équipe {number}",
            "role": "facilitator",
            "created_at": now - timedelta(days=DAYS),
        }


def _partners() -> Iterator[Row]:
    for number in range(PARTNERS):
        yield {
            "id": identifier("bench-partners", number),
            "email": f"partenaire{number}@exemple.invalid",
            "label": f"Partenaire {number}",
            "status": "active",
        }


def _subscriptions(rng: random.Random, partners: list[Row], actors: list[str], now: datetime) -> Iterator[Row]:
    for partner in partners:
        actor = rng.choice(actors)
        yield {
            "id": identifier("bench-subscriptions", partner["id"]),
            "partner_id": partner["id"],
            "actor_id": actor,
            "confirmed_at": now - timedelta(days=rng.randrange(DAYS)),
        }


def _contacts(actors: list[str], openings: list[str], today: date) -> Iterator[Row]:
    owners = [("actor_id", row_id) for row_id in actors] + [("opportunity_id", row_id) for row_id in openings]
    for number, (owner, row_id) in enumerate(owners):
        yield {
            "id": identifier("bench-contacts", number),
            "actor_id": None,
            "opportunity_id": None,
            owner: row_id,
            "name": f"Camille Essai {number}",
            "role": "direction",
            "phone": f"+33639980{number % 1000:03}",
            "email": f"contact{number}@exemple.invalid",
            "source": "banc d’essai",
            "lawful_basis": LawfulBasis.LEGITIMATE_INTEREST.value,
            "retained_until": today + timedelta(days=365),
        }


def _suggestions(rng: random.Random, actors: list[str], openings: list[str], now: datetime) -> Iterator[Row]:
    pairs = dict.fromkeys((rng.choice(actors), rng.choice(openings)) for _ in range(CASES + RATINGS))
    for actor, opening in pairs:
        yield {
            "id": identifier("suggestions", actor, f"opportunity:{opening}"),
            "actor_id": actor,
            "subject": f"opportunity:{opening}",
            "opportunity_id": opening,
            "created_at": now - timedelta(days=DAYS),
        }


def _cases(rng: random.Random, suggestions: list[Row], accounts: list[Row], now: datetime) -> Iterator[Row]:
    for number, suggestion in enumerate(suggestions):
        is_open = number % 8 == 0
        age = timedelta(days=rng.randrange(30 if is_open else DAYS), minutes=rng.randrange(1_440))
        yield {
            "id": identifier("bench-cases", suggestion["id"]),
            "suggestion_id": suggestion["id"],
            "state": rng.choice(OPEN_STATES if is_open else STATES),
            "facilitator_id": rng.choice(accounts)["id"],
            "remind_on": (now + timedelta(days=rng.randrange(-6, 12))).date() if is_open else None,
            "version": 2,
            "opened_at": now - age - timedelta(days=14),
            "touched_at": now - age,
        }


def _steps(case: Row) -> Iterator[Row]:
    by = f"account:{case['facilitator_id']}"
    first = {"case_id": case["id"], "number": 1, "at": case["opened_at"], "by": by}
    yield first | {"from_state": None, "to_state": "proposed", "facilitator_id": case["facilitator_id"]}
    last = first | {"number": 2, "at": case["touched_at"], "note": "Point fait au téléphone."}
    yield last | {"from_state": "proposed", "to_state": case["state"], "facilitator_id": case["facilitator_id"]}


def _ratings(rng: random.Random, partners: list[Row], suggestions: list[Row], now: datetime) -> Iterator[Row]:
    for number, suggestion in enumerate(suggestions[-RATINGS:]):
        # Most were answered long ago by a no; one in fifty waits for the house.
        interest = rng.choice((1, 2, 3)) if number % 50 == 0 else 0
        yield {
            "id": identifier("bench-ratings", suggestion["id"]),
            "partner_id": rng.choice(partners)["id"],
            "suggestion_id": suggestion["id"],
            "interest": interest,
            "created_at": now - timedelta(days=rng.randrange(DAYS), minutes=rng.randrange(1_440)),
        }


def _interactions(
    rng: random.Random, actors: list[str], openings: list[str], accounts: list[Row], now: datetime
) -> Iterator[Row]:
    kinds = [kind.value for kind in InteractionKind]
    for number in range(INTERACTIONS):
        yield {
            "id": identifier("bench-interactions", number),
            "kind": rng.choice(kinds),
            "at": now - timedelta(days=rng.randrange(DAYS), minutes=rng.randrange(1_440)),
            "by": f"account:{rng.choice(accounts)['id']}",
            "text": "Échange noté pour mémoire.",
            "actor_id": rng.choice(actors),
            "opportunity_id": rng.choice(openings) if number % 3 == 0 else None,
        }


def _edits(
    rng: random.Random, actors: list[str], openings: list[str], accounts: list[Row], now: datetime
) -> Iterator[Row]:
    for number in range(EDITS):
        kind, row_ids = ("actors", actors) if number % 2 else ("opportunities", openings)
        age = timedelta(days=rng.randrange(DAYS), minutes=rng.randrange(1_440))
        field, sides = ("headcount", [4, 5]) if number % 2 else ("deadline", ["2026-11-02", "2026-11-09"])
        yield {
            "number": number + 1_000_000,
            "kind": kind,
            "row_id": rng.choice(row_ids),
            "edited_at": now - age,
            "edited_by": f"account:{rng.choice(accounts)['id']}",
            "changes": {field: sides},
            "hash_after": "0" * 64,
        }


def _corrections(rng: random.Random, actors: list[str], accounts: list[Row], now: datetime) -> Iterator[Row]:
    for number in range(CORRECTIONS):
        yield {
            "id": identifier("bench-corrections", number),
            "actor_id": rng.choice(actors),
            "account_id": rng.choice(accounts)["id"],
            "changes": {"headcount": [4, 5]},
            "proposed_at": now - timedelta(days=rng.randrange(20)),
        }
