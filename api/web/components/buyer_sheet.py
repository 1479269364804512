"""The sheet that a buyer is given: several actors as they present themselves, and nothing of the house's on it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from api.catalogue.queries import actors_by_ids
from api.catalogue.wording import approval_in_words, place
from api.contacts.phone_numbers import phone_in_words
from api.contacts.queries import contacts_of
from api.contacts.schemas import LawfulBasis
from api.web.components.facts import headcount_in_words
from models.actors import Actor
from models.contacts import Contact

COLUMNS = ("Nom", "Métiers", "Lieu", "Effectif", "Agréments")
CONTACT_COLUMN = "Contact"
MOST_TRADES = 5


@dataclass(frozen=True)
class SheetChoice:
    """An actor that may stand on the sheet. contacts: id, words and whether it is given, of those who agreed to it."""

    id: str
    name: str
    is_chosen: bool
    contacts: Sequence[tuple[str, str, bool]]


@dataclass(frozen=True)
class BuyerSheet:
    """The sheet as a table: what the page shows and the file holds.

    choices: who stands on it, then who may; left_out: names of those who were asked for and may not.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    choices: Sequence[SheetChoice]
    left_out: Sequence[str]

    @property
    def given_contacts(self) -> int:
        return sum(is_given for choice in self.choices for *_, is_given in choice.contacts)


def buyer_sheet(
    session: Session, actor_ids: Sequence[str], contact_ids: Sequence[str], others: Sequence[str] = ()
) -> BuyerSheet:
    """Return the sheet of these actors, in the order asked; others: ids of those who may be added.

    A confidential actor, or one in the archive, is on no sheet, as the tables are now. A contact is given only where
    the person agreed, which its lawful basis says, and where somebody chose it for this sheet.
    """
    asked = set(actor_ids)
    actors = actors_by_ids(session, [*actor_ids, *others])
    offered = [actor for actor in actors if not actor.confidential and actor.archived_at is None]
    contacts = contacts_of(session, actor_ids=[actor.id for actor in offered])
    agreed = {
        actor.id: [row for row in contacts.get(actor.id, ()) if row.lawful_basis == LawfulBasis.CONSENT]
        for actor in offered
    }
    shown = [actor for actor in offered if actor.id in asked]
    given = {actor.id: [row for row in agreed[actor.id] if row.id in contact_ids] for actor in shown}
    has_contacts = any(given.values())
    return BuyerSheet(
        columns=(*COLUMNS, CONTACT_COLUMN) if has_contacts else COLUMNS,
        rows=[
            (*_facts(actor), " ; ".join(map(_reach, given[actor.id]))) if has_contacts else _facts(actor)
            for actor in shown
        ],
        choices=[
            SheetChoice(
                actor.id,
                actor.name,
                actor.id in asked,
                [(row.id, _reach(row), row in given.get(actor.id, ())) for row in agreed[actor.id]],
            )
            for actor in offered
        ],
        left_out=[actor.name for actor in actors if actor.id in asked and actor not in offered],
    )


def _facts(actor: Actor) -> tuple[str, ...]:
    return (
        actor.name,
        ", ".join(actor.activities[:MOST_TRADES]),
        place(actor.commune_name, actor.department),
        headcount_in_words(actor),
        ", ".join(sorted(map(approval_in_words, actor.approvals))),
    )


def _reach(contact: Contact) -> str:
    """Return who it is and how to reach them; not where the house learned it."""
    phone = phone_in_words(contact.phone) if contact.phone else ""
    return ", ".join(part for part in (contact.name, contact.role, phone, contact.email) if part)
