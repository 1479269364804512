"""The journal: append-only entries of views, changes, exports and erasures.

Each entry's hash covers the previous hash, and the head stores the count and the last hash: a changed, removed, moved
or added row is detected. The hashes use no secret: whoever can write the whole file can also write a new journal. To
detect that, the last number and hash are noted elsewhere each night (`api.audit.marks`), and given to a later check.
"""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, insert, update
from sqlmodel import Session

from api.audit import queries
from api.core.french import plural
from models.audit import AuditEntry, AuditHead
from models.base import utc_now
from models.database import writing

CLI, NIGHT, ANONYMOUS = "cli", "night", "anonymous"

FIRST = "0" * 64

CHUNK = 2_000

MISSING = "une entrée manque"

_CANONICAL = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=repr)

_FIELDS = ("seq", "at", "actor", "action", "object_kind", "object_id", "detail", "previous_hash")


@dataclass(frozen=True)
class Verification:
    """Result of a check: number of entries, last hash, first problem.

    problem: empty if the journal is sound; at: the number of the entry, None if the whole journal is concerned.
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
    """Write an entry in the caller's unit of work: both are committed, or neither.

    by: `account:<id>`, `key:<id>`, `partner:<id>`, `cli`, `night` or `anonymous`. No argument may name a person.
    """
    journal_head = queries.audit_head(session, held=True) or _begin_journal(session)
    entry = {
        "seq": journal_head.count + 1,
        "at": (now or utc_now()).astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": by,
        "action": action,
        "object_kind": kind,
        "object_id": of,
        "detail": _CANONICAL.encode(dict(detail or {})),
        "previous_hash": journal_head.last_hash,
    }
    own_hash = entry_hash(entry)
    session.execute(insert(AuditEntry), {**entry, "hash": own_hash})
    session.execute(update(AuditHead), {"id": journal_head.id, "count": journal_head.count + 1, "last_hash": own_hash})
    session.expire(journal_head)


def note_alone(engine: Engine, **entry: Any) -> None:
    """Write an entry in a unit of work of its own, for acts that change nothing else."""
    with writing(engine) as session:
        note(session, **entry)


def verify(session: Session, *, anchors: Collection[tuple[int, str]] = ()) -> Verification:
    """Check the whole journal, entry by entry.

    anchors: numbers and hashes of entries, kept elsewhere; a rewritten journal does not contain them.
    """
    last_seq, last_hash, missing = 0, FIRST, set(anchors)
    while entry_rows := queries.audit_chunk(session, last_seq or None, CHUNK):
        for entry_row in entry_rows:
            stored_entry = dict(entry_row._mapping)
            if stored_entry["seq"] != last_seq + 1:
                return Verification(last_seq, last_hash, MISSING, last_seq + 1)
            if problem := _entry_problem(stored_entry, last_hash):
                return Verification(last_seq, last_hash, problem, last_seq + 1)
            last_seq, last_hash = last_seq + 1, stored_entry["hash"]
            missing.discard((last_seq, last_hash))
    if problem := _head_problem(session, last_seq, last_hash):
        return Verification(last_seq, last_hash, problem)
    if missing:
        return Verification(
            last_seq, last_hash, "un repère noté ailleurs n’y est pas : ce journal n’est pas celui d’alors"
        )
    return Verification(last_seq, last_hash)


def journal_count(session: Session) -> int:
    """Return how many entries the journal says that it has."""
    journal_head = queries.audit_head(session)
    return journal_head.count if journal_head else 0


def verify_page(session: Session, entries: Sequence[AuditEntry], *, is_newest: bool) -> Verification:
    """Check the entries of a page alone, newest first, and that the newest is the journal's last."""
    count = journal_count(session)
    newest_first = [entry.model_dump() for entry in entries]
    for older, newer in zip([*newest_first[1:], None], newest_first, strict=True):
        if older and older["seq"] != newer["seq"] - 1:
            return Verification(count, "", MISSING, newer["seq"] - 1)
        if problem := _entry_problem(newer, older["hash"] if older else newer["previous_hash"]):
            return Verification(count, "", problem, newer["seq"])
    if is_newest:
        last_seq, last_hash = (entries[0].seq, entries[0].hash) if entries else (0, FIRST)
        return Verification(count, last_hash, _head_problem(session, last_seq, last_hash))
    return Verification(count, "")


def _entry_problem(stored_entry: Mapping[str, Any], previous_hash: str) -> str:
    if stored_entry["previous_hash"] != previous_hash:
        return "l’entrée ne suit pas la précédente"
    return "" if stored_entry["hash"] == entry_hash(stored_entry) else "l’entrée a été changée"


def _head_problem(session: Session, last_seq: int, last_hash: str) -> str:
    journal_head = queries.audit_head(session)
    if journal_head is None or queries.audit_head_count(session) != 1:
        return "l’état du journal a disparu, ou n’est plus seul"
    if (journal_head.count, journal_head.last_hash) != (last_seq, last_hash):
        return f"le journal devrait avoir {plural(journal_head.count, 'entrée')}, et finir autrement"
    return ""


def journal_page(
    session: Session, *, before: int | None = None, limit: int = 100, actor: str = "", family: str = ""
) -> Sequence[AuditEntry]:
    """Return the newest entries, newest first, or those before a number.

    actor, family: only those by somebody (as `note` has it), or of a family of acts (`account` for `account.invited`).
    """
    return queries.audit_page(session, before=before, limit=limit, actor=actor, family=family)


def journal_about(session: Session, object_id: str, actions: Sequence[str], *, limit: int = 50) -> Sequence[AuditEntry]:
    """Return the newest entries of these actions on one object, newest first."""
    return queries.audit_about(session, object_id, actions, limit)


def _begin_journal(session: Session) -> AuditHead:
    """Create the head. Migrations do it; tables created without them get it at the first entry."""
    if queries.audit_chunk(session, None, 1):
        raise RuntimeError("the journal has lost its head: see `audit-verify`")
    journal_head = AuditHead(id=queries.HEAD, count=0, last_hash=FIRST)
    session.add(journal_head)
    session.flush()
    return journal_head


def entry_hash(entry: Mapping[str, Any]) -> str:
    """Return the hash of an entry: of all its fields, the hash of the entry before among them."""
    field_values = [entry[field_name] for field_name in _FIELDS]
    return hashlib.sha256(_CANONICAL.encode(field_values).encode("utf-8", "surrogatepass")).hexdigest()
