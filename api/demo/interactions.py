"""Contacts, calls and mail templates of the demonstration, for the actors of the invented cases."""

from datetime import datetime, timedelta

from sqlalchemy import Engine

from api.brokerage.transitions import State
from api.brokerage.worklist import read_cases
from api.contacts.records import add_contact
from api.contacts.schemas import ContactIn
from api.core.clock import day_in_france
from api.interactions import queries
from api.interactions.acting import Act, note_act
from api.interactions.kinds import InteractionKind
from api.interactions.mail_templates import add_examples
from models.database import reading, writing

# Name, role, end of a number of the range that is kept for fiction.
PEOPLE = (
    ("Dominique Essai", "gérance", "01"),
    ("Sasha Modèle", "commercial", "02"),
    ("Maxime Témoin", "direction", "03"),
    ("Alix Exemple", "chantiers", "04"),
)
CALLS = (
    (InteractionKind.CALL, 2, "Message laissé, rappelle demain."),
    (InteractionKind.VISIT, 9, "Atelier vu : deux postes libres."),
    (InteractionKind.CALL, 5, ""),
    (InteractionKind.NOTE, 1, "Préfère être appelé le matin."),
)
KEPT_FOR = timedelta(days=1095)


def invent_interactions(engine: Engine, *, now: datetime) -> int:
    """Add contacts, acts and the examples of templates once, and return the number of contacts."""
    with reading(engine) as session:
        if queries.templates(session):
            return 0
        rows = read_cases(session, list(State))
    actors = {row.pair.actor.id: row.case for row in rows if row.pair.actor and not row.pair.actor.confidential}
    add_examples(engine, by="cli", now=now)
    chosen = list(zip(sorted(actors), PEOPLE, CALLS, strict=False))
    for number, (actor_id, (name, role, ending), (kind, days, text)) in enumerate(chosen):
        person = ContactIn(
            name=name,
            role=role,
            phone=f"04 65 71 00 {ending}",
            email=f"contact{number}@example.org",
            source="le monde inventé",
            retained_until=day_in_france(now) + KEPT_FOR,
        )
        with writing(engine) as session:
            contact_id = add_contact(session, "actors", actor_id, person, by="cli", now=now).id
        by = f"account:{actors[actor_id].facilitator_id}"
        act = Act(kind, text, actor_id=actor_id, contact_id=contact_id, on=day_in_france(now) - timedelta(days=days))
        note_act(engine, act, by=by, now=now)
    return len(chosen)
