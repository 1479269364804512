"""Letters: a mail of the house to one or several contacts, through the outbox, filed with each of them."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.headerregistry import Address

from sqlalchemy import Engine
from sqlmodel import Session

from api.accounts import queries as accounts_queries
from api.audit import log
from api.core.clock import day_in_france
from api.core.errors import ForbiddenError, InvalidError, NotFoundError
from api.core.settings import Settings
from api.interactions import queries
from api.interactions.kinds import InteractionKind
from api.interactions.mail_templates import BODY_LENGTH, Draft, check_draft
from api.interactions.placeholders import fill, names_opportunity, values_for
from api.interactions.queries import RecipientRow
from api.mailing.compose import letter_mail
from api.mailing.outbox import add_message
from models.accounts import Account
from models.database import writing
from models.interactions import Interaction, Mailing
from models.opportunities import Opportunity
from models.partners import Partner

LETTER = "letter"
MOST_RECIPIENTS = 50
# A letter waits so long before it leaves, and may be taken back meanwhile.
TIME_TO_TAKE_BACK = timedelta(minutes=2)
# Names that are filled in may make a text longer than the draft.
_FILLED_LENGTH = BODY_LENGTH + 500
_STATUS_REFUSALS = {
    "unsubscribed": "s’est désinscrit de nos mails : appelez",
    "suspended": "les mails n’arrivent pas à cette adresse : appelez",
}


@dataclass(frozen=True)
class Recipient:
    """A contact with an address. refusal: why nothing may be written to it, in French; empty where it may."""

    row: RecipientRow
    refusal: str

    @property
    def actor_id(self) -> str | None:
        return self.row.contact.actor_id


def recipients(
    session: Session, *, contact_ids: Iterable[str] = (), actor_ids: Iterable[str] = ()
) -> Sequence[Recipient]:
    """Return these contacts, and those of these actors, that have an address."""
    rows = queries.recipients(session, contact_ids=contact_ids, actor_ids=actor_ids)
    return [Recipient(row, _refusal(row)) for row in rows]


def letter_opportunity(session: Session, opportunity_id: str | None) -> Opportunity | None:
    """Return the opportunity that a letter is about. Raises NotFoundError, InvalidError for a confidential one."""
    if not opportunity_id:
        return None
    opportunity = session.get(Opportunity, opportunity_id)
    if opportunity is None:
        raise NotFoundError("Cette opportunité n’existe pas, ou plus.")
    if opportunity.confidential:
        raise InvalidError([("opportunite", "cette opportunité est confidentielle : rien n’en part par mail, appelez")])
    return opportunity


@dataclass(frozen=True)
class Letter:
    """A draft to several contacts. mailing_id: random, made with the form, so that it is sent once."""

    mailing_id: str
    draft: Draft
    contact_ids: Sequence[str]
    opportunity_id: str | None = None


def send_letter(engine: Engine, letter: Letter, account_id: str, *, by: str, now: datetime, options: Settings) -> str:
    """Write a letter to each contact into the outbox and file it; return the mailing's id. All or nothing.

    What was sent already under this id is left as it is. Raises InvalidError, NotFoundError.
    """
    draft = letter.draft.normalized()
    check_draft(draft)
    with writing(engine, durable=True) as session:
        if session.get(Mailing, letter.mailing_id):
            return letter.mailing_id
        sender = session.get_one(Account, account_id)
        opportunity = letter_opportunity(session, letter.opportunity_id)
        chosen = _chosen(session, letter.contact_ids)
        session.add(
            Mailing(
                id=letter.mailing_id,
                subject=draft.subject,
                opportunity_id=opportunity.id if opportunity else None,
                by=by,
                at=now,
            )
        )
        session.flush()
        for recipient in chosen:
            _write(session, letter.mailing_id, recipient.row, draft, opportunity, sender, by, now, options)
        detail = {"mails": len(chosen)}
        log.note(session, by=by, action="mailing.sent", kind="mailing", of=letter.mailing_id, detail=detail, now=now)
    return letter.mailing_id


def take_back_letter(engine: Engine, mailing_id: str, *, by: str, now: datetime) -> int:
    """Cancel the mails of a mailing that have not left, and return how many did; a mailing without any is deleted.

    Raises NotFoundError, ForbiddenError.
    """
    with writing(engine, durable=True) as session:
        mailing = session.get(Mailing, mailing_id)
        if mailing is None:
            raise NotFoundError("Ce courrier n’existe pas, ou plus.")
        if mailing.by != by:
            raise ForbiddenError("Seule la personne qui a écrit ce courrier peut l’annuler.")
        left = 0
        for row in queries.letters_of(session, mailing_id, LETTER):
            if row.message is not None and row.message.status == "pending" and row.message.lease_owner is None:
                # What was never read by anybody is kept by nobody.
                row.message.status, row.message.last_error = "cancelled", "taken_back"
                row.message.subject = row.message.text = row.message.html = ""
                row.message.headers = {}
                session.add(row.message)
                session.delete(row.interaction)
            else:
                left += 1
        log.note(session, by=by, action="mailing.taken_back", kind="mailing", of=mailing_id, now=now)
        session.flush()
        if not left:
            session.delete(mailing)
        return left


def _chosen(session: Session, contact_ids: Sequence[str]) -> Sequence[Recipient]:
    """Return the recipients, each address once. Raises InvalidError."""
    if not contact_ids:
        raise InvalidError([("contact", "choisissez au moins un destinataire")])
    if len(contact_ids) > MOST_RECIPIENTS:
        raise InvalidError([("contact", f"{MOST_RECIPIENTS} destinataires au plus à la fois")])
    chosen = recipients(session, contact_ids=contact_ids)
    if len(chosen) < len(set(contact_ids)):
        raise InvalidError([("contact", "un des destinataires n’a plus d’adresse : relisez la liste")])
    for recipient in chosen:
        if recipient.refusal:
            name = recipient.row.contact.name or (recipient.row.actor.name if recipient.row.actor else "un contact")
            raise InvalidError([("contact", f"{name} : {recipient.refusal}")])
    return list({(recipient.row.contact.email, recipient.actor_id): recipient for recipient in chosen}.values())


def _write(
    session: Session,
    mailing_id: str,
    row: RecipientRow,
    draft: Draft,
    opportunity: Opportunity | None,
    sender: Account,
    by: str,
    now: datetime,
    options: Settings,
) -> None:
    # Of a buyer's contact, it is the need that the contact stands for.
    opportunity = opportunity or row.opportunity
    if opportunity is None and names_opportunity(f"{draft.subject} {draft.body}"):
        raise InvalidError([("texte", "ce texte parle d’une opportunité : ouvrez-la, et écrivez depuis sa page")])
    values = values_for(row.contact, row.actor, opportunity, sender)
    subject, body = fill(draft.subject, values), fill(draft.body, values)
    if len(body) > _FILLED_LENGTH:
        raise InvalidError([("texte", "une fois les repères remplacés, ce texte est trop long")])
    interaction = Interaction(
        id=str(uuid.uuid4()),
        kind=InteractionKind.MAIL,
        at=now,
        by=by,
        text=f"{subject[:200]}\n\n{body}",
        actor_id=row.contact.actor_id,
        opportunity_id=opportunity.id if opportunity else None,
        contact_id=row.contact.id,
        mailing_id=mailing_id,
        noted_at=now,
    )
    session.add(interaction)
    session.flush()
    partner = _mailbox(session, row, now)
    mail = letter_mail(subject, body, sender.name, str(Address(sender.name, addr_spec=sender.email)))
    add_message(
        session,
        partner.id,
        mail,
        LETTER,
        day_in_france(now),
        now,
        options,
        about=interaction.id,
        not_before=now + TIME_TO_TAKE_BACK,
    )


def _mailbox(session: Session, row: RecipientRow, now: datetime) -> Partner:
    """Return the mailbox of an address, a new one without any subscription where it was never written to."""
    partner = accounts_queries.partner_by_email(session, row.contact.email)
    if partner is None:
        label = row.contact.name or (row.actor.name if row.actor else "")
        partner = Partner(
            id=str(uuid.uuid4()), email=row.contact.email, label=label[:100], created_at=now, updated_at=now
        )
        session.add(partner)
        session.flush()
    return partner


def _refusal(row: RecipientRow) -> str:
    owner = row.actor or row.opportunity
    if owner is not None and owner.confidential:
        return "fiche confidentielle, rien n’en part par mail : appelez"
    return _STATUS_REFUSALS.get(row.partner_status or "", "")
