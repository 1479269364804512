"""Takes revocations from the database to the ledger, within the unit of work that causes them, before it commits.

In this order a crash leaves in the ledger at most a revocation that the database does not know: a restoration then
revokes one thing too many, never one too few.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from api.audit.marks import MARKED, marks_in_force
from api.core.settings import ServiceSettings
from api.privacy.ledger import Entry, Head, Ledger, ledger_at
from models.alerts import Announcement
from models.base import utc_now
from models.revocations import LedgerHead, RevocationNotice

SENT = "mail:sent"
HEAD = 1


class Revocations:
    """The ledger that a database is opened with (`models.database.Ledger`)."""

    def __init__(self, ledger: Ledger, *, now: Callable[[], datetime] = utc_now) -> None:
        self.ledger = ledger
        self._now = now
        self._sent: set[str] = set()
        self._read = 0

    def take(self, session: Session) -> None:
        """Move what this unit of work revokes to the ledger, and note how far it goes. Raises NotReadyError."""
        notices = session.exec(select(RevocationNotice).order_by(col(RevocationNotice.id))).all()
        if not notices:
            return
        self._append(session, [self._entry(session, notice) for notice in notices])
        for notice in notices:
            session.delete(notice)
        session.flush()

    def has_sent(self, *names: str) -> bool:
        """Return whether a mail was sent, by its id in the outbox; or told, by partner, suggestion and event."""
        self._read = self.ledger.add_marks(SENT, self._sent, after=self._read)
        return bool(self._sent) and self.ledger.mark(*names) in self._sent

    def journal_marks(self) -> list[tuple[int, str]]:
        """Return the entries of the journal, by number and hash, that it must contain. Raises LedgerError."""
        lines = self.ledger.lines() if self.ledger.path.exists() else []
        return marks_in_force((line.kind, line.note) for line in lines)

    def mark_journal(self, session: Session, count: int, last_hash: str) -> None:
        """Note how far the journal goes, in the caller's unit of work."""
        self._append(session, [Entry(MARKED, note=f"{count}:{last_hash}")])

    def _append(self, session: Session, entries: Sequence[Entry]) -> None:
        # One writer at a time, in the order of their entries.
        row = session.exec(select(LedgerHead).where(LedgerHead.id == HEAD).with_for_update()).one()
        note_head(session, self.ledger.append(entries, self._now(), known=Head(row.count, row.mac)))

    def _entry(self, session: Session, notice: RevocationNotice) -> Entry:
        names = (notice.row_id, notice.second) if notice.second else (notice.row_id,)
        marks = [self.ledger.mark(*names)]
        if notice.kind == SENT:
            announced = select(Announcement).where(Announcement.message_id == notice.row_id)
            marks += [
                self.ledger.mark(announcement.partner_id, announcement.suggestion_id, announcement.event)
                for announcement in session.exec(announced.order_by(Announcement.id))
            ]
        return Entry(notice.kind, marks)


def revocations_of(options: ServiceSettings) -> Revocations:
    """Return what the database of the settings is to be opened with. Raises NotReadyError for a ledger without key."""
    ledger = ledger_at(options)
    ledger.check_usable()
    return Revocations(ledger)


def note_head(session: Session, head: Head) -> None:
    """Note how far the ledger goes: whoever restores this database later needs it at least so far."""
    session.execute(update(LedgerHead).where(col(LedgerHead.id) == HEAD).values(count=head.count, mac=head.mac))
