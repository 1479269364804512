"""Restores a backup so that what was revoked since stays revoked.

The backup is copied aside, migrated, and brought up to the ledger's end: whatever was withdrawn, replaced, ended or
sent since is so again. Only then does it take the database's place, in one transaction (on PostgreSQL the two databases
change names). Without a ledger that reaches
from the backup to today nothing is restored, unless an administrator signs for it with a reason, which the journal
keeps.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session

from api.accounts.accounts import ADMINISTRATOR
from api.accounts.email_address import normalize_email
from api.accounts.queries import account_by_email
from api.audit import log
from api.audit.marks import RESTORED
from api.audit.queries import audit_head
from api.core.errors import ConflictError, InvalidError, NotReadyError, SourceError
from api.core.settings import Settings
from api.mailing.links import retire_keys
from api.privacy.database_copies import copies_of
from api.privacy.ledger import LOST, Entry, Head, Ledger, LedgerError, Line, ledger_at
from api.privacy.replaying import Replay
from api.privacy.revocations import Revocations, note_head
from api.privacy.rewriting import rewrite_whole
from models.database import open_database, reading, writing
from models.revisions import migrate

REASON_LENGTH = 200


@dataclass(frozen=True)
class Signature:
    """Who answers for a restoration without a whole ledger (an administrator's address, in the backup), and why."""

    email: str
    reason: str


@dataclass(frozen=True)
class Restored:
    """What a restoration did.

    former: where what was replaced is, or nothing; replayed: kind → rows; problem: why it had to be signed, or nothing.
    """

    former: str
    replayed: Mapping[str, int] = field(default_factory=dict)
    problem: str = ""


def restore(options: Settings, backup_file: Path, *, signature: Signature | None = None, now: datetime) -> Restored:
    """Put a backup in the database's place, with what was revoked since.

    Raises SourceError for a damaged, foreign or newer file and for a broken journal, LedgerError without a whole ledger
    and a signature, InvalidError and ConflictError for a signature that nobody can answer for, ConflictError where
    others hold what is to be replaced.
    """
    copies, ledger = copies_of(options.database_url, options.postgres_tools), ledger_at(options)
    copies.check(backup_file)
    copies.check_unused()
    reason = _checked_reason(signature) if signature else ""
    with copies.working_copy(backup_file) as copy_url:
        lines, problem = _lines_since(ledger, copies.head_of(copy_url), copies.head_of(options.database_url))
        engine = open_database(copy_url, ledger=Revocations(ledger, now=lambda: now))
        try:
            if problem and signature is None:
                raise LedgerError(
                    f"{problem} Sans lui, ce qui a été révoqué depuis la sauvegarde ne le serait plus : retrouvez-le, "
                    "ou que quelqu’un de l’administration signe (--without-ledger --signed-by ADRESSE --reason MOTIF)."
                )
            migrate(engine)
            if broken := _journal_problem(engine):
                if signature is None:
                    raise SourceError(
                        f"{broken} Qu’une autre sauvegarde serve, ou que quelqu’un de l’administration réponde de "
                        "celle-ci (--without-ledger --signed-by ADRESSE --reason MOTIF)."
                    )
                problem = f"{problem} {broken}".strip()
            with writing(engine, durable=True) as session:
                by = _signer(session, signature) if signature else log.CLI
                if problem:
                    _set_aside_if_unreadable(ledger)
                counts = Replay(session, ledger, lines, by=by, now=now).run()
                detail: dict[str, object] = {
                    "backup": hashlib.sha256(backup_file.read_bytes()).hexdigest()[:16],
                    "entries": len(lines),
                    "replayed": [f"{kind}={count}" for kind, count in sorted(counts.items())],
                }
                if problem:
                    detail |= {"problem": problem, "reason": reason}
                log.note(session, by=by, action="database.restored", kind="database", detail=detail, now=now)
                # The night's marks of entries that are no longer there give way to this one.
                journal_head = audit_head(session)
                assert journal_head is not None
                mark = Entry(RESTORED, note=f"{journal_head.count}:{journal_head.last_hash}")
                note_head(session, ledger.append([mark], now))
            rewrite_whole(engine)
        finally:
            engine.dispose()
        if Path(options.link_keys).exists():
            retire_keys(Path(options.link_keys))
        former = copies.put_in_place(copy_url)
    return Restored(former, dict(counts), problem)


def _journal_problem(engine: Engine) -> str:
    """Return what is wrong with the journal of a database, as a sentence, or nothing."""
    with reading(engine) as session:
        verification = log.verify(session)
    where = f", entrée {verification.at}" if verification.at else ""
    return f"Le journal de cette sauvegarde est rompu : {verification.problem}{where}." if verification.problem else ""


def _lines_since(ledger: Ledger, backup_head: Head | None, live_head: Head | None) -> tuple[Sequence[Line], str]:
    """Return the entries to replay, and why they are not surely all of them: a sentence, or nothing."""
    try:
        lines = ledger.lines() if ledger.path.exists() or backup_head != Head() or live_head != Head() else []
    except (LedgerError, NotReadyError) as error:
        return [], error.detail
    if backup_head is None:
        return lines, "Cette sauvegarde date d’avant le registre des révocations."
    for head, what in ((backup_head, "la sauvegarde"), (live_head, "la base en place")):
        if head and head.count and (head.count > len(lines) or lines[head.count - 1].mac != head.mac):
            return lines, f"Le registre « {ledger.path} » n’est pas celui de {what}, ou la fin en manque."
    since = lines[backup_head.count :]
    if any(line.kind == LOST for line in since):
        return lines, f"Le registre « {ledger.path} » a été perdu depuis la sauvegarde ; un autre a pris sa suite."
    return since, ""


def _set_aside_if_unreadable(ledger: Ledger) -> None:
    """Let a new ledger begin where the old one cannot go on; what is left of that one is kept beside it."""
    try:
        if ledger.path.exists():
            ledger.lines()
    except (LedgerError, NotReadyError):
        ledger.set_aside()


def _checked_reason(signature: Signature) -> str:
    reason = " ".join(signature.reason.split())
    if not 10 <= len(reason) <= REASON_LENGTH:
        raise InvalidError([("reason", f"dites pourquoi, en 10 à {REASON_LENGTH} caractères, sans nommer personne")])
    return reason


def _signer(session: Session, signature: Signature) -> str:
    """Return who signs, as the journal names them. Raises ConflictError for anybody but an administrator."""
    account = account_by_email(session, normalize_email(signature.email))
    if account is None or account.role != ADMINISTRATOR or account.disabled_at:
        raise ConflictError("Dans cette sauvegarde, cette adresse n’est pas celle d’un compte d’administration.")
    return f"account:{account.id}"
