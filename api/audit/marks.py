"""Marks of the journal, kept outside the database: a journal that was written anew does not contain them.

Each night checks the whole journal against them and notes another, in the ledger of revocations.
"""

from collections.abc import Iterable

from sqlalchemy import Engine

from api.audit.log import Verification, verify
from api.core.errors import PoleSudError
from models.database import ledger_of, reading, writing

# Kinds of the ledger's entries. Their note: the number and the hash of an entry of the journal.
MARKED, RESTORED = "journal.marked", "journal.restored"


def marks_in_force(noted: Iterable[tuple[str, str]]) -> list[tuple[int, str]]:
    """Return the marks among a ledger's entries (kind, note); a restoration ends those of what it took away."""
    marks: list[tuple[int, str]] = []
    for kind, note in noted:
        if kind in (MARKED, RESTORED):
            entry_number, _, entry_hash = note.partition(":")
            if kind == RESTORED:
                marks = [mark for mark in marks if mark[0] < int(entry_number)]
            marks.append((int(entry_number), entry_hash))
    return marks


def verify_by_marks(engine: Engine, *, anchors: Iterable[tuple[int, str]] = ()) -> Verification:
    """Check the whole journal, also by the marks that were noted outside and those that are given."""
    ledger = ledger_of(engine)
    try:
        marks = [*(ledger.journal_marks() if ledger else ()), *anchors]
    except PoleSudError as error:
        return Verification(0, "", error.detail.rstrip("."))
    with reading(engine) as session:
        return verify(session, anchors=marks)


def verify_and_mark(engine: Engine) -> Verification:
    """Check the whole journal and, where it is sound, note outside how far it goes."""
    verification, ledger = verify_by_marks(engine), ledger_of(engine)
    if ledger and verification.count and not verification.problem:
        with writing(engine, durable=True) as session:
            ledger.mark_journal(session, verification.count, verification.last_hash)
    return verification
