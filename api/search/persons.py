"""Contacts as the search reads them, kept in memory while none of them changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

from sqlmodel import Session

from api.search import queries
from api.search.parts import Part
from api.search.queries import ContactRow, ContactsStamp
from api.search.word_index import Vocabulary, WordIndex, indexed

FRANCE = "+33"


@dataclass(frozen=True)
class Person:
    """A contact as it is found."""

    id: str
    actor_id: str | None
    opportunity_id: str | None
    texts: Mapping[Part, str]


class PersonIndex:
    """Keeps the index of a database's contacts; threads may share it. Only the house may ask it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._stamp: ContactsStamp | None = None
        self._index: WordIndex[Person] = WordIndex.build((), Vocabulary())

    def current(self, session: Session) -> WordIndex[Person]:
        """Return the index of all contacts; they are read where one came, changed or went."""
        stamp = queries.contacts_stamp(session)
        with self._lock:
            if stamp != self._stamp:
                vocabulary = Vocabulary()
                rows = [indexed(_person(contact), vocabulary) for contact in queries.all_contacts(session)]
                self._index, self._stamp = WordIndex.build(rows, vocabulary), stamp
            return self._index


def _person(contact: ContactRow) -> Person:
    # As it is dialled from abroad, and from here.
    numbers = [contact.phone, contact.phone.replace(FRANCE, "0", 1)] if contact.phone else []
    texts = {
        Part.PERSON: contact.name,
        Part.ROLE: contact.role,
        Part.PHONE: " ".join(numbers),
        Part.EMAIL: contact.email,
    }
    return Person(
        contact.id,
        contact.actor_id,
        contact.opportunity_id,
        {part: text for part, text in texts.items() if text},
    )
