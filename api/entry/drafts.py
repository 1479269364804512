"""Forms that were sent after their session had ended: kept for some hours, and shown to their own sender alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import Engine
from sqlmodel import Session

from api.accounts.set_aside import Kind, Shelf
from models.database import writing

# Characters of one form.
LONGEST_FORM = 300_000


@dataclass(frozen=True, slots=True)
class SentForm:
    """What was sent, field by field, in its order. address: where it was sent to."""

    address: str
    items: tuple[tuple[str, str], ...]


_STORED = TypeAdapter(SentForm)


class SentForms:
    """The forms of all processes. keys: those of `AccountKeys.set_aside`."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._shelf = Shelf(Kind.FORM, keys)

    def keep(self, engine: Engine, owner: str, address: str, items: Iterable[tuple[str, str]], now: datetime) -> bool:
        """Keep a form, the last of its owner and address; return whether it could be kept. Raises LockedError."""
        form = SentForm(address, tuple(items))
        if sum(len(name) + len(text) for name, text in form.items) > LONGEST_FORM:
            return False
        with writing(engine) as session:
            self._shelf.keep(session, owner, address, _STORED.dump_json(form), now)
        return True

    def find(self, session: Session, owner: str, address: str, now: datetime) -> SentForm | None:
        """Return a form of its owner, None where there is none."""
        stored = self._shelf.find(session, owner, address, now)
        return _STORED.validate_json(stored) if stored else None

    def last(self, session: Session, owner: str, now: datetime) -> SentForm | None:
        """Return the last form that somebody sent in vain, None where there is none."""
        stored = self._shelf.last(session, owner, now)
        return _STORED.validate_json(stored) if stored else None

    def drop(self, engine: Engine, owner: str, address: str) -> None:
        """Forget a form: it was sent again, or given up. Raises LockedError."""
        with writing(engine) as session:
            self._shelf.drop(session, owner, address)
