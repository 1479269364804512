"""The journal: who saw, changed, exported or erased what. It is added to, and never changed.

What it can prove, and what not: each entry's hash holds the one before, and the head says how many there are and how
the last ends, so that whoever changes, removes, moves or adds a row without doing all the rest is found. Who may write
the whole file may also write a whole new journal, for no secret is in it: against that, keep the last number and hash
elsewhere (`audit-verify` prints them) and give them back to it later.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, insert, update
from sqlmodel import Session

from api.audit import queries
from models.audit import AuditEntry, AuditHead
from models.base import utc_now
from models.database import writing

CLI, NIGHT, ANONYMOUS = "cli", "night", "anonymous"

FIRST = "0" * 64

CHUNK = 2_000

_CANONICAL = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=repr)

_FIELDS = ("seq", "at", "actor", "action", "object_kind", "object_id", "detail", "previous_hash")


@dataclass(frozen=True)
class Verification:
    """What a reading of the journal found: how many entries, how it ends, and the first thing that is wrong.

    problem: empty where all holds; at: the number of the entry in cause, None where it is the journal as a whole.
    """

    count: int
    last_hash: str
    problem: str = ""
    at: int | None = None


def note(
    session: Session,
    *,
    by: str,
    action: str,
    kind: str,
    of: str = "",
    detail: Mapping[str, Any] | None = None,
    now: datetime | None = None,
) -> None:
    """Write an entry within the caller's unit of work: it stands exactly if what it tells of does.

    by: `account:<id>`, `key:<id>`, `partner:<id>`, `cli`, `night` or `anonymous`. Nothing given may name a person.
    """
    head = queries.audit_head(session, held=True) or _begin(session)
    entry = {
        "seq": head.count + 1,
        "at": (now or utc_now()).astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": by,
        "action": action,
        "object_kind": kind,
        "object_id": of,
        "detail": _CANONICAL.encode(dict(detail or {})),
        "previous_hash": head.last_hash,
    }
    digest = _digest(entry)
    session.execute(insert(AuditEntry), {**entry, "hash": digest})
    session.execute(update(AuditHead), {"id": head.id, "count": head.count + 1, "last_hash": digest})
    session.expire(head)


def note_alone(engine: Engine, **entry: Any) -> None:
    """Write an entry about what changes nothing: that something was seen."""
    with writing(engine) as session:
        note(session, **entry)


def verify(session: Session, *, anchor: tuple[int, str] | None = None) -> Verification:
    """Read the whole journal and check that each entry follows from the one before.

    anchor: the number and the hash of an entry, noted earlier elsewhere; a journal that was written anew fails on it.
    """
    seq, last, met = 0, FIRST, anchor is None
    while rows := queries.audit_chunk(session, seq or None, CHUNK):
        for row in rows:
            stored = dict(row._mapping)
            if stored["seq"] != seq + 1:
                return Verification(seq, last, "une entrée manque", seq + 1)
            if stored["previous_hash"] != last:
                return Verification(seq, last, "l’entrée ne suit pas la précédente", seq + 1)
            if stored.pop("hash") != (digest := _digest(stored)):
                return Verification(seq, last, "l’entrée a été changée", seq + 1)
            seq, last = seq + 1, digest
            met = met or anchor == (seq, last)
    head = queries.audit_head(session)
    if head is None or queries.audit_head_count(session) != 1:
        return Verification(seq, last, "l’état du journal a disparu, ou n’est plus seul")
    if (head.count, head.last_hash) != (seq, last):
        return Verification(seq, last, f"le journal devrait avoir {head.count} entrées, et finir autrement")
    if not met:
        return Verification(seq, last, "le repère donné n’y est pas : ce journal n’est pas celui d’alors")
    return Verification(seq, last)


def journal_page(session: Session, *, before: int | None = None, limit: int = 100) -> Sequence[AuditEntry]:
    """Return the newest entries, newest first, or those before a number."""
    return queries.audit_page(session, before=before, limit=limit)


def journal_about(session: Session, object_id: str, actions: Sequence[str], *, limit: int = 50) -> Sequence[AuditEntry]:
    """Return the newest entries of some acts on one thing, newest first."""
    found = [one for one in queries.audit_of(session, [], [object_id]) if one.action in actions]
    return found[::-1][:limit]


def _begin(session: Session) -> AuditHead:
    """Migrations begin the journal; tables that were made without them begin it at their first entry."""
    if queries.audit_chunk(session, None, 1):
        raise RuntimeError("the journal has lost its head: see `audit-verify`")
    head = AuditHead(id=queries.HEAD, count=0, last_hash=FIRST)
    session.add(head)
    session.flush()
    return head


def _digest(entry: Mapping[str, Any]) -> str:
    fields = [entry[name] for name in _FIELDS]
    return hashlib.sha256(_CANONICAL.encode(fields).encode("utf-8", "surrogatepass")).hexdigest()
