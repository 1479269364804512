"""The form that notes a call, a mail, a visit or a note, on every page of an actor, an opportunity or a case."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import quote

from sqlmodel import Session

from api.contacts.queries import contacts_of
from api.interactions.kinds import KINDS, InteractionKind
from models.contacts import Contact

# What one click may note; a reply is noted where a mailing is followed.
BUTTONS = (InteractionKind.CALL, InteractionKind.MAIL, InteractionKind.VISIT, InteractionKind.NOTE)
_PAGES = {"acteur": "/acteurs/", "opportunite": "/opportunites/", "dossier": "/dossiers/"}


@dataclass(frozen=True)
class Subject:
    """What an act is about. page: on which page it is noted; acteur, opportunite or dossier."""

    page: str
    actor_id: str = ""
    opportunity_id: str = ""
    case_id: str = ""

    @property
    def address(self) -> str:
        """The page to go back to; the desk's home where nothing is named."""
        ids = {"acteur": self.actor_id, "opportunite": self.opportunity_id, "dossier": self.case_id}
        own_id = ids.get(self.page, "")
        return f"{_PAGES[self.page]}{quote(own_id, safe='')}" if own_id else "/"


@dataclass(frozen=True)
class ActForm:
    """problems: by field (geste, note, jour, contact), or under the empty name."""

    subject: Subject
    contacts: Sequence[tuple[str, str]]
    today: str
    day: str
    contact: str = ""
    note: str = ""
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def buttons(self) -> Sequence[tuple[str, str]]:
        return [(kind.value, KINDS[kind]) for kind in BUTTONS]


def act_form(session: Session, subject: Subject, today: date) -> ActForm:
    """Return an empty form, with the contacts of its subject to choose from."""
    return ActForm(subject, contact_choices(session, subject), today.isoformat(), today.isoformat())


def contact_choices(session: Session, subject: Subject) -> Sequence[tuple[str, str]]:
    contacts = contacts_of(
        session,
        actor_ids=[subject.actor_id] if subject.actor_id else [],
        opportunity_ids=[subject.opportunity_id] if subject.opportunity_id else [],
    )
    return [(contact.id, contact_in_words(contact)) for contact in _flat(contacts.values())]


def contact_in_words(contact: Contact) -> str:
    """Return a name and a role, or what there is."""
    return ", ".join(part for part in (contact.name or contact.email or contact.phone, contact.role) if part)


def _flat(groups: Iterable[Sequence[Contact]]) -> Iterable[Contact]:
    for group in groups:
        yield from group
