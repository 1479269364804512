"""Personal data: export of what is stored about a person, erasure, and purge of old data."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, delete, update
from sqlmodel import Session, SQLModel, col

from api.accounts import queries as accounts_queries
from api.accounts.accounts import keep_an_administrator
from api.accounts.email_address import normalize_email
from api.accounts.set_aside import forget_set_aside
from api.accounts.throttle import FORGOTTEN_AFTER
from api.audit import log
from api.audit import queries as audit_queries
from api.catalogue.row_history import forget_old_edits
from api.confidentiality.agreements import agreements_of_account, forget_old_agreements
from api.contacts.queries import contacts_by_email
from api.core.chunks import in_chunks
from api.core.clock import day_in_france
from api.core.errors import NotFoundError
from api.core.settings import Settings
from api.interactions.forgetting import interactions_by, interactions_with, letters_by
from api.mailing.departure import WITHHELD
from api.mailing.links import Signer
from api.partner_view.marks import Marks
from api.privacy import queries
from api.privacy.kept_contacts import erase_contacts, exported_contacts, purge_contacts
from api.privacy.marked_export import in_told_order, with_marks
from api.privacy.rewriting import rewrite_erased
from api.privacy.shown_lists import delete_old_lists, forget_removed_searches, forget_search
from api.stated_needs.forgetting import erase_needs, exported_needs, forget_old_needs
from api.subscriptions import queries as subscriptions_queries
from models.accounts import Account, AccountSession, Invitation, Throttle
from models.alerts import OutboxMessage
from models.contacts import Contact
from models.database import reading, writing
from models.partners import Partner

BLANK: dict[str, Any] = {"subject": "", "text": "", "html": "", "headers": {}, "last_error": ""}
# Ids a statement, below the limit of parameters.


@dataclass(frozen=True)
class Purged:
    """Counts of a purge: mails whose text was blanked, sessions, invitations, counters of failed sign-ins.

    impressions: lines of old lists, deleted; searches: lines from which the words of a removed search were taken;
    contacts: deleted after their last day; edits: old changes of rows, deleted from their history; mailboxes: that
    letters or links to needs went to, and that nobody has any more; needs: never confirmed, or long over; agreements:
    signed so long ago that name and file were emptied.
    """

    mails: int
    sessions: int
    invitations: int
    throttles: int
    impressions: int = 0
    searches: int = 0
    contacts: int = 0
    edits: int = 0
    mailboxes: int = 0
    needs: int = 0
    agreements: int = 0


def export_person(
    engine: Engine, signer: Signer, email: str, *, by: str, now: datetime, with_confidential: bool = True
) -> dict[str, Any]:
    """Return, as JSON values, all data stored under an address; the journal notes the export.

    with_confidential: as for `exported_contacts`.

    Identifiers are marks of this person's (`api.privacy.marked_export`). Hashes of passwords and tokens, and links that
    act in its name, are left out. Raises InvalidError, NotFoundError.
    """
    person_email = normalize_email(email)
    with writing(engine) as session:
        account, partner, contacts = _rows_of(session, person_email)
        known: list[tuple[Account | Partner | Contact, str]] = [
            (row, kind) for row, kind in ((account, "account"), (partner, "partner")) if row
        ]
        # A contact alone may be that of something confidential: of whoever has an account, the journal says no more.
        known = known or [(contact, "contact") for contact in contacts]
        for person_row, kind in known:
            log.note(session, by=by, action="person.exported", kind=kind, of=person_row.id, now=now)
        marks = Marks.of(signer, known[0][0].id)
    with reading(engine) as session:
        personal_data: dict[str, Any] = {"email": person_email, "exported_at": now.isoformat()}
        known_ids = [person_row.id for person_row in (account, partner) if person_row]
        if account:
            personal_data["account"] = _to_json(account, "password_hash", "totp_secret", "totp_step", "link_mark") | {
                "sessions": _rows_to_json(queries.sessions_of(session, account.id), "id"),
                "saved_views": _rows_to_json(accounts_queries.saved_views(session, account.id)),
                "invitations": _rows_to_json(accounts_queries.invitations_of(session, account.id), "id"),
                "cases": _rows_to_json(queries.cases_by(session, account.id)),
                "steps": _rows_to_json(queries.steps_by(session, f"account:{account.id}")),
                "actors": _rows_to_json(queries.links_of_account(session, account.id)),
                "corrections": _rows_to_json(queries.corrections_by(session, account.id)),
                "interactions": _rows_to_json(interactions_by(session, f"account:{account.id}"), "contact_id"),
                "consents": _rows_to_json(queries.consents_by(session, account.id)),
                # The file is downloaded where it was signed; of it, and of its hash, an export has no need.
                "agreements": _rows_to_json(agreements_of_account(session, account.id), "content", "sha256"),
            }
        if account and with_confidential:
            personal_data["takeovers"] = {
                "files": _rows_to_json(queries.takeovers_by(session, account.id)),
                "steps": _rows_to_json(queries.takeover_steps_by(session, f"account:{account.id}")),
                "dates": _rows_to_json(queries.takeover_dates_by(session, f"account:{account.id}")),
                "facts": _rows_to_json(
                    queries.takeover_facts_by(session, f"account:{account.id}"), "agreed_contact_id"
                ),
            }
        if partner:
            personal_data["partner"] = _to_json(partner) | {
                "subscriptions": _rows_to_json(subscriptions_queries.subscriptions_of(session, partner.id)),
                "ratings": _rows_to_json(queries.ratings_by(session, partner.id)),
                "messages": _messages_to_json(queries.messages_to(session, partner.id)),
                "announcements": in_told_order(
                    _rows_to_json(queries.announcements_sent_to(session, partner.id)), marks
                ),
            }
        personal_data["contacts"] = exported_contacts(session, person_email, with_confidential=with_confidential)
        personal_data["interactions"] = interactions_with(
            session, [contact.id for contact in contacts], with_confidential=with_confidential
        )
        personal_data["needs"] = exported_needs(
            session, account.id if account else "", person_email, with_confidential=with_confidential
        )
        actor_names = [f"{kind}:{known_id}" for known_id in known_ids for kind in ("account", "partner")]
        # Sequence numbers and hashes depend on other people's entries: they belong to the journal, not to the person.
        personal_data["journal"] = _rows_to_json(
            audit_queries.audit_of(session, actor_names, known_ids), "seq", "previous_hash", "hash"
        )
    return {name: with_marks(content, marks) for name, content in personal_data.items()}


def erase_person(engine: Engine, email: str, *, by: str, now: datetime) -> None:
    """Erase the account, the subscriptions and the contacts of an address; mails lose their text.

    Grades, without comments, and counts of mails stay under a new random partner id. The journal keeps identifiers that
    no longer lead anywhere. Signed agreements of confidentiality stay as proof until their last day.
    Raises InvalidError, NotFoundError, ConflictError (the last administrator).
    """
    person_email = normalize_email(email)
    with writing(engine, durable=True) as session:
        account, partner, _ = _rows_of(session, person_email)
        if account:
            keep_an_administrator(session, account)
        erase_rows(session, account, partner, by=by, now=now)
        erase_contacts(session, person_email, by=by, now=now)
        erase_needs(session, email=person_email)
    rewrite_erased(engine)


def erase_rows(session: Session, account: Account | None, partner: Partner | None, *, by: str, now: datetime) -> None:
    """Erase an account and a partner in the caller's unit of work; the journal notes it."""
    if account:
        erase_needs(session, account_id=account.id, email=account.email)
        for table in queries.ROWS_OF_ACCOUNTS:
            session.execute(delete(table).where(col(table.account_id) == account.id))
        # Their cases have no facilitator then, and appear in the worklist as such.
        for case in queries.cases_by(session, account.id):
            case.facilitator_id = None
            session.add(case)
        for takeover in queries.takeovers_by(session, account.id):
            takeover.facilitator_id = None
            session.add(takeover)
        # Mails that they wrote carry their name and address; one that still waits does not leave.
        for message in letters_by(session, f"account:{account.id}"):
            _blank(message)
            session.add(message)
        session.flush()
        session.delete(account)
        log.note(session, by=by, action="person.erased", kind="account", of=account.id, now=now)
    if partner:
        erase_needs(session, email=partner.email)
        _forget_partner(session, partner, now)
        log.note(session, by=by, action="person.erased", kind="partner", of=partner.id, now=now)


