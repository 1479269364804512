"""Personal data: all that is kept about a person, given to them, erased, or gone by itself when it is old."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, delete, update
from sqlmodel import Session, SQLModel, col

from api.accounts import queries as accounts_queries
from api.accounts.accounts import keep_an_administrator
from api.accounts.email_address import address
from api.accounts.throttle import FORGOTTEN_AFTER, Attempt
from api.audit import log
from api.audit import queries as audit_queries
from api.brokerage import queries as brokerage_queries
from api.confidentiality import queries as confidentiality_queries
from api.core.errors import NotFoundError
from api.core.settings import Settings
from api.privacy import queries
from api.subscriptions import queries as subscriptions_queries
from models.accounts import Account, AccountSession, Invitation, Throttle
from models.alerts import OutboxMessage
from models.database import reading, writing
from models.partners import Partner
from models.reveal import AccountActor

BLANK: dict[str, Any] = {"subject": "", "text": "", "html": "", "headers": {}, "last_error": ""}
# Many ids at a time, within what a statement takes.
CHUNK = 500


@dataclass(frozen=True)
class Purged:
    """How many of each went: mails whose text was blanked, sessions, invitations, counters of failed sign-ins."""

    mails: int
    sessions: int
    invitations: int
    throttles: int


def export_person(engine: Engine, email: str, *, by: str, now: datetime) -> dict[str, Any]:
    """Return, as plain values, all that is kept about whoever has this address; the journal notes that it was asked.

    Secrets are left out: hashes of a password and of tokens. Raises InvalidError, NotFoundError.
    """
    plain = address(email)
    with writing(engine) as session:
        account, partner = _found(session, plain)
        for one, kind in ((account, "account"), (partner, "partner")):
            if one:
                log.note(session, by=by, action="person.exported", kind=kind, of=one.id, now=now)
    with reading(engine) as session:
        told: dict[str, Any] = {"email": plain, "exported_at": now.isoformat()}
        known = [one.id for one in (account, partner) if one]
        if account:
            told["account"] = _plain(account, "password_hash") | {
                "sessions": [_plain(one, "id") for one in accounts_queries.sessions_of(session, account.id)],
                "invitations": [_plain(one, "id") for one in accounts_queries.invitations_of(session, account.id)],
                "cases": [_plain(one) for one in brokerage_queries.cases_by(session, account.id)],
                "steps": [_plain(one) for one in brokerage_queries.steps_by(session, f"account:{account.id}")],
                "actors": [_plain(one) for one in accounts_queries.links_of_account(session, account.id)],
                "consents": [_plain(one) for one in confidentiality_queries.consents_by(session, account.id)],
            }
        if partner:
            told["partner"] = _plain(partner) | {
                "subscriptions": [_plain(one) for one in subscriptions_queries.subscriptions_of(session, partner.id)],
                "ratings": [_plain(one) for one in queries.ratings_by(session, partner.id)],
                "messages": [_plain(one) for one in queries.messages_to(session, partner.id)],
                "announcements": [_plain(one) for one in queries.announcements_to(session, partner.id)],
            }
        actors = [f"{kind}:{one}" for one in known for kind in ("account", "partner")]
        told["journal"] = [
            # Its place and its hashes count what others did: they are the journal's, not the person's.
            _plain(one, "seq", "previous_hash", "hash")
            for one in audit_queries.audit_of(session, actors, known)
        ]
    return told


def erase_person(engine: Engine, email: str, *, by: str, now: datetime) -> None:
    """Forget whoever has this address: their account, and what they follow; mails to them lose their text.

    Their grades stay, without a word, under the random id of nobody, and so do the counts of mails. The journal keeps
    identifiers that lead nowhere any more. Raises InvalidError, NotFoundError, ConflictError (the last administrator).
    """
    plain = address(email)
    with writing(engine, durable=True) as session:
        account, partner = _found(session, plain)
        if account:
            keep_an_administrator(session, account)
            for table in (AccountSession, Invitation, AccountActor):
                session.execute(delete(table).where(col(table.account_id) == account.id))
            # Their cases are nobody's then, and come up as such in the list of what waits.
            for case in brokerage_queries.cases_by(session, account.id):
                case.facilitator_id = None
                session.add(case)
            session.flush()
            session.delete(account)
            log.note(session, by=by, action="person.erased", kind="account", of=account.id, now=now)
        if partner:
            _forget_partner(session, partner, now)
            log.note(session, by=by, action="person.erased", kind="partner", of=partner.id, now=now)
        session.execute(delete(Throttle).where(col(Throttle.id) == Attempt(plain, "").by_email))
    _scrub(engine)


def purge(engine: Engine, *, now: datetime, options: Settings) -> Purged:
    """Let go what was kept long enough (`outbox_days`, `session_days`); the journal stays whole."""
    over = now - timedelta(days=options.session_days)
    with writing(engine) as session:
        mails = queries.old_messages(session, now - timedelta(days=options.outbox_days))
        for start in range(0, len(mails), CHUNK):
            chosen = col(OutboxMessage.id).in_(mails[start : start + CHUNK])
            session.execute(update(OutboxMessage).where(chosen).values(**BLANK))
        return Purged(
            len(mails),
            _delete(session, AccountSession, queries.over_sessions(session, over)),
            _delete(session, Invitation, queries.over_invitations(session, over)),
            _delete(session, Throttle, queries.over_throttles(session, now - FORGOTTEN_AFTER)),
        )


def _found(session: Session, email: str) -> tuple[Account | None, Partner | None]:
    found = accounts_queries.account_by_email(session, email), accounts_queries.partner_by_email(session, email)
    if found == (None, None):
        raise NotFoundError("Rien n’est gardé sous cette adresse.")
    return found


def _forget_partner(session: Session, partner: Partner, now: datetime) -> None:
    nobody = str(uuid.uuid4())
    # The address is of nobody, and nothing may be sent to it.
    session.add(
        Partner(id=nobody, email=f"{nobody}@efface.invalid", status="unsubscribed", created_at=now, updated_at=now)
    )
    session.flush()
    for subscription in subscriptions_queries.subscriptions_of(session, partner.id):
        session.delete(subscription)
    for rating in queries.ratings_by(session, partner.id):
        rating.partner_id, rating.comment = nobody, ""
        session.add(rating)
    for message in queries.messages_to(session, partner.id):
        for name, value in BLANK.items():
            setattr(message, name, value)
        message.partner_id = nobody
        if message.status == "pending":
            message.status = "cancelled"
        session.add(message)
    for announcement in queries.announcements_to(session, partner.id):
        announcement.partner_id = nobody
        session.add(announcement)
    session.flush()
    session.delete(partner)


def _delete(session: Session, table: Any, ids: Any) -> int:
    for start in range(0, len(ids), CHUNK):
        session.execute(delete(table).where(table.id.in_(ids[start : start + CHUNK])))
    return len(ids)


def _plain(row: SQLModel, *left_out: str) -> dict[str, Any]:
    return row.model_dump(mode="json", exclude=set(left_out))


def _scrub(engine: Engine) -> None:
    """Have SQLite write its file anew: what was deleted stands in free pages until then, and in the log beside it."""
    if engine.dialect.name != "sqlite":
        return
    raw = engine.raw_connection()
    try:
        cursor = raw.cursor()
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.close()
    finally:
        raw.close()
