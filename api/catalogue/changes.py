"""Which rows of the catalogue changed since a value of the counter that every change moves on."""

from sqlmodel import Session, col, select

from models.changes import ChangeCounter, RowChange


def change_counter(session: Session) -> int:
    """Return the counter as it is: two equal values mean that nothing changed in between.

    But for what the caller's own transaction changed: PostgreSQL moves the counter on once for all of it. Who keeps
    what it read by a value reads outside of its own writes.
    """
    return session.exec(select(ChangeCounter.value)).one()


def changes_since(session: Session, counter: int) -> dict[str, set[str]]:
    """Return the ids of the rows that changed after a value of the counter, by subject (`models.changes.WATCHED`)."""
    changed: dict[str, set[str]] = {}
    question = select(RowChange.subject, RowChange.row_id).where(col(RowChange.counter) > counter)
    for subject, row_id in session.exec(question).all():
        changed.setdefault(subject, set()).add(row_id)
    return changed
