"""What an account typed and has not sent on yet: encrypted in the tables, where each process finds it, for some hours.

The keys are made from those that sign links: neither the tables nor a backup tell a word of it, nor what it is called.
"""

import base64
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import delete
from sqlmodel import Session, col

from api.accounts import queries
from models.set_aside import SetAside


class Kind(StrEnum):
    """A form that arrived after its session had expired; a need that was pasted."""

    FORM = "form"
    NEED = "need"


# A working day: who left for lunch, or for the afternoon, finds what was typed. A pasted text may name people.
KEPT = {Kind.FORM: timedelta(hours=12), Kind.NEED: timedelta(hours=1)}
# Of one account; the oldest go first.
MOST_OF_ONE_OWNER = {Kind.FORM: 5, Kind.NEED: 50}


@dataclass(frozen=True)
class Shelf:
    """Where texts of one kind are set aside, each under a name of its owner's. keys: the newest last."""

    kind: Kind
    keys: Sequence[bytes]

    def keep(self, session: Session, owner: str, name: str, content: bytes, now: datetime) -> None:
        """Set a text aside, in place of the one of that name."""
        session.execute(
            delete(SetAside).where(col(SetAside.kind) == self.kind, col(SetAside.kept_at) <= now - KEPT[self.kind])
        )
        self.drop(session, owner, name)
        known = queries.set_aside_by(session, owner, self.kind, since=now - KEPT[self.kind])
        for oldest in known[: max(0, len(known) - MOST_OF_ONE_OWNER[self.kind] + 1)]:
            session.delete(oldest)
        session.flush()
        row_id, sealed = self._ids(owner, name)[-1], self._cipher().encrypt(content)
        session.add(SetAside(id=row_id, kind=self.kind, account_id=owner, content=sealed, kept_at=now))

    def find(self, session: Session, owner: str, name: str, now: datetime) -> bytes | None:
        """Return a text of its owner; None where there is none of that name, or it was kept for long enough."""
        row = queries.set_aside_of(session, owner, self._ids(owner, name), since=now - KEPT[self.kind])
        return self._opened(row) if row else None

    def last(self, session: Session, owner: str, now: datetime) -> bytes | None:
        """Return what its owner set aside last, None where there is nothing."""
        known = queries.set_aside_by(session, owner, self.kind, since=now - KEPT[self.kind])
        return self._opened(known[-1]) if known else None

    def drop(self, session: Session, owner: str, name: str) -> None:
        """Forget a text: it was sent on, or given up."""
        session.execute(delete(SetAside).where(col(SetAside.id).in_(self._ids(owner, name))))

    def _opened(self, row: SetAside) -> bytes | None:
        try:
            return self._cipher().decrypt(row.content)
        except InvalidToken:
            # Its key is gone.
            return None

    def _ids(self, owner: str, name: str) -> Sequence[str]:
        named = f"{self.kind}\x1f{owner}\x1f{name}".encode("utf-8", "surrogatepass")
        return [hmac.digest(key, named, "sha256").hex() for key in self.keys]

    def _cipher(self) -> MultiFernet:
        # The first of them encrypts.
        return MultiFernet([Fernet(base64.urlsafe_b64encode(key[:32])) for key in reversed(self.keys)])


def forget_set_aside(session: Session, now: datetime) -> None:
    """Delete what was kept for long enough."""
    for kind, kept in KEPT.items():
        session.execute(delete(SetAside).where(col(SetAside.kind) == kind, col(SetAside.kept_at) <= now - kept))