def purge(engine: Engine, *, now: datetime, options: Settings) -> Purged:
    """Delete data older than the settings' `…_days` say, and contacts after their last day; the journal stays."""
    sessions_before = now - timedelta(days=options.session_days)
    with writing(engine) as session:
        # Before the mailboxes, which some of them keep.
        needs = forget_old_needs(session, now, options.unconfirmed_need_days)
        forget_set_aside(session, now)
        message_ids = queries.old_messages(session, now - timedelta(days=options.outbox_days))
        for some_ids in in_chunks(message_ids):
            session.execute(update(OutboxMessage).where(col(OutboxMessage.id).in_(some_ids)).values(**BLANK))
        return Purged(
            len(message_ids),
            _delete_rows(session, AccountSession, queries.over_sessions(session, sessions_before)),
            _delete_rows(session, Invitation, queries.over_invitations(session, sessions_before)),
            _delete_rows(session, Throttle, queries.over_throttles(session, now - FORGOTTEN_AFTER)),
            delete_old_lists(session, now - timedelta(days=options.impression_days)),
            forget_removed_searches(session),
            purge_contacts(session, day_in_france(now)),
            forget_old_edits(session, now - timedelta(days=options.history_days)),
            _forget_mailboxes(session, now),
            needs,
            forget_old_agreements(session, now, options.agreement_days),
        )


