"""Rows of what the house alone knows: pairs that it follows, contacts, what it did, what owners stated."""

from datetime import timedelta
from random import Random

from models.base import identifier
from models.tables import BrokerageCase, Contact, Interaction, StatedNeed, Suggestion
from tests.support.secret_rows import EMAIL, FACILITATOR, LONG_AGO, Row, words


def a_pair(actor_id: str, opportunity_id: str) -> Row:
    """Return a suggestion that no list showed, as an actor added by hand has one."""
    subject = f"opportunity:{opportunity_id}"
    return Suggestion(
        id=identifier("suggestions", actor_id, subject),
        actor_id=actor_id,
        subject=subject,
        opportunity_id=opportunity_id,
        created_at=LONG_AGO,
    ).model_dump()


def a_followed_pair(rng: Random, actor_id: str, opportunity_id: str) -> Row:
    """Return the case of such a pair."""
    suggestion_id = str(a_pair(actor_id, opportunity_id)["id"])
    return BrokerageCase(
        id=identifier("brokerage_cases", suggestion_id),
        suggestion_id=suggestion_id,
        state=rng.choice(("proposed", "refused", "cancelled")),
        reasons=["too_far"],
        version=1,
        origin=rng.choice(("ranking", "by_hand", "coalition")),
        opened_at=LONG_AGO,
        touched_at=LONG_AGO,
    ).model_dump()


def a_contact(rng: Random, owner: str, owner_id: str, email: str = "") -> Row:
    """Return a contact; one of a confidential row may bear the partner's own address."""
    row = {
        "id": identifier("contacts", owner_id),
        owner: owner_id,
        "name": f"Contact {words(rng)}",
        "role": rng.choice(("", words(rng))),
        "phone": rng.choice(("", f"+334657100{rng.randint(10, 99)}")),
        "email": rng.choice(("", email or f"contact{rng.randint(0, 9)}@exemple.invalid")),
        "source": words(rng),
        "lawful_basis": "consent",
        "retained_until": LONG_AGO.date() + timedelta(days=3650),
        "created_at": LONG_AGO,
        "updated_at": LONG_AGO,
    }
    return Contact(**row).model_dump()


def an_interaction(rng: Random, **about: str) -> Row:
    """Return a call or a note, with the contact of its last owner."""
    (*_, owner_id) = about.values()
    row = {
        "id": identifier("interactions", *about.values()),
        "kind": rng.choice(("call", "visit", "note", "mail", "reply")),
        "at": LONG_AGO + timedelta(days=rng.randint(0, 300)),
        "by": f"account:{FACILITATOR}",
        "text": f"Secret {words(rng)}",
        "contact_id": identifier("contacts", owner_id),
        "noted_at": LONG_AGO,
    }
    return Interaction(**(row | about)).model_dump()


def a_stated_need(rng: Random, number: int, opportunity_id: str | None) -> Row:
    return StatedNeed(
        id=identifier("stated_needs", number),
        kind="takeover",
        status="published" if opportunity_id else rng.choice(("unconfirmed", "waiting", "in_progress", "closed")),
        name=f"Contact {words(rng)}",
        email=rng.choice((EMAIL, f"cedant{number}@exemple.invalid")),
        typed={"title": f"Secret {words(rng)}", "takeover.headcount": "7"},
        opportunity_id=opportunity_id,
        stated_at=LONG_AGO,
        confirmed_at=LONG_AGO,
    ).model_dump()
