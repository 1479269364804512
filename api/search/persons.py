"""Contacts as the search reads them, kept in memory while none of them changes."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from threading import Lock

from sqlmodel import Session

from api.search import queries
from api.search.layers import EMPTY, LayeredIndex
from api.search.parts import Part
from api.search.queries import ContactRow, ContactsStamp
from api.search.word_index import WordCollector, words_in

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
        self._index = LayeredIndex.of(EMPTY)

    def current(self, session: Session) -> LayeredIndex:
        """Return the index of all contacts; they are read where one came, changed or went."""
        stamp = queries.contacts_stamp(session)
        with self._lock:
            if stamp != self._stamp:
                collector = WordCollector()
                for person in persons(session, None):
                    collector.add(person.id, words_in(person.texts))
                self._index, self._stamp = LayeredIndex.of(collector.index()[0]), stamp
            return self._index


def persons(session: Session, ids: Collection[str] | None) -> Iterator[Person]:
    """Yield contacts of the tables as they are found; None asks for all."""
    return map(_person, queries.contact_rows(session, ids))


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