def _forget_mailboxes(session: Session, now: datetime) -> int:
    mailboxes = queries.needless_mailboxes(session)
    for partner in mailboxes:
        _forget_partner(session, partner, now)
    return len(mailboxes)


def _rows_of(session: Session, email: str) -> tuple[Account | None, Partner | None, Sequence[Contact]]:
    account = accounts_queries.account_by_email(session, email)
    partner = accounts_queries.partner_by_email(session, email)
    contacts = contacts_by_email(session, email)
    if not (account or partner or contacts):
        raise NotFoundError("Rien n’est gardé sous cette adresse.")
    return account, partner, contacts


def _forget_partner(session: Session, partner: Partner, now: datetime) -> None:
    nobody_id = str(uuid.uuid4())
    # An address in .invalid, to which nothing can be sent.
    session.add(
        Partner(
            id=nobody_id, email=f"{nobody_id}@efface.invalid", status="unsubscribed", created_at=now, updated_at=now
        )
    )
    session.flush()
    for subscription in subscriptions_queries.subscriptions_of(session, partner.id):
        if subscription.search is not None:
            forget_search(session, subscription.id, subscription.search)
        session.delete(subscription)
    for rating in queries.ratings_by(session, partner.id):
        rating.partner_id, rating.comment = nobody_id, ""
        session.add(rating)
    for message in queries.messages_to(session, partner.id):
        _blank(message)
        message.partner_id = nobody_id
        session.add(message)
    for announcement in queries.announcements_to(session, partner.id):
        announcement.partner_id = nobody_id
        session.add(announcement)
    session.flush()
    session.delete(partner)


def _blank(message: OutboxMessage) -> None:
    """Take the words out of a mail; one that waits is cancelled."""
    for field_name, blank_value in BLANK.items():
        setattr(message, field_name, blank_value)
    if message.status == "pending":
        message.status = "cancelled"


def _delete_rows(session: Session, table: Any, row_ids: Any) -> int:
    for some_ids in in_chunks(row_ids):
        session.execute(delete(table).where(table.id.in_(some_ids)))
    return len(row_ids)


def _to_json(row: SQLModel, *excluded_fields: str) -> dict[str, Any]:
    return row.model_dump(mode="json", exclude=set(excluded_fields))


def _rows_to_json(rows: Iterable[SQLModel], *excluded_fields: str) -> list[dict[str, Any]]:
    return [_to_json(row, *excluded_fields) for row in rows]


def _messages_to_json(messages: Iterable[OutboxMessage]) -> list[dict[str, Any]]:
    """Return messages as their partner may have them: of what has not left, no content, for it may never be told.

    A message that was withheld is left out whole, and nothing says why something was left out of another.
    """
    return [
        _to_json(message, "withheld", "drawn_from") | ({} if message.status == "sent" else BLANK)
        for message in messages
        if message.last_error != WITHHELD
    ]
